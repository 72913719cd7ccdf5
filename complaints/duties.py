"""The only writer of duties: opens them from facts, settles them by facts, replaces them when a date moves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Case, F, When

from complaints import deadlines, escalation
from complaints.deadlines import Ended
from complaints.models import Complaint, Duty
from complaints.steps import RESOLUTION
from departments.models import Department, Rung, Section, Step
from departments.sops import CountsFrom
from departments.worktime import Worktime


@dataclass(frozen=True)
class Procedure:
    """The steps and the ladder of one SOP version."""

    steps: tuple[Step, ...]
    rungs: tuple[Rung, ...]

    def step(self, code: str) -> Step | None:
        """Return the step with `code`, or None where this procedure has none."""
        return next((step for step in self.steps if step.code == code), None)


@lru_cache(maxsize=512)
def procedure(version_id: int) -> Procedure:
    """Return the procedure of an SOP version. Kept in memory: a version in force is immutable."""
    return Procedure(
        tuple(Step.objects.filter(version=version_id).order_by("pk")),
        tuple(Rung.objects.filter(version=version_id).order_by("level")),
    )


def open_from(
    complaint: Complaint,
    counts_from: str,
    *,
    start: datetime,
    at: datetime,
    department: Department | None = None,
    section: Section | None = None,
    promise: datetime | None = None,
) -> list[Duty]:
    """Open the duties whose limit counts from this fact, unless such a duty is already owed.

    `promise` is a resolution date that came with the query (aware); it takes the place of the SOP's limit.
    """
    holder = department or complaint.department
    rows = procedure(complaint.sop_version_id)
    steps = [s for s in rows.steps if s.counts_from == counts_from and _limit(complaint, s, promise) is not None]
    owed = set()
    if steps and counts_from != CountsFrom.RECEIPT:
        owed = set(complaint.duties.open().filter(code__in=[s.code for s in steps]).values_list("code", flat=True))
    duties = [
        _new(complaint, step, start, at, holder, section or complaint.section, promise)
        for step in steps
        if step.code not in owed
    ]
    return Duty.objects.bulk_create(duties) if duties else []


def open_step(complaint: Complaint, step: Step, *, start: datetime, at: datetime) -> Duty:
    """Open the duty of one step of the complaint's department."""
    duty = _new(complaint, step, start, at, complaint.department, complaint.section, None)
    duty.save(force_insert=True)
    return duty


def _limit(complaint: Complaint, step: Step, promise: datetime | None) -> tuple[int | None, str] | None:
    """Return (limit, unit) of a step on this complaint; (None, "") for a promise of its own; None for no clock."""
    if step.code == RESOLUTION:
        if promise is not None:
            return None, ""
        category = complaint.category
        if category is not None and category.resolution_limit is not None:
            return category.resolution_limit, category.resolution_unit
    return None if step.limit is None else (step.limit, step.unit)


def _new(
    complaint: Complaint,
    step: Step,
    start: datetime,
    at: datetime,
    department: Department,
    section: Section,
    promise: datetime | None,
) -> Duty:
    worktime = department.calendar.worktime()
    limit, unit = _limit(complaint, step, promise) or (None, "")
    if limit is None:
        if promise is None:
            raise ValueError(f"Step {step.code} has neither a limit nor a promised date.")
        due = promise
    else:
        due = deadlines.due_at(limit, unit, start, worktime)
    return Duty(
        complaint=complaint,
        department=department,
        section=section,
        sop_version_id=complaint.sop_version_id,
        stage=step.stage,
        code=step.code,
        limit=limit,
        unit=unit,
        starts_at=start,
        promised_at=due,
        due_at=due,
        opened_at=at,
        next_rung_at=escalation.first_rung_at(procedure(complaint.sop_version_id).rungs, due, worktime),
    )


def settle(complaint: Complaint, codes: Iterable[str], *, at: datetime) -> int:
    """Mark the owed duties with `codes` as done at `at`; return how many there were."""
    return _end(complaint, codes, Ended.DONE, at)


