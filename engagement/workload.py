"""What departments have in hand: the queue (complaints/triage.py), counted by department.

Only for departments that the reader may see whole: then everything counted here is visible to him by
complaints/visibility.py. A query is overdue, as in the queue, when of all that is owed on it the earliest date has
passed, and that clock is not paused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from complaints.deadlines import Standing
from complaints.models import Duty, StageEntry
from complaints.triage import Wanted, filtered
from departments.models import Department


@dataclass(frozen=True)
class Workload:
    """Queries that the department holds open, and those of them that are overdue."""

    open: int = 0
    overdue: int = 0


def workload_now(departments: Sequence[Department], now: datetime) -> dict[int, Workload]:
    """Return what each department (primary key) has in hand at this moment, in two questions, of which one is read from
    an index alone (open_entries_by_office) and the other from the few paused duties (duty_paused)."""
    entries = StageEntry.objects.filter(left_at__isnull=True, department__in=[each.pk for each in departments])
    late = Q(due_at__lt=now)
    # Of rows, not of keys: the count of a column cannot be read from an index that does not hold it.
    counts = entries.order_by().values_list("department").annotate(n=Count("*"), passed=Count("due_at", filter=late))
    in_hand = {pk: (n, passed) for pk, n, passed in counts}
    # What is overdue is what has passed without the paused: asked so, nobody need look at every row that has passed.
    paused = _by_department(filtered(entries.filter(late), Wanted(standing=Standing.PAUSED), now))
    found = {}
    for each in departments:
        opened, passed = in_hand.get(each.pk, (0, 0))
        found[each.pk] = Workload(opened, passed - paused.get(each.pk, 0))
    return found


def workload_at(departments: Sequence[Department], at: datetime) -> dict[int, Workload]:
    """Return what each department (primary key) had in hand at an earlier moment, from what was owed then."""
    there = Q(left_at__isnull=True) | Q(left_at__gt=at)
    entries = StageEntry.objects.filter(there, entered_at__lte=at, department__in=[each.pk for each in departments])
    owed = Duty.objects.as_of(at).filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at), complaint=OuterRef("complaint"))
    passed = entries.annotate(first=Subquery(owed.order_by("due_at").values("due_at")[:1])).filter(first__lt=at)
    overdue = passed.filter(~Exists(owed.filter(Q(standing=Standing.PAUSED), due_at=OuterRef("first"))))
    opened, late = _by_department(entries), _by_department(overdue)
    return {each.pk: Workload(opened.get(each.pk, 0), late.get(each.pk, 0)) for each in departments}


def _by_department(entries: QuerySet[StageEntry]) -> dict[int, int]:
    return dict(entries.order_by().values_list("department").annotate(n=Count("*")))
