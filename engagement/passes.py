"""The signs that need a working calendar, or a look at the trail: few rows, each looked at once."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, TruncDate

from complaints.answers import NEEDS_OWN_TEXT
from complaints.chain import EventKind
from complaints.deadlines import Ended, owed
from complaints.models import Duty, Transfer
from complaints.steps import RESOLUTION
from departments.models import Category
from departments.worktime import Worktime, days_between
from engagement import lots, signs
from engagement.compliance import Window, within
from engagement.contacts import sources

ANSWER = "R3"

Times = Mapping[int, Worktime]


class Seen(NamedTuple):
    """One row that a sign looked at: whose, of which query (primary keys), whether it is marked, and as what."""

    department: int
    complaint: int
    code: str
    marked: bool
    part: str = ""


def pauses(days: Window, at: datetime, times: Times) -> Iterator[Seen]:
    """Look at every pause that began in the period."""
    before = Q(replaced_at__isnull=True) | Q(replaced_at__gte=OuterRef("starts_at"))
    duty = Duty.objects.filter(
        before, complaint=OuterRef("complaint"), code=RESOLUTION, opened_at__lt=OuterRef("starts_at")
    ).filter(Q(ended_at__isnull=True) | Q(ended_at__gte=OuterRef("starts_at")))
    dated = lots.pauses([days], at).annotate(due=Subquery(duty.order_by("-opened_at", "-pk").values("due_at")[:1]))
    columns = ("held_by", "complaint", "starts_at", "ends_at", "contested_at", "due")
    for department, complaint, start, end, contested_at, due in dated.order_by().values_list(*columns):
        worktime = times[department]
        if due is not None and due >= start:
            close = days_between(worktime, start, due) < signs.BEFORE_DUE
            yield Seen(department, complaint, "late-pause", close)
        yield Seen(department, complaint, "contested-pause", contested_at is not None and contested_at <= at)
        lasted = days_between(worktime, start, min(end or at, at))
        yield Seen(department, complaint, "long-pause", lasted > signs.LONG_PAUSE, _length(lasted))


def _length(days: int) -> str:
    bounds = ((0, "0"), (1, "1"), (2, "2"), (5, "3–5"), (10, "6–10"))
    return next((word for last, word in bounds if days <= last), "> 10")


def offers(days: Window, at: datetime, times: Times) -> Iterator[Seen]:
    """Look at every offer to another department that was made in the period."""
    earlier = Transfer.objects.filter(complaint=OuterRef("complaint"), offered_at__lt=OuterRef("offered_at"))
    so_far = earlier.order_by().values("complaint").annotate(n=Count("pk")).values("n")
    rows = lots.offers([days], at).annotate(before=Subquery(so_far))
    columns = ("held_by", "complaint", "offered_at", "complaint__received_at", "before")
    answer = ("answered_at", "answered_by", "accepted")
    for department, complaint, offered_at, received_at, before, *answered in rows.order_by().values_list(
        *columns, *answer
    ):
        number = (before or 0) + 1
        yield Seen(department, complaint, "onward", number > 1, str(number) if number < 4 else "> 3")
        answered_at, answered_by, accepted = answered
        if answered_by is not None and answered_at <= at:
            yield Seen(department, complaint, "returned", not accepted)
        if number == 1:
            age = days_between(times[department], received_at, offered_at)
            yield Seen(department, complaint, "old-offer", age > signs.OLD_OFFER, _length(age))


def lighter(days: Window, at: datetime) -> Iterator[Seen]:
    """Yield the contacts that were put under a category of another reason than the citizen's, by direction: each
    contact and direction once. Only those to the office's relief are marked."""
    categories = Category.objects.filter(department__in=days.departments)
    put_under = Cast(KeyTextTransform("category", "events__data"), BigIntegerField())
    another = categories.filter(pk=OuterRef("category_then")).exclude(reason=OuterRef("reason"))
    reasons = dict(categories.values_list("pk", "reason"))
    seen = set()
    for piece in sources([days]).pieces("events__complaint"):
        routed = lots.contacts([days], at).filter(piece, events__kind=EventKind.ROUTED, events__recorded_at__lte=at)
        rows = routed.annotate(category_then=put_under).filter(Exists(another)).order_by()
        for department, complaint, was, category in rows.values_list("held_by", "pk", "reason", "category_then"):
            becomes = reasons[category]
            made_lighter = was in NEEDS_OWN_TEXT and becomes not in NEEDS_OWN_TEXT
            seen.add(Seen(department, complaint, "reclassified", made_lighter, f"{was}>{becomes}"))
    yield from sorted(seen)


