"""One department's figures for a quarter, as every page shows them: counted now where that is quick, else kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Min

from complaints.models import Duty
from departments.models import Department
from engagement.compliance import DepartmentCompliance, compliance, told
from engagement.contacts import read_once
from engagement.models import Tally
from engagement.periods import Quarter
from engagement.tallies import FAMILIES, counted_last, family, rows_of
from engagement.workload import Workload, workload_at, workload_now

# Up to so many duties (some 3,000 queries) a quarter of all departments is counted in a fraction of a second; beyond
# them a page shows what was counted last.
QUICK = 20_000


@dataclass(frozen=True)
class Figures:
    """`compliance` is of the quarter, as of `counted_at`; `workload` is of the moment asked for. Without
    a count yet there is only the workload."""

    department: Department
    quarter: Quarter
    workload: Workload
    counted_at: datetime | None = None
    compliance: DepartmentCompliance | None = None


def is_quick() -> bool:
    """Whether all that there is can be counted while a reader waits."""
    return duties() <= QUICK


def duties() -> int:
    """Return about how many duties there are: reads the first and the last key only."""
    keys = Duty.objects.aggregate(first=Min("pk"), last=Max("pk"))
    return keys["last"] - keys["first"] + 1 if keys["last"] is not None else 0


def figures_now(departments: Sequence[Department], quarter: Quarter, now: datetime) -> list[Figures]:
    """Return the figures of each department, in their order: the workload of this moment, and the quarter as of now
    or, where counting takes long, as of the last count. The number of queries is fixed."""
    work = workload_now(departments, now)
    if is_quick():
        return _fresh(departments, quarter, now, work)
    kept = {each.department_id: each for each in counted_last(departments, quarter).defer("figures")}
    there = [each for each in departments if each.pk in kept]
    rows = [row for each in there for row in rows_of(kept[each.pk])]
    found = {each.department.pk: each for each in told(there, rows, quarter.start, quarter.end, now)}
    return [_kept(each, quarter, work[each.pk], kept.get(each.pk), found.get(each.pk)) for each in departments]


def _kept(
    department: Department,
    quarter: Quarter,
    workload: Workload,
    kept: Tally | None,
    found: DepartmentCompliance | None,
) -> Figures:
    if kept is None:
        return Figures(department, quarter, workload)
    return Figures(department, quarter, workload, kept.counted_at, found)


def figures_at(departments: Sequence[Department], quarter: Quarter, at: datetime) -> list[Figures]:
    """Return the figures of each department as they stood at an earlier moment, counted from the records: at a
    million queries a second or more for each department."""
    return _fresh(departments, quarter, at, workload_at(departments, at))


def _fresh(
    departments: Sequence[Department], quarter: Quarter, at: datetime, work: dict[int, Workload]
) -> list[Figures]:
    return [
        Figures(found.department, quarter, work[found.department.pk], at, found)
        for found in compliance(departments, quarter.start, quarter.end, at)
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