def settle_late_learnt(complaint: Complaint, codes: Iterable[str], *, done_at: datetime, at: datetime) -> None:
    """Mark duties as done at a moment that is learnt only now, such as a delivery. The row that was owed until now
    stays as it was, so that a figure as of a moment between the two reads the same before and after."""
    rungs = procedure(complaint.sop_version_id).rungs
    for duty in complaint.duties.open().filter(code__in=codes):
        worktime = duty.department.calendar.worktime()
        replace(
            duty,
            cause=Duty.Cause.LEARNT,
            at=at,
            rungs=rungs,
            worktime=worktime,
            ended_at=max(done_at, duty.starts_at),
            ended_as=Ended.DONE,
        )


def close_unmet(complaint: Complaint, codes: Iterable[str], *, at: datetime) -> int:
    """End what is still owed of `codes` when the case is closed without the event: it counts as late (2.6)."""
    return _end(complaint, codes, Ended.CLOSED, at)


def release(complaint: Complaint, *, at: datetime) -> int:
    """End everything still owed because the citizen withdrew."""
    return _end(complaint, _codes(complaint), Ended.RELEASED, at)


def annul(complaint: Complaint, codes: Iterable[str], *, at: datetime) -> int:
    """Take back duties that a voided closure had opened: from `at` on they are not owed."""
    return complaint.duties.open().filter(code__in=codes).update(replaced_at=at, next_rung_at=_reached_before(at))


def _end(complaint: Complaint, codes: Iterable[str], how: Ended, at: datetime) -> int:
    """Most facts settle steps that this procedure has not: no need to ask the database for those."""
    owable = _codes(complaint).intersection(codes)
    if not owable:
        return 0
    owed = complaint.duties.open().filter(code__in=owable)
    return owed.update(ended_at=at, ended_as=how, next_rung_at=_reached_before(at))


def _codes(complaint: Complaint) -> frozenset[str]:
    return frozenset(step.code for step in procedure(complaint.sop_version_id).steps)


def _reached_before(at: datetime) -> Case:
    """The next rung where it was reached while the duty was owed: the next sweep, whenever it runs, still records it,
    so that a late step is flagged although nothing ran between the due date and the end. Else none."""
    return Case(When(next_rung_at__lt=at, then=F("next_rung_at")), default=None)


def replace(duty: Duty, *, cause: str, at: datetime, rungs: Sequence[Rung], worktime: Worktime, **changes: Any) -> Duty:
    """Put a new row in the place of `duty`, with `changes`; both stay, so that any past moment can be read.

    A moved due date begins the ladder again (it is another deadline); a date that was there before, in this row or an
    earlier one, is climbed on from where it was left, so that one deadline is never flagged twice.
    """
    fields = {f.attname: getattr(duty, f.attname) for f in Duty._meta.concrete_fields if not f.primary_key}
    successor = Duty(**{**fields, "opened_at": at, "cause": cause, "follows_id": duty.pk, "replaced_at": None})
    for name, value in changes.items():  # one by one: beside `department_id`, Duty(department=…) would be overruled
        setattr(successor, name, value)
    left_at = duty if successor.due_at == duty.due_at else _earlier_of_that_date(successor)
    successor.next_rung = left_at.next_rung if left_at else 0
    rungs_left = escalation.rungs_from(rungs, successor.next_rung)
    still_owed = successor.ended_at is None
    successor.next_rung_at = escalation.first_rung_at(rungs_left, successor.due_at, worktime) if still_owed else None
    until = successor.ended_at or duty.ended_at or at  # what is learnt to have ended in time was never overdue
    Duty.objects.filter(pk=duty.pk).update(replaced_at=at, next_rung_at=_reached_before(until))
    if left_at is not None and still_owed:
        Duty.objects.filter(pk=left_at.pk).update(next_rung_at=None)
    successor.save(force_insert=True)
    return successor


def _earlier_of_that_date(duty: Duty) -> Duty | None:
    """Return the last row of the same duty with the same due date: a contested pause takes a date away, and the
    monitor's judgement may bring it back."""
    rows = Duty.objects.filter(complaint=duty.complaint_id, code=duty.code, starts_at=duty.starts_at)
    return rows.filter(due_at=duty.due_at).order_by("-pk").first()
