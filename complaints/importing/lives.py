"""The lives of imported requests, through the same verbs as everybody's, each at its own time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from complaints import closing, correspondence, drafting, duties
from complaints.actors import By, Voice
from complaints.importing.founding import REASON, Agency, desk_of
from complaints.importing.requests import NOT_STATED, Oddity, Request
from complaints.importing.sources import Source
from complaints.intake import Submission, lodge
from complaints.models import Closure, Complaint
from complaints.models.letters import LetterKind
from complaints.outcomes import Outcome
from complaints.references import sealed_token
from complaints.steps import RESOLUTION
from departments.channels import ASSISTED
from departments.errors import Refused
from departments.models import User


class Fate(StrEnum):
    """What became of a request."""

    OPEN = "imported, open"
    CLOSED = "imported, closed"
    CLOSED_NOW = "known as open, now closed"
    KNOWN = "known, unchanged"
    REFUSED = "refused by the rules"


@dataclass(frozen=True)
class Life:
    """A request, what became of it, why it was refused if it was, and what was odd only here."""

    request: Request
    fate: Fate
    refusal: str = ""
    oddities: tuple[Oddity, ...] = ()


@dataclass(frozen=True)
class _Known:
    """A request that was imported before. Once it was closed here, its life is the department's and not the file's."""

    pk: int
    was_closed: bool


@transaction.atomic
def live(source: Source, requests: Sequence[Request], agencies: Mapping[str, Agency], *, at: datetime) -> list[Life]:
    """Import these requests as of `at`, the moment of the import: all of them or, if it is interrupted, none. One
    that the rules refuse is undone alone; what was imported before stays as it is, unless its closing is new."""
    known = _known([_token(source, request) for request in requests])
    return [_live(source, request, agencies[request.agency], known, at) for request in requests]


def _token(source: Source, request: Request) -> str:
    return sealed_token(settings.TRACKING_KEY, f"import:{source.code}:{request.key}")


def _known(tokens: Sequence[str]) -> dict[str, _Known]:
    closures = Exists(Closure.objects.filter(complaint=OuterRef("pk")))
    rows = Complaint.objects.filter(idempotency_key__in=tokens).annotate(was_closed=closures)
    found = rows.values_list("idempotency_key", "pk", "was_closed")
    return {token: _Known(pk, was_closed) for token, pk, was_closed in found if token is not None}


def _live(source: Source, request: Request, agency: Agency, known: Mapping[str, _Known], at: datetime) -> Life:
    before = known.get(_token(source, request))
    if before is not None and (before.was_closed or request.closed is None):
        return Life(request, Fate.KNOWN)
    try:
        with transaction.atomic():
            if before is not None:
                return _closed_now(source, request, before, agency, at)
            return _born(source, request, agency)
    except Refused as refusal:
        return Life(request, Fate.REFUSED, refusal.sentence)


def _born(source: Source, request: Request, agency: Agency) -> Life:
    by: By = agency.desk if request.kind in ASSISTED else Voice.CITIZEN
    submission = Submission(
        channel=agency.channels[request.channel],
        reason=REASON,
        text=request.text,
        category=agency.categories[request.subject],
        place=request.place,
        anonymity=Complaint.Anonymity.UNKNOWN,
        token=_token(source, request),
        promise=request.due,
    )
    filed = lodge(submission, by=by, at=request.created)
    if not filed.new:  # another import of the same file was faster
        return Life(request, Fate.KNOWN)
    if request.closed is None:
        return Life(request, Fate.OPEN)
    _close(filed.complaint, request, request.closing, by=agency.desk, at=request.closed)
    return Life(request, Fate.CLOSED)


def _closed_now(source: Source, request: Request, before: _Known, agency: Agency, at: datetime) -> Life:
    """Close what was open. Its trail may go beyond the closing time by now (a flag, a note): nobody rewrites a trail,
    so it then ends at the moment when we learnt it. The letter names the city's own time, and by that one the
    resolution is judged from now on."""
    complaint = Complaint.objects.select_related("department").get(pk=before.pk)
    desk = desk_of(complaint.department) or agency.desk
    closed = request.closed or at
    last = complaint.events.order_by("-number").values_list("recorded_at", flat=True)[0]
    if closed >= last:
        _close(complaint, request, request.closing, by=desk, at=closed)
        return Life(request, Fate.CLOSED_NOW)
    local = closed.astimezone(ZoneInfo(source.zone))
    words = f"{source.city} closed this request on {local:%Y-%m-%d at %H:%M} (local time); we learnt it later."
    _close(complaint, request, f"{words}\n\n{request.closing}", by=desk, at=max(at, last))
    return Life(request, Fate.CLOSED_NOW, oddities=(Oddity.LEARNT_LATE,))


def _close(complaint: Complaint, request: Request, words: str, *, by: User, at: datetime) -> None:
    kind = LetterKind.REFUSAL if request.refused else LetterKind.SUBSTANTIVE
    drafting.draft(complaint, by=by, at=at, text=words, kind=kind)
    if request.closed is not None and request.closed < at:  # under the lock that the draft took
        duties.settle_late_learnt(complaint, {RESOLUTION}, done_at=request.closed, at=at)
    letter = drafting.send(complaint, by=by, at=at)
    # The city told it by its own ways; here, without an address, it would wait for ever to be delivered.
    correspondence.deliver(complaint, by=by, at=at, letter=letter)
    statement = words if request.refused else f"Status at the source: {request.status or NOT_STATED}."
    outcome = Outcome.REFUSED if request.refused else Outcome.ANSWERED
    closing.conclude(complaint, by=by, at=at, outcome=outcome, statement=statement)
