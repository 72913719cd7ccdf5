"""The one door for every change: lock, check, change, one event, notices, in one transaction.

Nothing else opens or closes a StageEntry. Each verb reads
`with act_on(complaint, "move", by=by, at=at, seen=seen) as case: …; case.record(EventKind.X, …)`.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from complaints import duties, notices, trail
from complaints.actors import By, Voice, official_of
from complaints.chain import EventKind
from complaints.models import Closure, Complaint, Duty, Event, Notice, Refusal, StageEntry, Transfer
from complaints.stages import MOVES, Position, moves_from, position_of
from complaints.steps import OPENS, SETTLES
from departments.errors import Invalid, NotAllowed, NotReady, Stale
from departments.models import Appointment, Responsibility, Section, User
from departments.roles import Power, Role, current, powers_of
from departments.sops import CountsFrom, Stage
from departments.worktime import Worktime

# Two web machines' clocks may differ by so much; an `at` further back than that is a mistake.
CLOCKS_DIFFER_BY = timedelta(minutes=2)

# What every verb needs; the rest is fetched when a verb asks for it, because each joined row costs as much as a query.
_BESIDE = ("department__calendar", "section")
# What the sender may still do while another department has not answered his offer.
_WHILE_OFFERED = frozenset(
    {
        *("accept_transfer", "return_transfer", "withdraw", "write", "note", "deliver", "verify"),
        *("contest_answer", "judge_answer"),  # what was answered before stays answered, or not
        *("contest_pause", "judge_pause", "interim"),  # the clock runs on, and the sender still owes the dates
    }
)


@dataclass
class Case:
    """One complaint under lock, for the length of one verb."""

    complaint: Complaint
    entry: StageEntry | None
    closure: Closure | None
    offer: Transfer | None
    by: By
    at: datetime
    event: Event | None = None
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def position(self) -> Position:
        return position_of(self.entry.stage if self.entry else None, concluded=self.closure is not None)

    @property
    def stay(self) -> StageEntry:
        """The open stage entry; raises NotReady where the query has ended."""
        if self.entry is None:
            raise NotReady(
                _("%(reference)s has ended; nobody holds it any more.") % {"reference": self.complaint.reference}
            )
        return self.entry

    @property
    def worktime(self) -> Worktime:
        return self.complaint.department.calendar.worktime()

    @property
    def official(self) -> User:
        """The official who acts; raises NotAllowed for the citizen and the machine."""
        official = official_of(self.by)
        if official is None:
            raise NotAllowed(_("Only an official can do this."))
        return official

    def powers(self) -> frozenset[Power]:
        """What the actor may do with this complaint now; the receiving office's powers count for an offer."""
        if isinstance(self.by, Voice):
            return frozenset({Power.CITIZEN}) if self.by is Voice.CITIZEN else frozenset()
        if not self.by.is_active:
            return frozenset()
        sections = [self.complaint.section, self.complaint.monitored_by]
        return frozenset().union(*(powers_of(self.by.appointments.all(), s, self.at) for s in sections if s))

    def powers_at(self, section: Section) -> frozenset[Power]:
        """What the acting official may do at another section, such as the one that receives a transfer."""
        return powers_of(self.official.appointments.all(), section, self.at) if self.official.is_active else frozenset()

    def set(self, **changes: Any) -> None:
        """Change fields of the complaint; written when the verb ends."""
        for name, value in changes.items():
            setattr(self.complaint, name, value)
        self.changes.update(changes)

    def enter(self, stage: str, *, section: Section, owner: User | None) -> StageEntry:
        """Close the open entry and open the next: the only place where a stage or an owner changes."""
        self.leave()
        self.entry = open_entry(self.complaint, stage, section=section, owner=owner, at=self.at)
        return self.entry

    def call_monitors(self) -> None:
        """Let the section that checks the department's cases see this one, for it has to judge something of it."""
        row = responsible(self.complaint.department_id, Stage.MONITORING)
        self.set(monitored_by=row.section if row is not None else None)

    def leave(self) -> None:
        """Close the open entry."""
        if self.entry is not None:
            StageEntry.objects.filter(pk=self.entry.pk).update(left_at=self.at)
            self.entry = None

    def record(self, kind: EventKind, *, occurred_at: datetime | None = None, **data: Any) -> Event:
        """Write the verb's one event, settle and open the duties that follow from it, and tell officials."""
        if self.event is not None:
            raise AssertionError(f"A verb records one event; {self.event.kind} is already written.")
        self.event = trail.append(self.complaint, kind, by=self.by, at=self.at, occurred_at=occurred_at, **data)
        if kind in SETTLES:
            duties.settle(self.complaint, SETTLES[kind], at=self.at)
        if kind in OPENS and kind != EventKind.TRANSFERRED:
            section = self.complaint.monitored_by if OPENS[kind] == CountsFrom.HANDOVER else None
            duties.open_from(self.complaint, OPENS[kind], start=self.at, at=self.at, section=section)
        tell(self, kind)
        return self.event


