"""How citizens judged the work in twelve months, and what followed a bad judgement (measurement 2.3, H2).

A rating belongs to the department that held the case when it was given. Whose address is that of an account of this
installation is staff and left out; whom nobody knows counts in the total, but not among the different citizens.
Followed up is: a letter of substance, or a follow-up, written to the citizen after the rating and delivered.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate, Upper

from complaints.models import ContactPoint, Letter
from complaints.models.letters import LetterKind
from departments import worktime
from departments.channels import ChannelKind
from departments.models import Department, User
from engagement import lots
from engagement.compliance import Window as Days
from engagement.compliance import period
from engagement.evidence import Ratings
from engagement.gates import HORIZON_DAYS
from engagement.periods import Quarter

# Of 5: so few stars ask for a follow-up.
BAD = 2
FOLLOW_UPS = (LetterKind.SUBSTANTIVE, LetterKind.REFUSAL, LetterKind.FOLLOW_UP)


def year_ending(quarter: Quarter) -> Quarter:
    """Return the first of the four quarters of which `quarter` is the last."""
    return quarter.previous.previous.previous


def rated(departments: Sequence[Department], quarter: Quarter, at: datetime) -> dict[int, Ratings]:
    """Return the ratings of each department (primary key) of the four quarters that end with `quarter`, as of `at`:
    counted over the twelve months at once, so that a citizen who judged twice is one."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    officials = list(staff())
    by_key = {each.pk: each for each in departments}
    for days in period(departments, year_ending(quarter).start, quarter.end):
        given = lots.ratings([days], at)
        valid = given.exclude(complaint__citizen__in=officials) if officials else given
        _add_totals(given, officials, found)
        _add_bad(valid.filter(stars__lte=BAD), days, at, by_key, found)
    return {each.pk: Ratings(**found[each.pk]) for each in departments}


def staff() -> QuerySet[ContactPoint, int]:
    """The citizens (primary keys) with the address of an account."""
    accounts = User.objects.exclude(email="").annotate(upper=Upper("email"))
    addresses = ContactPoint.objects.filter(kind=ChannelKind.EMAIL).annotate(upper=Upper("address"))
    return addresses.filter(upper__in=accounts.values("upper")).values_list("citizen", flat=True).distinct()


def _add_totals(given: QuerySet[Any], officials: list[int], found: dict[int, Counter[str]]) -> None:
    theirs = Q(complaint__citizen__in=officials)
    valid = ~theirs | Q(complaint__citizen__isnull=True)
    totals = given.order_by().values("held_by").annotate(
        ratings=Count("pk", filter=valid),
        raters=Count("complaint__citizen", filter=valid, distinct=True),
        anonymous=Count("pk", filter=Q(complaint__citizen__isnull=True)),
        taken_down=Count("pk", filter=valid & Q(taken_by__isnull=False)),
        staff=Count("pk", filter=theirs),
    )  # fmt: skip
    for row in totals:
        found[row.pop("held_by")].update(row)


def followed_at(at: datetime) -> Subquery:
    """When the first letter of substance after the rating of the row was sent, delivered by `at`."""
    letters = Letter.objects.filter(
        complaint=OuterRef("complaint"), kind__in=FOLLOW_UPS, sent_at__gt=OuterRef("rated_at"), delivered_at__lte=at
    )
    return Subquery(letters.order_by().values("complaint").annotate(first=Min("sent_at")).values("first"))


def _add_bad(
    bad: QuerySet[Any],
    days: Days,
    at: datetime,
    departments: dict[int, Department],
    found: dict[int, Counter[str]],
) -> None:
    zone = ZoneInfo(days.zone)
    counted = (
        bad.annotate(
            day=TruncDate("rated_at", tzinfo=zone),
            first=followed_at(at),
            followed=TruncDate(F("first"), tzinfo=zone),
        )
        .order_by()
        .values_list("held_by", "day", "followed")
        .annotate(n=Count("pk"))
    )
    for department, day, followed, n in counted:
        last = due(departments[department], day)
        if followed is not None and followed <= last.astimezone(zone).date():
            found[department].update(bad=n, followed=n)
        else:
            found[department].update({"bad" if last < at else "waiting": n})


def due(department: Department, day: date) -> datetime:
    """The last moment of the horizon that begins on `day`, a day in the department's zone."""
    calendar = department.calendar
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(calendar.zone))
    return worktime.add_days(calendar.worktime(), noon, HORIZON_DAYS)
