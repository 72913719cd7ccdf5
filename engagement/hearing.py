"""What citizens and officials say, counted (measurement 2.5): two sources of citizens' words that are never merged, and
officials' words as a distribution and nothing else.

Citizens: (a) `after` a concluded case, of all whose citizen was asked to judge it; (b) `called`, of all whom the
quarter's draw chose, whether or not they were reached. Both as of any moment.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, F, FilteredRelation, Q, QuerySet

from complaints.outcomes import Outcome, standing_closure
from departments.models import Department
from engagement import lots
from engagement.compliance import period
from engagement.models import CallBack, CallDraw, Remark, SelfAssessment
from engagement.periods import Quarter, day_in
from engagement.scale import Level
from engagement.sealing import is_reading_shown

# Of fewer officials no distribution is told: it would name them.
FEWEST_OFFICIALS = 3

# channel, answered, could say, used, explained, satisfaction, and how many said just this
Said = tuple[str, str, bool | None, str, bool | None, int | None, int]


def citizens(departments: Sequence[Department], quarter: Quarter, at: datetime) -> Mapping[int, Any]:
    """Return by department (primary key) what both sources hold as of `at`: contacts by channel, how many were asked,
    and what was said, how often. A family of engagement/tallies.py."""
    after, called = _after(departments, quarter, at), _called(departments, quarter, at)
    return {each.pk: {"after": after[each.pk], "called": called.get(each.pk)} for each in departments}


def _after(departments: Sequence[Department], quarter: Quarter, at: datetime) -> dict[int, dict[str, Any]]:
    """Concluded in the quarter and not reopened; withdrawals left out, as in M3."""
    contacts: dict[int, Counter[str]] = defaultdict(Counter)
    asked: Counter[int] = Counter()
    said: dict[int, list[Said]] = defaultdict(list)
    if departments:
        told = _concluded(departments, quarter, at).values_list("held_by", "was_told", "was_rated", *_SAID)
        for department, was_told, was_rated, *answer, n in told.annotate(n=Count("pk")):
            contacts[department][answer[0]] += n
            asked[department] += n if was_told or was_rated else 0
            if was_rated:
                said[department].append((*answer, n))
    return {
        each.pk: {
            "contacts": dict(sorted(contacts[each.pk].items())),
            "asked": asked[each.pk],
            "said": _in_order(said[each.pk]),
        }
        for each in departments
    }


_SAID = (
    "complaint__channel__kind",
    *(f"judged__{name}" for name in ("answered", "could_say", "used", "explained", "stars")),
)


def _concluded(departments: Sequence[Department], quarter: Quarter, at: datetime) -> QuerySet[Any]:
    windows = period(departments, quarter.start, quarter.end)
    closures = lots.closures(windows, at).filter(standing_closure(at)).exclude(outcome=Outcome.WITHDRAWN)
    told = Q(delivered_at__isnull=False) & Q(delivered_at__lte=at)
    judged = FilteredRelation("complaint__rating", condition=Q(complaint__rating__rated_at__lte=at))
    concluded: QuerySet[Any] = closures.annotate(judged=judged, was_told=told, was_rated=Q(judged__isnull=False))
    return concluded.order_by()


def _called(departments: Sequence[Department], quarter: Quarter, at: datetime) -> dict[int, dict[str, Any]]:
    draws = CallDraw.objects.filter(department__in=departments, quarter=str(quarter), drawn_at__lte=at)
    found: dict[int, dict[str, Any]] = {
        each.department_id: {
            "contacts": each.by_channel,
            "asked": each.size,
            "said": [],
            "in_all": each.contacts,
            "reachable": each.reachable,
            "refused": 0,
            "not_reached": 0,
        }
        for each in draws
    }
    settled = CallBack.objects.filter(
        draw__drawn_at__lte=at, draw__department__in=departments, draw__quarter=str(quarter), settled_at__lte=at
    ).order_by()
    fields = ("channel", "answered", "could_say", "used", "explained", "satisfaction")
    for department, state, *answer, n in settled.values_list(F("draw__department"), "state", *fields).annotate(
        n=Count("pk")
    ):
        if state == CallBack.State.ANSWERED:
            found[department]["said"].append((*answer, n))
        else:
            found[department][state] += n
    for each in found.values():
        each["said"] = _in_order(each["said"])
    return found


def _in_order(said: list[Said]) -> list[list[Any]]:
    """One order, and lists as JSON has them, so that a count kept is equal to the same count made again."""
    return sorted((list(each) for each in said), key=repr)


def officials(departments: Sequence[Department], quarter: Quarter, at: datetime) -> dict[int, Counter[Level] | None]:
    """Return by department how many officials placed the quarter at each level, the last word of each counting; None
    as long as it is sealed at `at`, or where too few answered to be told without naming them."""
    given = SelfAssessment.objects.filter(department__in=departments, quarter=str(quarter), given_at__lte=at)
    last: dict[tuple[int, int], str] = {}
    for department, official, level in given.order_by("given_at", "pk").values_list("department", "official", "level"):
        last[department, official] = level
    found: dict[int, Counter[Level]] = {each.pk: Counter() for each in departments}
    for (department, _official), level in last.items():
        found[department][Level(level)] += 1
    return {
        each.pk: found[each.pk] if is_read(each, quarter, at) and found[each.pk].total() >= FEWEST_OFFICIALS else None
        for each in departments
    }


def is_read(department: Department, quarter: Quarter, at: datetime) -> bool:
    """Whether the readings of the quarter are open at `at`, where the department is."""
    return is_reading_shown(quarter, day_in(department.calendar.zone, at))


def remarks(departments: Sequence[Department], quarter: Quarter, at: datetime) -> dict[int, Remark]:
    """Return the last remark of each department that signed one until `at`."""
    there = Remark.objects.filter(department__in=departments, quarter=str(quarter), signed_at__lte=at)
    return {each.department_id: each for each in there.select_related("signed_by").order_by("signed_at", "pk")}