def open_entry(complaint: Complaint, stage: str, *, section: Section, owner: User | None, at: datetime) -> StageEntry:
    """Open a stage entry; called by `Case.enter` and, for the first one, by intake."""
    return StageEntry.objects.create(
        complaint=complaint,
        stage=stage,
        department_id=section.department_id,
        section=section,
        owner=owner,
        due_at=at,
        entered_at=at,
    )


def keep_due(complaint_id: int) -> None:
    """Write on the open stage entry the earliest date that is still owed: what complaints/triage.py sorts by."""
    owed = Duty.objects.open().filter(complaint=OuterRef("complaint")).order_by("due_at").values("due_at")[:1]
    StageEntry.objects.filter(complaint=complaint_id, left_at__isnull=True).update(
        due_at=Coalesce(Subquery(owed), F("entered_at"))
    )


@contextmanager
def act_on(complaint: Complaint, move: str, *, by: By, at: datetime, seen: int | None = None) -> Iterator[Case]:
    """Open one verb on `complaint`: yields the locked case if `by` may make `move` at `at` (aware).

    `seen` is the version that the actor had before him. Raises NotAllowed, NotReady, or Stale (naming what changed).
    On success exactly one event is written and the version grows by one; on any error nothing is, but for the note
    that an official tried what he may not do.
    """
    try:
        with _under_lock(complaint, by, at) as case:
            if seen is not None and seen != case.complaint.version:
                raise Stale(_what_changed(case.complaint, seen))
            _must_be_allowed(case, move)
            yield case
            case.set(version=case.complaint.version + 1)
    except NotAllowed as refusal:
        _remember(refusal, complaint, move, by, at)
        raise
    complaint.version = case.complaint.version


def _remember(refusal: NotAllowed, complaint: Complaint, move: str, by: By, at: datetime) -> None:
    """Write down who tried what (checklist Role-1), after the transaction of the attempt was rolled back."""
    official = official_of(by)
    if official is not None:
        Refusal.objects.create(
            complaint=complaint, official=official, move=move, sentence=refusal.sentence, refused_at=at
        )


class NothingToNote(Exception):
    """Under the lock it turned out that the fact is noted already, or is none any more."""


@contextmanager
def machine_notes(complaint: Complaint, *, at: datetime) -> Iterator[Case]:
    """Open a fact that no person decides, such as a delivery: under the same lock, with one event, but without a
    move, and leaving the version that officials have before them as it is. It is noted at `at` (aware), or when the
    query last moved if that was later. Raise NothingToNote within, and nothing is written: the case has no event."""
    with suppress(NothingToNote), _under_lock(complaint, Voice.MACHINE, max(at, complaint.moved_at)) as case:
        yield case


@contextmanager
def _under_lock(complaint: Complaint, by: By, at: datetime) -> Iterator[Case]:
    with transaction.atomic():
        case = _case(Complaint.objects.select_for_update(of=("self",)), complaint.pk, by, at)
        before = case.complaint.trail_length
        yield case
        if case.event is None:
            raise AssertionError("A verb writes exactly one event; this one wrote none.")
        _save(case, before)


def _case(complaints: QuerySet[Complaint], pk: int, by: By, at: datetime) -> Case:
    if at.tzinfo is None:
        raise Invalid(_("Give the time with its zone."), field="at")
    complaint = complaints.select_related(*_BESIDE).get(pk=pk)
    if at < complaint.moved_at - CLOCKS_DIFFER_BY:
        raise Invalid(
            _("The trail of %(reference)s already goes beyond %(moment)s; give a later time.")
            % {"reference": complaint.reference, "moment": at.isoformat()},
            field="at",
        )
    at = max(at, complaint.moved_at)
    # Constraints allow one open entry and one standing closure: to ask for the first would only add an order.
    entry = next(iter(StageEntry.objects.filter(complaint=pk, left_at__isnull=True)), None)
    closure = None
    if entry is None or entry.stage != Stage.CONTENT:
        closure = next(iter(Closure.objects.filter(complaint=pk, voided_at__isnull=True)), None)
    offer = None
    if complaint.offered_to_id is not None:
        offer = Transfer.objects.select_related("to_section", "to_department__calendar").get(
            complaint=pk, answered_at__isnull=True
        )
    return Case(complaint, entry, closure, offer, by, at)


