"""One department's figures for a quarter, as every page shows them: counted now where that is quick, else kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Max, Min

from complaints.models import Duty
from departments.models import Department
from engagement.compliance import DepartmentCompliance, compliance, told
from engagement.contacts import read_once
from engagement.periods import Quarter
from engagement.tallies import FAMILIES, counted_last, family, rows_of
from engagement.workload import Workload, workload_at, workload_now

# Up to so many duties (some 3,000 queries) a quarter of all departments is counted in a fraction of a second; beyond
# them a page shows what was counted last.
QUICK = 20_000


@dataclass(frozen=True)
class Procedures:
    """How a department kept its procedures in the quarter, as of `counted_at`; without a count yet both are None."""

    department: Department
    quarter: Quarter
    counted_at: datetime | None = None
    compliance: DepartmentCompliance | None = None


@dataclass(frozen=True)
class Figures(Procedures):
    """The same, with what the department had in hand at the moment asked for."""

    workload: Workload = field(default_factory=Workload)


def is_quick() -> bool:
    """Whether all that there is can be counted while a reader waits."""
    return duties() <= QUICK


def duties() -> int:
    """Return about how many duties there are: reads the first and the last key only."""
    keys = Duty.objects.aggregate(first=Min("pk"), last=Max("pk"))
    return keys["last"] - keys["first"] + 1 if keys["last"] is not None else 0


def procedures_now(departments: Sequence[Department], quarter: Quarter, now: datetime) -> list[Procedures]:
    """Return the procedures of each department, in their order: as of now or, where counting takes long, as of the
    last count."""
    if is_quick():
        return procedures_at(departments, quarter, now)
    kept = {each.department_id: each for each in counted_last(departments, quarter).defer("figures")}
    there = [each for each in departments if each.pk in kept]
    rows = [row for each in there for row in rows_of(kept[each.pk])]
    found = {each.department.pk: each for each in told(there, rows, quarter.start, quarter.end, now)}
    return [
        Procedures(each, quarter, kept[each.pk].rows_at, found.get(each.pk))
        if each.pk in kept
        else Procedures(each, quarter)
        for each in departments
    ]


def procedures_at(departments: Sequence[Department], quarter: Quarter, at: datetime) -> list[Procedures]:
    """Return the procedures of each department as they stood at an earlier moment, counted from the records: at a
    million queries a second or more for each department."""
    counts = compliance(departments, quarter.start, quarter.end, at)
    return [Procedures(found.department, quarter, at, found) for found in counts]


def figures_now(departments: Sequence[Department], quarter: Quarter, now: datetime) -> list[Figures]:
    """Return the figures of each department, in their order: the workload of this moment, and the quarter as
    `procedures_now` has it. The number of queries is fixed."""
    return _with(procedures_now(departments, quarter, now), workload_now(departments, now))


def figures_at(departments: Sequence[Department], quarter: Quarter, at: datetime) -> list[Figures]:
    """Return the figures of each department as they stood at an earlier moment, as `procedures_at` counts them."""
    return _with(procedures_at(departments, quarter, at), workload_at(departments, at))


def _with(procedures: Sequence[Procedures], work: dict[int, Workload]) -> list[Figures]:
    return [
        Figures(each.department, each.quarter, each.counted_at, each.compliance, work[each.department.pk])
        for each in procedures
    ]


@dataclass(frozen=True)
class Counted:
    """What one department's quarter came to in one family of counts, as of `counted_at`; without a count yet both are
    None."""

    department: Department
    quarter: Quarter
    counts: Any = None
    counted_at: datetime | None = None


def counted(
    name: str, departments: Sequence[Department], quarter: Quarter, now: datetime, at: datetime | None = None
) -> list[Counted]:
    """Return what the family `name` (engagement/tallies.py::FAMILIES) counts of each department, in their order: as of
    the earlier moment `at` from the records; without one as of now, or where counting takes long as of the last
    count."""
    if at is not None or is_quick():
        moment = at or now
        with read_once():
            fresh = FAMILIES[name](departments, quarter, moment)
        return [Counted(each, quarter, fresh[each.pk], moment) for each in departments]
    tallies = counted_last(departments, quarter).filter(figures__has_key=name)
    kept = {
        pk: (counts, counted_at)
        for pk, counted_at, counts in tallies.values_list("department", "counted_at", family(name))
    }
    return [Counted(each, quarter, *kept.get(each.pk, (None, None))) for each in departments]
