"""The counts behind the gates M1 and M3, as far as today's records allow (measurement 2.3).

M1 is counted from engagement/contacts.py, which says what became of each query. M3: a case was asked about when its
closing notice, which asks for the rating, was delivered, or when it was rated.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from complaints.models import Rating
from complaints.outcomes import Outcome, standing_closure
from departments.models import Department
from engagement import lots
from engagement.compliance import Window, period
from engagement.contacts import cohort
from engagement.gates import Answered, Asked


def answered(departments: Sequence[Department], start: date, end: date, at: datetime) -> dict[int, Answered]:
    """Return M1 of each department (primary key) for what was received from `start` to `end`, as of `at`."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    contacts = cohort(departments, start, end, at).contacts
    alike = Counter((each.department, each.counts, each.in_time, each.captured) for each in contacts)
    for (department, counts, in_time, captured), n in alike.items():
        found[department].update(dict.fromkeys(_counted_as(counts, in_time, captured), n))
    return {each.pk: Answered(**found[each.pk]) for each in departments}


def _counted_as(counts: bool, in_time: bool | None, captured: bool) -> tuple[str, ...]:  # noqa: FBT001 - of a contact
    if not counts:
        return ("beyond",)
    if in_time is None:
        return ("waiting",)
    sides = ("trials", "successes") if in_time else ("trials",)
    return (*sides, *(f"captured_{side}" for side in sides)) if captured else sides


def _asked(windows: Sequence[Window], at: datetime) -> Any:
    rated = Exists(Rating.objects.filter(complaint=OuterRef("complaint"), rated_at__lte=at))
    concluded = lots.closures(windows, at).filter(standing_closure(at)).exclude(outcome=Outcome.WITHDRAWN)
    found = concluded.annotate(was_asked=Q(delivered_at__lte=at) | Q(rated)).order_by()
    return found.values_list("held_by", "was_asked").annotate(n=Count("pk"))


def asked(departments: Sequence[Department], start: date, end: date, at: datetime) -> dict[int, Asked]:
    """Return M3 of each department (primary key) for what it concluded from `start` to `end`, as of `at`."""
    sums: dict[int, Counter[str]] = defaultdict(Counter)
    for department, was_asked, n in _asked(period(departments, start, end), at) if departments else ():
        sums[department].update(successes=n if was_asked else 0, trials=n)
    return {each.pk: Asked(**sums[each.pk]) for each in departments}