def dated_back(days: Window, at: datetime, times: Times) -> Iterator[tuple[Seen, int]]:
    """Yield what officials wrote down, by how many working days later than it came: counts, without the queries."""
    for department, received, recorded, n in (
        _days_of(days, at).values_list("held_by", "received", "recorded").annotate(n=Count("pk"))
    ):
        late = _days_late(times[department], received, recorded, days.zone)
        yield Seen(department, 0, "dated-back", late > signs.DATED_BACK, _length(late)), n


def those_dated_back(days: Window, at: datetime, times: Times) -> Iterator[Seen]:
    """Yield the queries themselves that were dated back."""
    rows = _days_of(days, at).filter(recorded__gt=F("received"))
    for department, complaint, received, recorded in rows.values_list("held_by", "pk", "received", "recorded"):
        late = _days_late(times[department], received, recorded, days.zone)
        yield Seen(department, complaint, "dated-back", late > signs.DATED_BACK)


def _days_of(days: Window, at: datetime) -> Any:
    zone = ZoneInfo(days.zone)
    written = lots.contacts([days], at).filter(taken_by__isnull=False).order_by()
    return written.annotate(
        received=TruncDate("received_at", tzinfo=zone), recorded=TruncDate("recorded_at", tzinfo=zone)
    )


def _days_late(worktime: Worktime, received: Any, recorded: Any, zone: str) -> int:
    first, last = (datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)) for day in (received, recorded))
    return days_between(worktime, first, last)


class Waits(NamedTuple):
    """First answers and the working days that queries waited for them, before their date and after it; `waiting` is
    how many wait beyond it, `longest` for how many working days since receipt."""

    before: tuple[int, int]
    after: tuple[int, int]
    waiting: int
    longest: int


def waits(days: Window, at: datetime, times: Times) -> dict[int, Waits]:
    """Return by department (primary key) how first answers came before and after their date (row 17)."""
    zone = ZoneInfo(days.zone)
    owing = Duty.objects.filter(within([days], "department", "starts_at"), owed(at), code=ANSWER)
    dated = owing.annotate(
        start=TruncDate("starts_at", tzinfo=zone), due=TruncDate("due_at", tzinfo=zone),
        end=TruncDate("ended_at", tzinfo=zone), over=Q(ended_at__lte=at), done=Q(ended_as=Ended.DONE),
    )  # fmt: skip
    groups = dated.order_by().values_list("department", "start", "due", "end", "over", "done").annotate(n=Count("pk"))
    sums: dict[int, list[int]] = {}
    today = at.astimezone(zone).date()
    for department, start, due, end, over, done, n in groups:
        worktime = times[department]
        last = end if over else today
        found = sums.setdefault(department, [0, 0, 0, 0, 0, 0])
        in_time = last <= due
        found[1] += n * _days_late(worktime, start, min(last, due), days.zone)
        found[3] += n * _days_late(worktime, due, last, days.zone)
        if over and done:
            found[0 if in_time else 2] += n
        elif not over:
            found[4] += 0 if in_time else n
            found[5] = max(found[5], _days_late(worktime, start, last, days.zone))
    return {pk: Waits((b, bd), (a, ad), late, longest) for pk, (b, bd, a, ad, late, longest) in sums.items()}


def those_waiting(days: Window, at: datetime) -> Iterable[int]:
    """Return the queries (primary keys) that wait for their first answer beyond its date."""
    owing = Duty.objects.filter(within([days], "department", "starts_at"), owed(at), code=ANSWER, due_at__lt=at)
    return owing.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at)).values_list("complaint", flat=True)
