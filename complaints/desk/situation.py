"""All rows of one query that its page shows, in a number of questions that does not grow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from complaints import contesting
from complaints.actions import Case, moves_of
from complaints.chain import EventKind
from complaints.deadlines import standing
from complaints.desk.frame import find, visible
from complaints.drafting import TWO_PERSONS, content_hash
from complaints.duties import procedure
from complaints.models import (
    Approval,
    Closure,
    Complaint,
    Draft,
    Duty,
    Event,
    Letter,
    Note,
    Notice,
    Pause,
    StageEntry,
    Transfer,
)
from complaints.models.letters import ANSWERS, LetterKind
from complaints.stages import Position
from complaints.telling import unread
from complaints.triage import COUNTED
from departments.models import User

_BESIDE = (
    "department__calendar",
    "section",
    "category",
    "district",
    "channel",
    "citizen",
    "contact",
    "monitored_by",
    "offered_to",
    "taken_by",
    "rating",
)
_NOTED = {EventKind.NOTED, EventKind.CALLED, EventKind.REASSIGNED}


@dataclass
class Situation:
    """One query as an official sees it at one moment."""

    complaint: Complaint
    case: Case
    unread: int
    entries: Sequence[StageEntry]
    closures: Sequence[Closure]
    letters: Sequence[Letter]
    notes: Sequence[Note]
    duties: Sequence[Duty]
    events: Sequence[Event]
    drafts: Sequence[Draft]

    @cached_property
    def allowed(self) -> tuple[str, ...]:
        """The moves that the official may make, as complaints/actions.py says."""
        return moves_of(self.case)

    @cached_property
    def draft(self) -> Draft | None:
        """The draft in hand."""
        return next((draft for draft in self.drafts if draft.closed_at is None), None)

    @cached_property
    def replaced(self) -> Draft | None:
        """The wording before the one in hand."""
        draft = self.draft
        return next((old for old in self.drafts if draft is not None and old.pk == draft.replaces_id), None)

    @cached_property
    def authors(self) -> set[int]:
        """Who wrote any wording of the draft in hand."""
        by_pk = {draft.pk: draft for draft in self.drafts}
        authors, draft = set(), self.draft
        while draft is not None:
            authors.add(draft.author_id)
            draft = by_pk.get(draft.replaces_id or 0)
        return authors

    @cached_property
    def is_approved(self) -> bool:
        """Whether the last decision on the draft in hand approves exactly what would go out now."""
        draft = self.draft
        if draft is None or draft.decision != Approval.Decision.APPROVED:  # type: ignore[attr-defined]
            return False
        return bool(draft.decided_hash == content_hash(self.complaint, draft))  # type: ignore[attr-defined]

    @cached_property
    def needs_approval(self) -> bool:
        """Whether the procedure demands a second person."""
        return procedure(self.complaint.sop_version_id).step(TWO_PERSONS) is not None

    @property
    def waiting_letters(self) -> list[Letter]:
        """Letters of the office that nobody has noted as delivered."""
        return [letter for letter in self.letters if letter.delivered_at is None and letter.kind != LetterKind.CITIZEN]

    def why_not(self, move: str) -> str:
        """Return why an allowed move has nothing to act on now; empty when it can be made."""
        check = _HINDRANCES.get(move)
        return check(self) if check is not None else ""


def _no_draft(now: Situation) -> str:
    return "" if now.draft else _("There is no draft yet.")


def _not_mine(now: Situation) -> str:
    if now.draft is not None and now.case.official.pk in now.authors:
        return _("You wrote this draft; another person must decide on it.")
    if now.is_approved:
        return _("The draft is approved.")
    return _no_draft(now)


def _not_to_send_back(now: Situation) -> str:
    if now.draft is not None and now.case.official.pk in now.authors:
        return _("You wrote this draft; another person must decide on it.")
    return _no_draft(now)


def _not_to_send(now: Situation) -> str:
    if now.draft is not None and now.needs_approval and not now.is_approved:
        return _("The draft waits for the approval of another person.")
    return _no_draft(now)


def _owned(now: Situation) -> str:
    owner = now.case.entry.owner if now.case.entry else None
    return _("It has an owner already.") if owner else ""


def _nothing_waits(now: Situation) -> str:
    return "" if now.waiting_letters else _("No letter waits to be told.")


def _not_to_ask(now: Situation) -> str:
    waits = any(pause.ends_at is None for pause in _pauses(now))
    return _("A question waits for the citizen's answer already.") if waits else ""


def _not_to_contest(now: Situation) -> str:
    can = any(p.starts_at and not p.inadmissible and p.contested_at is None for p in _pauses(now))
    return "" if can else _("No pause of the clock can be contested.")


def _not_to_judge(now: Situation) -> str:
    can = any(pause.contested_at and pause.judged_at is None for pause in _pauses(now))
    return "" if can else _("No pause is contested.")


def _not_to_contest_answer(now: Situation) -> str:
    return contesting.why_not(contesting.last_answer(now.letters), now.case.worktime, now.case.at)


def _not_to_judge_answer(now: Situation) -> str:
    can = any(hasattr(letter, "contest") and letter.contest.judged_at is None for letter in now.letters)
    return "" if can else _("No answer is contested.")


def _pauses(now: Situation) -> list[Pause]:
    return [letter.pause for letter in now.letters if hasattr(letter, "pause")]


def _confirmed(now: Situation) -> str:
    closure = now.case.closure
    return _("It is confirmed already.") if closure is not None and closure.confirmed_at else ""


def _rated(now: Situation) -> str:
    return _("It is rated already.") if hasattr(now.complaint, "rating") else ""


def _verified(now: Situation) -> str:
    contact = now.complaint.contact
    if contact is None:
        return _("There is no address to verify.")
    return _("The address is verified already.") if contact.verified_at else ""


def _not_to_conclude(now: Situation) -> str:
    is_answered = now.case.position is not Position.CONTENT and any(letter.kind in ANSWERS for letter in now.letters)
    waits = any(pause.ends_at is None for pause in _pauses(now))
    return "" if is_answered or waits else _("Send the answer first.")


_HINDRANCES = {
    "approve": _not_mine,
    "send_back": _not_to_send_back,
    "send": _not_to_send,
    "accept": _owned,
    "deliver": _nothing_waits,
    "ask": _not_to_ask,
    "contest_pause": _not_to_contest,
    "judge_pause": _not_to_judge,
    "contest_answer": _not_to_contest_answer,
    "judge_answer": _not_to_judge_answer,
    "confirm": _confirmed,
    "rate": _rated,
    "verify": _verified,
    "conclude": _not_to_conclude,
}


def situation(official: User, reference: str, *, at: datetime) -> Situation:
    """Read the query; Http404 where there is none, or none for this official."""
    complaint = find(_with_unread(visible(official, at=at), official, at).select_related(*_BESIDE), reference)
    pk = complaint.pk
    entries = list(StageEntry.objects.filter(complaint=pk).select_related("owner", "section").order_by("pk"))
    closures = list(Closure.objects.filter(complaint=pk).order_by("pk"))
    offer = None
    if complaint.offered_to_id is not None:
        offers = Transfer.objects.select_related("to_section", "to_department__calendar")
        offer = offers.filter(complaint=pk, answered_at__isnull=True).first()
    events = list(Event.objects.filter(complaint=pk).select_related("official").order_by("number"))
    has_notes = any(event.kind in _NOTED for event in events)
    letters = Letter.objects.filter(complaint=pk).select_related("author", "outgoing", "pause", "contest")
    case = Case(
        complaint,
        next((entry for entry in entries if entry.left_at is None), None),
        next((closure for closure in closures if closure.voided_at is None), None),
        offer,
        official,
        at,
    )
    return Situation(
        complaint=complaint,
        case=case,
        unread=complaint.unread,  # type: ignore[attr-defined]
        entries=entries,
        closures=closures,
        letters=list(letters.defer("outgoing__body").order_by("sent_at", "pk")),
        notes=list(Note.objects.filter(complaint=pk).select_related("author").order_by("pk")) if has_notes else [],
        duties=list(Duty.objects.filter(complaint=pk).annotate(standing=standing(at)).order_by("pk")),
        events=events,
        drafts=list(_drafts(pk)),
    )


def _with_unread(complaints: QuerySet[Complaint], official: User, at: datetime) -> QuerySet[Complaint]:
    """With the number of the official's unread notices, so that the page's frame need not ask for it."""
    few = unread(official, at=at).order_by().values("pk")[: COUNTED + 1]
    number = Notice.objects.filter(pk__in=few).order_by().annotate(all=Value(1)).values("all").annotate(n=Count("pk"))
    return complaints.annotate(unread=Coalesce(Subquery(number.values("n")), 0))


def _drafts(complaint: int) -> QuerySet[Draft]:
    """The wordings, each with the last decision on it."""
    last = Approval.objects.filter(draft=OuterRef("pk")).order_by("-pk")
    names = {
        "decision": "decision",
        "decided_hash": "content_hash",
        "decided_why": "comment",
        "decided_at": "decided_at",
    }
    decided = {name: Subquery(last.values(column)[:1]) for name, column in names.items()}
    return (
        Draft.objects.filter(complaint=complaint)
        .select_related("author", "standard_text")
        .annotate(**decided)
        .order_by("pk")
    )
