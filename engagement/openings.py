"""Which kinds of ways citizens had throughout a quarter (measurement 2.3, the second condition of H1)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from departments.channels import WITHOUT_INTERNET
from departments.models import ChannelOpening, Department
from engagement.compliance import period
from engagement.evidence import Ways
from engagement.periods import Quarter

Span = tuple[datetime, datetime]


def ways_open(departments: Sequence[Department], quarter: Quarter, at: datetime) -> dict[int, Ways | None]:
    """Return for each department (primary key) whether at every moment of the quarter up to `at`, since it takes
    queries, one way without the internet and one online way were open; None where there was no such moment. A way may
    follow another: a new number opens when the old one closes."""
    wanted = _wanted(departments, quarter, at)
    spans: dict[tuple[int, bool], list[Span]] = defaultdict(list)
    openings = ChannelOpening.objects.filter(channel__department__in=list(wanted), since__lte=at)
    for department, kind, since, until in openings.values_list(
        "channel__department", "channel__kind", "since", "until"
    ):
        spans[department, kind in WITHOUT_INTERNET].append((since, until if until and until <= at else at))
    return {
        each.pk: Ways(
            offline=covers(spans[each.pk, True], wanted[each.pk]), online=covers(spans[each.pk, False], wanted[each.pk])
        )
        if each.pk in wanted
        else None
        for each in departments
    }


def _wanted(departments: Sequence[Department], quarter: Quarter, at: datetime) -> Mapping[int, Span]:
    live = {each.pk: each.live_since for each in departments if each.live_since is not None}
    found = {}
    for window in period(departments, quarter.start, quarter.end):
        for pk in set(window.departments) & live.keys():
            begin, end = max(window.after, live[pk]), min(window.until, at)
            if begin < end:
                found[pk] = (begin, end)
    return found


def covers(spans: Iterable[Span], wanted: Span) -> bool:
    """Whether `spans` together leave no moment of `wanted` out."""
    reached, end = wanted
    for since, until in sorted(spans):
        if since > reached:
            return False
        reached = max(reached, until)
        if reached >= end:
            return True
    return False
