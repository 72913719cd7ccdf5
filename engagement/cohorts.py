"""The counts behind the gates M1 and M3, as far as today's records allow (measurement 2.3).

M1: a query belongs to the quarter in which the citizen brought it and to the department that holds it at `at`; a
transfer never restarts the citizen's clock. A letter of the kinds substantive or refusal is a real answer from when it
was sent, once it is delivered; one that sends the citizen elsewhere is not, because a department that should answer
gets the query by transfer. M3: a case was asked about when its closing notice, which asks for the rating, was
delivered, or when it was rated.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber, TruncDate

from complaints.models import Closure, Complaint, Letter, Rating, Transfer
from complaints.models.letters import LetterKind
from complaints.outcomes import Outcome, standing_closure
from departments import worktime
from departments.models import Department
from engagement.compliance import Window as Days
from engagement.compliance import held_by, period, within
from engagement.gates import COUNTED_A_CITIZEN, HORIZON_DAYS, Answered, Asked

REAL_ANSWERS = (LetterKind.SUBSTANTIVE, LetterKind.REFUSAL)


def answered(departments: Sequence[Department], start: date, end: date, at: datetime) -> dict[int, Answered]:
    """Return M1 of each department (primary key) for what was received from `start` to `end`, as of `at`."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    by_key = {each.pk: each for each in departments}
    for days in period(departments, start, end):
        received = _received(days, at)
        beyond = _beyond(received)
        _add_up(received.exclude(pk__in=beyond), days, at, by_key, found)
        for department, n in beyond.order_by().values_list(F("held_by")).annotate(n=Count("pk")):
            found[department]["beyond"] += n
    return {each.pk: Answered(**found[each.pk]) for each in departments}


def _received(days: Days, at: datetime) -> QuerySet[Complaint]:
    gave_it_away = Transfer.objects.filter(from_department__in=days.departments, accepted=True, answered_at__gt=at)
    # Who else may have held it is asked first and of few, because to find who did costs a look-up for each.
    perhaps = Q(department__in=days.departments) | Q(pk__in=gave_it_away.values("complaint"))
    there = Complaint.objects.filter(perhaps, recorded_at__lte=at).annotate(held_by=held_by(at, path=""))
    return there.filter(within([days], "held_by", "received_at"))


def _beyond(received: QuerySet[Complaint]) -> QuerySet[Complaint]:
    """What one citizen brought to one department after the first five."""
    number = Window(RowNumber(), partition_by=[F("held_by"), F("citizen")], order_by=["received_at", "pk"])
    ranked = received.filter(citizen__isnull=False).annotate(number=number).filter(number__gt=COUNTED_A_CITIZEN)
    return received.filter(pk__in=ranked.values("pk"))


def _add_up(
    cohort: QuerySet[Complaint],
    days: Days,
    at: datetime,
    departments: Mapping[int, Department],
    found: dict[int, Counter[str]],
) -> None:
    zone = ZoneInfo(days.zone)
    letters = Letter.objects.filter(
        complaint=OuterRef("pk"), kind__in=REAL_ANSWERS, sent_at__lte=at, delivered_at__lte=at
    )
    first = letters.order_by().values("complaint").annotate(first=Min("sent_at")).values("first")
    closed = Exists(Closure.objects.filter(standing_closure(at), complaint=OuterRef("pk")))
    counted = (
        cohort.annotate(
            captured=Q(taken_by__isnull=True),
            day=TruncDate("received_at", tzinfo=zone),
            answer=TruncDate(Subquery(first), tzinfo=zone),
            closed=closed,
        )
        .order_by()
        .values_list("held_by", "captured", "day", "answer", "closed")
        .annotate(n=Count("pk"))
    )
    due: dict[tuple[int, date], datetime] = {}
    for department, captured, day, answer, closed_then, n in counted:
        if (department, day) not in due:
            due[department, day] = _due(departments[department], day, zone)
        last = due[department, day]
        sums = found[department]
        if answer is not None and answer <= last.astimezone(zone).date():
            sums.update(successes=n, trials=n, **_captured(captured, successes=n, trials=n))
        elif answer is not None or closed_then or last < at:
            sums.update(trials=n, **_captured(captured, successes=0, trials=n))
        else:
            sums["waiting"] += n


def _captured(captured: bool, *, successes: int, trials: int) -> dict[str, int]:  # noqa: FBT001 - a column's value
    return {"captured_successes": successes, "captured_trials": trials} if captured else {}


def _due(department: Department, day: date, zone: ZoneInfo) -> datetime:
    """The last moment of the horizon: the day of receipt is day 0 whatever the hour (measurement 2.6)."""
    received = datetime(day.year, day.month, day.day, 12, tzinfo=zone)
    return worktime.add_days(department.calendar.worktime(), received, HORIZON_DAYS)


def asked(departments: Sequence[Department], start: date, end: date, at: datetime) -> dict[int, Asked]:
    """Return M3 of each department (primary key) for what it concluded from `start` to `end`, as of `at`."""
    closures = Closure.objects.filter(standing_closure(at)).exclude(outcome=Outcome.WITHDRAWN)
    rated = Exists(Rating.objects.filter(complaint=OuterRef("complaint"), rated_at__lte=at))
    concluded = closures.annotate(
        held_by=held_by(OuterRef("concluded_at")), was_asked=Q(delivered_at__lte=at) | Q(rated)
    )
    windows = period(departments, start, end)
    found = (
        concluded.filter(within(windows, "held_by", "concluded_at")).order_by().values_list("held_by", "was_asked")
        if windows
        else Closure.objects.none().values_list("pk", "pk")
    )
    sums: dict[int, Counter[str]] = defaultdict(Counter)
    for department, was_asked, n in found.annotate(n=Count("pk")):
        sums[department].update(successes=n if was_asked else 0, trials=n)
    return {each.pk: Asked(**sums[each.pk]) for each in departments}
