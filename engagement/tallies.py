"""Counts quarters ahead of time, so that a page need not: each tally is a full count of its quarter as of one moment,
never a sum of changes, so that counting again is always right."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Q, QuerySet
from django.db.models.fields.json import KeyTransform
from django.utils import timezone

from departments.hands import room
from departments.models import Department
from engagement.compliance import Row, count
from engagement.conduct import conduct
from engagement.contacts import read_once
from engagement.equity import equity
from engagement.gathering import level
from engagement.hearing import citizens
from engagement.interactions import interactions
from engagement.models import Tally
from engagement.periods import Quarter, quarters
from engagement.reviewing import review
from engagement.rollup import METHOD_VERSION
from engagement.waiting import waiting
from engagement.ways import contacts_by

# A quarter is counted again at the earliest after so many times as long as counting took: at most a twentieth of one
# processor, however large the quarter.
REST = 20
# Quarters that end earlier than this before now change too little to be counted more than once a day.
SETTLED = timedelta(days=100)
DAILY = timedelta(hours=20)

# In which a quarter of a million queries is sorted and grouped without a disk.
MEMORY = "128MB"

# Tallies that were counted with the calendar as it is.
SAME_CALENDAR = Q(calendar_revision=F("department__calendar__revision"))

# What is counted of a quarter beside its procedures: each takes the departments, the quarter and the moment (aware)
# and returns, by a department's primary key, counts that are fit for JSON: dicts with text keys, lists, numbers, text.
Family = Callable[[Sequence[Department], Quarter, datetime], Mapping[int, Any]]
FAMILIES: dict[str, Family] = {
    "level": level,
    "citizens": citizens,
    "contacts_by": contacts_by,
    "waiting": waiting,
    "equity": equity,
    "interactions": interactions,
    "conduct": conduct,
    "review": review,
}


def quarters_since(departments: Iterable[Department], at: datetime) -> list[Quarter]:
    """Return the quarters since the first of `departments` took queries, that of `at` first."""
    begun = [timezone.localdate(each.live_since) for each in departments if each.live_since]
    return list(quarters(min(begun), timezone.localdate(at)))[::-1] if begun else []


def due(chosen: Iterable[Quarter], at: datetime) -> Iterator[Quarter]:
    """Yield the quarters that are to be counted again at `at`; at once those counted with a calendar that has changed
    since."""
    changed = ~SAME_CALENDAR & Q(department__live_since__lte=at)
    last = {
        quarter: (counted_at, took, outdated)
        for quarter, counted_at, took, outdated in Tally.objects.filter(method_version=METHOD_VERSION)
        .values_list("quarter")
        .annotate(counted_at=Max("counted_at"), took=Max("took"), outdated=Count("pk", filter=changed))
    }
    for quarter in chosen:
        if str(quarter) not in last:
            yield quarter
            continue
        counted_at, took, outdated = last[str(quarter)]
        rest = DAILY if at.date() - quarter.end > SETTLED else timedelta(seconds=took * REST)
        if outdated or at - counted_at >= rest:
            yield quarter


def tally(
    departments: Sequence[Department],
    chosen: Iterable[Quarter],
    *,
    at: datetime,
) -> int:
    """Count each of `chosen` as of `at` (aware) and keep what it came to; return how many were counted."""
    done = 0
    for quarter in chosen:
        began = monotonic()
        fresh = _counted(departments, quarter, at)
        took = monotonic() - began
        for each in fresh:
            each.took = took
        with transaction.atomic():
            Tally.objects.bulk_create(
                fresh,
                update_conflicts=True,
                unique_fields=["department", "quarter"],
                update_fields=["method_version", "counted_at", "calendar_revision", "took", "rows", "figures"],
            )
        done += 1
    return done


def _counted(departments: Sequence[Department], quarter: Quarter, at: datetime) -> list[Tally]:
    by_department: dict[int, list[Row]] = defaultdict(list)
    with room(MEMORY), read_once():
        for row in sorted(count(departments, quarter.start, quarter.end, at)):
            by_department[row.department].append(row)
        families = {name: counts(departments, quarter, at) for name, counts in FAMILIES.items()}
    return [
        Tally(
            department=each,
            quarter=str(quarter),
            method_version=METHOD_VERSION,
            counted_at=at,
            calendar_revision=each.calendar.revision,
            took=0.0,
            rows=[list(row[1:]) for row in by_department[each.pk]],
            figures={name: found[each.pk] for name, found in families.items()},
        )
        for each in departments
    ]


def differing(departments: Sequence[Department]) -> Iterator[Tally]:
    """Yield the tallies that are not what a count as of the same moment comes to now. Those counted with a calendar
    that has changed since are left out: they are due to be counted again.

    A fact that became known only later and was dated back (a letter that bounced) may be the reason, or a transaction
    that was under way when the quarter was counted; the next count has it.
    """
    there = {each.pk: each for each in departments}
    moments: dict[tuple[str, datetime], list[Tally]] = defaultdict(list)
    current = Tally.objects.filter(SAME_CALENDAR, department__in=there).select_related("department")
    for kept in current.order_by("quarter", "pk"):
        moments[kept.quarter, kept.counted_at].append(kept)
    for (quarter, counted_at), kept_then in moments.items():
        again = _counted([there[each.department_id] for each in kept_then], Quarter.read(quarter), counted_at)
        for kept, fresh in zip(kept_then, again, strict=True):
            if _what_is_kept(kept) != _what_is_kept(fresh):
                yield kept


def _what_is_kept(tally: Tally) -> tuple[Any, ...]:
    return tally.rows, tally.figures


def counted_last(departments: Sequence[Department], quarter: Quarter) -> QuerySet[Tally]:
    """The tallies of a quarter that count by the method in force."""
    return Tally.objects.filter(department__in=departments, quarter=str(quarter), method_version=METHOD_VERSION)


def family(name: str) -> KeyTransform:
    """One family of a tally's counts, for queries that need not read them all; None where it was not counted."""
    return KeyTransform(name, "figures")


def rows_of(kept: Tally) -> list[Row]:
    """Return the counts of a tally as engagement/compliance.py counted them."""
    return [Row(kept.department_id, *row) for row in kept.rows]
