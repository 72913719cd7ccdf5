"""Counts quarters ahead of time, so that a page need not.

A tally is a full count of its quarter as of one moment, made again from time to time. In between its procedures keep
up with the records: what the touched queries come to now is put in the place of what they came to. Every night all of
it is counted again in full, as of the same moments, and what differs is told (`differing`).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Q, QuerySet
from django.db.models.fields.json import KeyTransform
from django.utils import timezone

from departments.hands import room, unsearched
from departments.models import Department
from engagement.compliance import Row, added, count
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
from engagement.touched import touched
from engagement.waiting import waiting
from engagement.ways import contacts_by

# A quarter is counted again at the earliest after so many times as long as counting took: at most a twentieth of one
# processor, however large the quarter.
REST = 20
# Quarters that end earlier than this before now change too little to be counted more than once a day.
SETTLED = timedelta(days=100)
DAILY = timedelta(hours=20)

# Where more queries were touched than this, a full count costs hardly more.
MOST_TOUCHED = 20_000
# As many are counted in one statement.
AT_ONCE = 5000
# A figure is as of so long ago, so that what was being written then has been written.
UNDER_WAY = timedelta(seconds=20)

# What a full count writes over what was kept.
_COUNTED = ("method_version", "calendar_revision", "counted_at", "took", "rows_at", "rows", "figures")

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
                update_fields=_COUNTED,
            )
        done += 1
    return done


def _counted(departments: Sequence[Department], quarter: Quarter, at: datetime) -> list[Tally]:
    rows, figures = _in_full(departments, quarter, at, at)
    return [
        Tally(
            department=each,
            quarter=str(quarter),
            method_version=METHOD_VERSION,
            counted_at=at,
            calendar_revision=each.calendar.revision,
            took=0.0,
            rows_at=at,
            rows=_written(rows[each.pk]),
            figures=figures[each.pk],
        )
        for each in departments
    ]


def _in_full(
    departments: Sequence[Department], quarter: Quarter, rows_at: datetime, counted_at: datetime
) -> tuple[dict[int, list[Row]], dict[int, dict[str, Any]]]:
    """The counts of procedures as of the one moment and all others as of the other, by department (primary key)."""
    with room(), read_once(), unsearched():
        return _rows(departments, quarter, rows_at), _figures(departments, quarter, counted_at)


def _rows(
    departments: Sequence[Department], quarter: Quarter, at: datetime, among: Collection[int] | None = None
) -> dict[int, list[Row]]:
    """The counts of procedures by department (primary key); of all queries, or of those `among`."""
    found: dict[int, list[Row]] = {each.pk: [] for each in departments}
    for row in count(departments, quarter.start, quarter.end, at, among):
        found[row.department].append(row)
    return found


def _figures(departments: Sequence[Department], quarter: Quarter, at: datetime) -> dict[int, dict[str, Any]]:
    families = {name: counts(departments, quarter, at) for name, counts in FAMILIES.items()}
    return {each.pk: {name: found[each.pk] for name, found in families.items()} for each in departments}


def _written(rows: Iterable[Row]) -> list[list[Any]]:
    return [list(row[1:]) for row in rows]


def keep_up(departments: Sequence[Department], *, at: datetime) -> int:
    """Bring the procedures of every tally up to `at` (aware) by what was touched since; return how many that were.
    What was counted with another calendar or by another method, and where too much happened, is left to a full count.
    """
    there = {each.pk: each for each in departments}
    behind = Tally.objects.filter(SAME_CALENDAR, department__in=there, rows_at__lt=at, method_version=METHOD_VERSION)
    by_moment: dict[datetime, dict[str, list[Tally]]] = defaultdict(lambda: defaultdict(list))
    for kept in behind.defer("figures").order_by("pk"):
        by_moment[kept.rows_at][kept.quarter].append(kept)
    moved = 0
    for then, by_quarter in by_moment.items():
        among = sorted(touched(then, at))
        if len(among) > MOST_TOUCHED:
            continue
        for quarter, tallies in by_quarter.items():
            theirs = [there[kept.department_id] for kept in tallies]
            change = _change(theirs, Quarter.read(quarter), (then, at), among)
            moved += sum(_move_on(kept, change[kept.department_id], at) for kept in tallies)
    return moved


def _change(
    departments: Sequence[Department], quarter: Quarter, moments: tuple[datetime, datetime], among: Sequence[int]
) -> dict[int, list[Row]]:
    """What is to be added to the counts of each department (primary key) from the one moment to the other."""
    then, at = moments
    change: dict[int, list[Row]] = {each.pk: [] for each in departments}
    for first in range(0, len(among), AT_ONCE):
        some = among[first : first + AT_ONCE]
        before, after = (_rows(departments, quarter, moment, some) for moment in (then, at))
        for pk in change:
            change[pk] += [*after[pk], *(row._replace(n=-row.n) for row in before[pk])]
    return change


def _move_on(kept: Tally, change: Iterable[Row], at: datetime) -> int:
    """Write the rows of a tally as they are now, unless somebody else was faster."""
    rows = _written(added(rows_of(kept), change))
    return Tally.objects.filter(pk=kept.pk, rows_at=kept.rows_at).update(rows=rows, rows_at=at)


def differing(departments: Sequence[Department]) -> Iterator[Tally]:
    """Yield the tallies that are not what full counts as of the same moments come to now. Those counted with a calendar
    that has changed since are left out: they are due to be counted again.

    A fact that became known only later and was dated back (a letter that bounced) may be the reason, or a transaction
    that was under way when the quarter was counted; the next full count has it.
    """
    there = {each.pk: each for each in departments}
    moments: dict[tuple[str, datetime, datetime], list[Tally]] = defaultdict(list)
    current = Tally.objects.filter(SAME_CALENDAR, department__in=there).select_related("department")
    for kept in current.order_by("quarter", "pk"):
        moments[kept.quarter, kept.counted_at, kept.rows_at].append(kept)
    for (name, counted_at, rows_at), kept_then in moments.items():
        theirs, quarter = [there[each.department_id] for each in kept_then], Quarter.read(name)
        rows, figures = _in_full(theirs, quarter, rows_at, counted_at)
        for kept in kept_then:
            if kept.rows != _written(rows[kept.department_id]) or kept.figures != figures[kept.department_id]:
                yield kept


def counted_last(departments: Sequence[Department], quarter: Quarter) -> QuerySet[Tally]:
    """The tallies of a quarter that count by the method in force."""
    return Tally.objects.filter(department__in=departments, quarter=str(quarter), method_version=METHOD_VERSION)


def family(name: str) -> KeyTransform:
    """One family of a tally's counts, for queries that need not read them all; None where it was not counted."""
    return KeyTransform(name, "figures")


def rows_of(kept: Tally) -> list[Row]:
    """Return the counts of a tally as engagement/compliance.py counted them."""
    return [Row(kept.department_id, *row) for row in kept.rows]
