"""What departments have in hand: the queue, counted by department.

Only for departments that the reader may see whole: then everything counted here is visible to him by
complaints/visibility.py. A query is overdue when a step that the department owes on it stands overdue
(complaints/deadlines.py), as in the queue.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from complaints.deadlines import Standing, standing
from complaints.models import Duty, StageEntry
from departments.models import Department, Section


@dataclass(frozen=True)
class Workload:
    """Queries that are open, and those of them, or of those offered to the department, with a step overdue."""

    open: int = 0
    overdue: int = 0


def workload_now(departments: Sequence[Department], now: datetime) -> dict[int, Workload]:
    """Return what each department (primary key) has in hand at this moment; reads only what is open, by partial
    indexes (complaints: open_entries_by_section, open_duty_by_department)."""
    entries = StageEntry.objects.filter(left_at__isnull=True)
    # That the date has passed is said twice, so that the index is asked for it.
    owed = Duty.objects.open().filter(due_at__lt=now).annotate(standing=standing(now))
    return _counted(departments, entries, owed)


def workload_at(departments: Sequence[Department], at: datetime) -> dict[int, Workload]:
    """Return what each department (primary key) had in hand at an earlier moment; reads all that ever was."""
    entries = StageEntry.objects.filter(Q(left_at__isnull=True) | Q(left_at__gt=at), entered_at__lte=at)
    return _counted(departments, entries, Duty.objects.as_of(at))


def _counted(
    departments: Sequence[Department], entries: QuerySet[StageEntry], owed: QuerySet[Duty]
) -> dict[int, Workload]:
    keys = [each.pk for each in departments]
    # By section, because that is what the index on open entries holds; a section is of one department for ever.
    sections = dict(Section.objects.filter(department__in=keys).values_list("pk", "department"))
    opened: Counter[int] = Counter()
    for section, n in (
        entries.filter(section__in=sections).order_by().values_list("section").annotate(n=Count("*"))
    ):  # of rows, not of keys: no index holds those
        opened[sections[section]] += n
    overdue = owed.filter(department__in=keys, standing=Standing.OVERDUE).order_by().values_list("department")
    overdue_ones = dict(overdue.annotate(n=Count("complaint", distinct=True)))
    return {key: Workload(opened[key], overdue_ones.get(key, 0)) for key in keys}
