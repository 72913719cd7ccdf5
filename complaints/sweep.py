"""Finds what is overdue and climbs the ladder: a pure function of database and time.

Whatever ran before or did not, after `sweep(at=t)` every duty that was past due before t has each of its flags exactly
once, with its true due moment. Each batch is one transaction: complaints are locked in the order of their keys, what
is due is read again under the lock, and only then written, so that any number of sweeps may run at once. The cost
follows the duties whose next rung is newly reached (the partial index duty_next_rung), not the table.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from complaints import duties, trail
from complaints.actions import holders_of, lead_of
from complaints.actors import Voice
from complaints.chain import EventKind
from complaints.deadlines import due_at
from complaints.escalation import rung_at, rungs_from
from complaints.models import Complaint, Duty, Event, Flag, Notice, StageEntry
from complaints.models.bulk import insert_rows, update_rows
from complaints.recalendar import redate_changed
from complaints.steps import ESCALATION
from departments.models import Department
from departments.roles import Role
from departments.sops import Tells
from departments.worktime import Worktime

BATCH = 2000


@dataclass
class Swept:
    """What a sweep did: duties newly overdue (level 0), and rungs above it."""

    overdue: int = 0
    escalated: int = 0


@dataclass(slots=True)
class _Trail:
    """What a sweep reads of a complaint; plain values, because model instances would be a third of its time."""

    pk: int
    trail_length: int
    trail_hash: str
    moved_at: datetime
    sop_version_id: int


class _Late(NamedTuple):
    """What a sweep reads of a duty, by the names of its columns."""

    pk: int
    complaint_id: int
    department_id: int
    stage: str
    code: str
    due_at: datetime
    ended_at: datetime | None
    replaced_at: datetime | None
    next_rung: int


@dataclass
class _Batch:
    """The rows that one transaction of a sweep writes."""

    flags: list[tuple[object, ...]] = field(default_factory=list)
    events: list[trail.Link] = field(default_factory=list)
    notices: list[tuple[object, ...]] = field(default_factory=list)
    climbs: list[tuple[object, ...]] = field(default_factory=list)


def sweep(*, at: datetime, batch: int = BATCH, progress: Callable[[int], None] | None = None) -> Swept:
    """Flag and escalate everything that was due before `at` (aware); dates that a calendar moved are moved first."""
    redate_changed(at=at)
    swept = Swept()
    who = _Offices(at)
    while True:
        with transaction.atomic():
            done = _sweep_batch(at, batch, who, swept)
        if progress is not None:
            progress(done)
        if done == 0:
            return swept


def _sweep_batch(at: datetime, batch: int, who: "_Offices", swept: Swept) -> int:
    newly = Duty.objects.rung_due(at).order_by("next_rung_at")
    found = list(newly.values_list("pk", "complaint_id")[:batch])
    if not found:
        return 0
    locked = Complaint.objects.select_for_update().filter(pk__in=sorted({complaint for _, complaint in found}))
    columns = locked.order_by("pk").values_list("pk", "trail_length", "trail_hash", "moved_at", "sop_version_id")
    complaints = {row[0]: _Trail(*row) for row in columns}
    due = Duty.objects.rung_due(at).filter(pk__in=[pk for pk, _ in found]).order_by("complaint_id", "due_at", "pk")
    owners = dict(
        StageEntry.objects.filter(complaint__in=complaints, left_at__isnull=True).values_list("complaint", "owner")
    )
    rows = _Batch()
    for duty in map(_Late._make, due.values_list(*_Late._fields)):
        _climb(duty, complaints[duty.complaint_id], owners.get(duty.complaint_id), at, who, rows, swept)
    _write(rows, complaints)
    return len(found)


def _climb(
    duty: _Late, complaint: _Trail, owner: int | None, at: datetime, who: "_Offices", rows: _Batch, swept: Swept
) -> None:
    """Add the flags of every rung that `duty` reached while it was owed, and where it stands on the ladder after them.
    Nobody is told of a duty that has ended: it is late on record, and there is nothing left to do about it."""
    procedure = duties.procedure(complaint.sop_version_id)
    worktime = who.worktime_of(duty.department_id)
    moment = max(at, complaint.moved_at)  # which stays: a sweep says what is, so it never bars who acts next
    escalation = procedure.step(ESCALATION)
    ended = duty.ended_at or duty.replaced_at
    until = at if ended is None else min(at, ended)
    next_rung, next_at = duty.next_rung, None
    for rung in rungs_from(procedure.rungs, duty.next_rung):
        reached = rung_at(rung, duty.due_at, worktime)
        if reached >= until:
            next_at = reached if ended is None or reached < ended else None
            break
        by = None
        if rung.level == 0 and escalation is not None and escalation.limit is not None:
            by = due_at(escalation.limit, escalation.unit, duty.due_at, worktime)
        told = who.told(rung.tells, duty, owner) if ended is None else []
        rows.flags.append((duty.pk, rung.level, duty.due_at, moment, by, told[0] if told else None))
        data = {"code": duty.code, "duty": duty.pk, "level": rung.level, "due_at": duty.due_at.isoformat()}
        rows.events.append(
            trail.next_link(complaint, EventKind.FLAGGED, by=Voice.MACHINE, at=moment, occurred_at=reached, data=data)
        )
        rows.notices.extend((pk, duty.complaint_id, EventKind.FLAGGED.value, rung.level, moment) for pk in told)
        next_rung = rung.level + 1
        swept.overdue += rung.level == 0
        swept.escalated += rung.level > 0
    rows.climbs.append((duty.pk, next_rung, next_at))


def _write(rows: _Batch, complaints: dict[int, _Trail]) -> None:
    insert_rows(Flag, ("duty_id", "level", "due_at", "flagged_at", "escalate_by", "told_id"), rows.flags)
    insert_rows(Event, trail.Link._fields, rows.events)
    insert_rows(Notice, ("recipient_id", "complaint_id", "kind", "level", "told_at"), rows.notices)
    update_rows(Duty, ("next_rung", "next_rung_at"), rows.climbs)
    touched = {event.complaint_id for event in rows.events}
    ends = [(c.pk, c.trail_length, c.trail_hash) for pk, c in complaints.items() if pk in touched]
    update_rows(Complaint, ("trail_length", "trail_hash"), ends)


class _Offices:
    """When departments work, and whom a rung tells, looked up once a sweep: an unassigned query goes to the lead, a
    post without a holder to the next above it, so that nothing is told to nobody while somebody holds a post."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._leads: dict[tuple[int, str], list[int]] = {}
        self._heads: dict[int | None, list[int]] = {}
        self._worktimes: dict[int, Worktime] = {}

    def worktime_of(self, department: int) -> Worktime:
        """Return when the department (primary key) works."""
        if department not in self._worktimes:
            calendar = Department.objects.select_related("calendar").get(pk=department).calendar
            self._worktimes[department] = calendar.worktime()
        return self._worktimes[department]

    def told(self, tells: str, duty: _Late, owner: int | None) -> list[int]:
        """Return the users (primary keys) to tell."""
        if tells == Tells.OWNER and owner is not None:
            return [owner]
        if tells in (Tells.OWNER, Tells.LEAD) and (lead := self._lead(duty.department_id, duty.stage)):
            return lead
        if tells != Tells.CENTRE and (heads := self._holders(duty.department_id, (Role.HEAD,))):
            return heads
        return self._holders(None, (Role.MONITOR, Role.ADMINISTRATOR))

    def _lead(self, department: int, stage: str) -> list[int]:
        key = (department, stage)
        if key not in self._leads:
            lead = lead_of(department, stage)
            self._leads[key] = [lead] if lead is not None else []
        return self._leads[key]

    def _holders(self, department: int | None, roles: tuple[Role, ...]) -> list[int]:
        if department not in self._heads:
            self._heads[department] = holders_of(department, roles, self._at)
        return self._heads[department]
