"""The trails behind a department's quarter: what they were at a moment, in one digest, and what came to them later.

The gates look back twelve months, so the trails are those of all that was received in the four quarters.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from complaints.models import Complaint, Event, Transfer
from departments.models import Department
from engagement.compliance import held_by, period, within
from engagement.freezing import digest
from engagement.periods import Quarter
from engagement.ratings import year_ending


@dataclass(frozen=True)
class Later:
    """What was written into trails after a moment: how many events of each kind, on how many queries."""

    queries: int
    kinds: dict[str, int]


def inputs_hashes(departments: Sequence[Department], quarter: Quarter, at: datetime) -> dict[int, str]:
    """Return for each department (primary key) the digest of the trails of its queries as they were at `at`: of each
    query, in the order of the references, the reference and the hash of its last event, which binds all before."""
    ends: dict[int, dict[str, str]] = defaultdict(dict)
    for department, reference, hash_ in _events(departments, quarter, at):
        ends[department][reference] = hash_  # the last one stays
    return {
        each.pk: digest(f"{reference} {hash_}" for reference, hash_ in sorted(ends[each.pk].items()))
        for each in departments
    }


def _events(departments: Sequence[Department], quarter: Quarter, at: datetime) -> Iterator[tuple[int, str, str]]:
    holders = dict(_received(departments, quarter, at).values_list("pk", "held_by"))
    if not holders:
        return
    asked = _received(departments, quarter, at).order_by().values("pk")
    events = Event.objects.filter(complaint__in=asked, recorded_at__lte=at).order_by("complaint", "number")
    for complaint, reference, hash_ in events.values_list("complaint", "complaint__reference", "hash").iterator():
        yield holders[complaint], reference, hash_


def _received(departments: Sequence[Department], quarter: Quarter, at: datetime) -> QuerySet[Any]:
    there = [each.pk for each in departments]
    gave_it_away = Transfer.objects.filter(from_department__in=there, accepted=True, answered_at__gt=at)
    perhaps = Q(department__in=there) | Q(pk__in=gave_it_away.values("complaint"))
    windows = period(departments, year_ending(quarter).start, quarter.end)
    known = Complaint.objects.filter(perhaps, recorded_at__lte=at).annotate(held_by=held_by(at, path=""))
    return known.filter(within(windows, "held_by", "received_at"))


def written_since(department: Department, quarter: Quarter, after: datetime, until: datetime) -> Later:
    """Return what was written after `after` and up to `until` into the trails of the queries that the department
    holds."""
    [days] = period([department], year_ending(quarter).start, quarter.end)
    events = Event.objects.filter(
        complaint__department=department,
        complaint__received_at__gt=days.after,
        complaint__received_at__lte=days.until,
        recorded_at__gt=after,
        recorded_at__lte=until,
    )
    kinds = Counter(dict(events.order_by().values_list("kind").annotate(n=Count("*"))))
    queries = events.aggregate(n=Count("complaint", distinct=True))["n"]
    return Later(queries, dict(sorted(kinds.items())))