def _must_be_allowed(case: Case, move: str) -> None:
    powers = case.powers()
    if case.offer is not None and move in ("accept_transfer", "return_transfer"):
        powers = case.powers_at(case.offer.to_section) if not isinstance(case.by, Voice) else powers
    rule = MOVES[move]
    if not rule.powers & powers:
        raise NotAllowed(
            _("Your posts do not allow “%(move)s” on %(reference)s.")
            % {"move": move, "reference": case.complaint.reference}
        )
    if move not in moves_from(case.position, powers):
        raise NotReady(
            _("“%(move)s” is not possible while %(reference)s is in %(position)s.")
            % {"move": move, "reference": case.complaint.reference, "position": case.position.value}
        )
    if case.offer is not None and move not in _WHILE_OFFERED:
        raise NotReady(
            _("%(reference)s is offered to %(department)s; it is accepted or returned first.")
            % {"reference": case.complaint.reference, "department": case.offer.to_department}
        )


def allowed_moves(complaint: Complaint, *, by: By, at: datetime) -> tuple[str, ...]:
    """Return the moves that `by` may make now: what buttons and the API list. Read without a lock."""
    return moves_of(looked_at(complaint, by=by, at=at))


def looked_at(complaint: Complaint, *, by: By, at: datetime) -> Case:
    """Return the case as it is at `at`, read without a lock: to show, never to change."""
    return _case(Complaint.objects.all(), complaint.pk, by, at)


def moves_of(case: Case) -> tuple[str, ...]:
    """Return the moves that the case's actor may make: for a page that has read the rows of the case already."""
    by = case.by
    moves = moves_from(case.position, case.powers())
    if case.offer is None:
        return tuple(move for move in moves if move not in ("accept_transfer", "return_transfer"))
    theirs = moves_from(case.position, case.powers_at(case.offer.to_section)) if official_of(by) else ()
    return tuple(
        move for move in MOVES if move in _WHILE_OFFERED and move in (theirs if move.endswith("_transfer") else moves)
    )


def _save(case: Case, trail_length: int) -> None:
    """Write the complaint by compare-and-swap on the trail: right even where row locks are ignored (SQLite)."""
    complaint = case.complaint
    keep_due(complaint.pk)
    written = Complaint.objects.filter(pk=complaint.pk, trail_length=trail_length).update(
        trail_length=complaint.trail_length, trail_hash=complaint.trail_hash, moved_at=case.at, **case.changes
    )
    if written != 1:
        raise Stale(
            _("%(reference)s was changed at the same moment. Open it again, look, and then decide.")
            % {"reference": complaint.reference}
        )


def _what_changed(complaint: Complaint, seen: int) -> str:
    missed = max(complaint.version - seen, 1)
    # What the machine notes leaves the version as it is, so it is not what changed.
    decided = complaint.events.exclude(actor=Voice.MACHINE).order_by("-number")
    last = decided.values_list("kind", flat=True)[:missed]
    kinds = ", ".join(EventKind(kind).label.lower() for kind in reversed(list(last)))
    sentence = _("%(reference)s changed after you opened it (%(facts)s). Open it again, look, and then decide.")
    return sentence % {"reference": complaint.reference, "facts": kinds}


def responsible(department_id: int, stage: str) -> Responsibility | None:
    """Return who answers for `stage` in the department today."""
    rows = Responsibility.objects.select_related("section", "lead", "deputy")
    return rows.filter(department=department_id, stage=stage, until__isnull=True).first()


def tell(case: Case, kind: str) -> None:
    """Write the notices to officials that complaints/notices.py names for this fact."""
    audiences = notices.NOTICES.get(kind, ())
    if not audiences:
        return
    people = {person for audience in audiences if (person := _told(case, audience)) is not None}
    if (official := official_of(case.by)) is not None:
        people.discard(official.pk)
    Notice.objects.bulk_create(
        [Notice(recipient_id=pk, complaint=case.complaint, kind=kind, told_at=case.at) for pk in sorted(people)]
    )


def _told(case: Case, audience: str) -> int | None:
    department = case.complaint.department_id
    if audience == notices.Audience.OWNER:
        if case.entry is None or case.entry.owner_id is not None:
            return case.entry.owner_id if case.entry else None
        audience = notices.Audience.LEAD  # nobody owns it yet: the lead owes it an owner
    if audience == notices.Audience.RECEIVING_LEAD:
        department = case.complaint.offered_to_id or department
    stage = Stage.MONITORING if audience == notices.Audience.MONITORS_LEAD else Stage.CONTENT
    if audience == notices.Audience.LEAD and case.entry:
        stage = Stage(case.entry.stage)
    return lead_of(department, stage)


def lead_of(department_id: int, stage: str) -> int | None:
    """Return the lead of the stage, his deputy where there is none or his account is closed (primary keys of
    users)."""
    row = responsible(department_id, stage)
    people = (row.lead, row.deputy) if row else ()
    return next((person.pk for person in people if person is not None and person.is_active), None)


def holders_of(department_id: int | None, roles: tuple[Role, ...], at: datetime) -> list[int]:
    """Return the users (primary keys) who hold one of `roles` over the department (None: the centre) at `at`."""
    posts = Appointment.objects.filter(
        department=department_id, section__isnull=True, role__in=roles, user__is_active=True
    )
    return sorted({post.user_id for post in current(posts, at)})
