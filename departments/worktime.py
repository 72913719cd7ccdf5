"""Is this a working hour, and how many lie between two moments? Decided here and nowhere else.

Plain values in, plain values out: no rows, no clock. Moments are aware; what comes back is in UTC.

Hours are wall-clock hours of the calendar's zone, but time is counted as it passes. Where the clock leaps forward, a
boundary inside the leap falls on the instant of the leap; where an hour comes twice, a boundary inside it falls on the
first. So the open time is a row of disjoint spans of UTC, and nothing is counted twice. A span includes its opening
and excludes its closing instant.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 1440
# A calendar closed for so many whole years is a mistake in the calendar, not a long holiday.
YEARS_OF_PATIENCE = 3

_NONE = timedelta(0)
_TICK = timedelta(microseconds=1)


class NeverOpen(Exception):
    """The calendar has no open hour in years, so nothing can ever be due in it."""


@dataclass(frozen=True, order=True)
class Hours:
    """Open from `opens` up to `closes`, minutes after local midnight; 1440 is the end of the day."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= MINUTES_A_DAY:
            raise ValueError(f"Hours from {self.opens} to {self.closes}: write minutes, 0 <= opens < closes <= 1440.")


@dataclass(frozen=True)
class Week:
    """The hours by weekday (0 is Monday) from the local date `since` on. A weekday left out is closed.

    Intervals of a day may touch or overlap; they count once. The mapping must not be changed afterwards.
    """

    since: date
    hours: Mapping[int, tuple[Hours, ...]] = field(hash=False)

    def __post_init__(self) -> None:
        if not self.hours.keys() <= set(range(7)):
            raise ValueError(f"Weekdays {sorted(self.hours)}: number them from 0, Monday, to 6, Sunday.")


@dataclass(frozen=True)
class Worktime:
    """When an office is open: dated weeks, the latest begun one applies (before the first, the first), less holidays.

    Years already computed are kept on the value itself, so keep one value per calendar for bulk work.
    """

    zone: ZoneInfo
    weeks: tuple[Week, ...]
    holidays: frozenset[date]

    @cached_property
    def _weeks_by_date(self) -> list[Week]:
        return sorted(self.weeks, key=lambda week: week.since)

    @cached_property
    def _years(self) -> dict[int, "_Year"]:
        return {}


@dataclass(frozen=True, slots=True)
class _Year:
    """One local year of a worktime: its working days, and its open spans with the open time through each of them."""

    number: int
    days: list[date]
    ends: list[datetime]  # end_of_day of each of `days`
    opens: list[datetime]
    closes: list[datetime]
    through: list[timedelta]  # open time of the year up to each of `closes`
    total: timedelta

    def elapsed(self, moment: datetime) -> timedelta:
        """Open time of this year before `moment` (UTC), which may lie outside the year."""
        begun = bisect_right(self.opens, moment)
        if not begun:
            return _NONE
        return self.through[begun - 1] - max(self.closes[begun - 1] - moment, _NONE)


def is_working_day(worktime: Worktime, day: date) -> bool:
    """True if the office is open at some time of this local date: it has hours and is no holiday."""
    days = _year(worktime, day.year).days
    at = bisect_left(days, day)
    return at < len(days) and days[at] == day


def is_open(worktime: Worktime, moment: datetime) -> bool:
    """True from the opening instant until just before the closing instant."""
    local = _local(worktime, moment)
    year = _year(worktime, local.year)
    instant = local.astimezone(UTC)
    begun = bisect_right(year.opens, instant)
    return begun > 0 and instant < year.closes[begun - 1]


def add(worktime: Worktime, start: datetime, span: timedelta) -> datetime:
    """Return the earliest moment by which `span` of open time has passed since `start`.

    The last second of an interval is consumed at its closing instant, and that is the answer then. A span of zero
    moves closed time to the next opening, but leaves an open moment and a closing instant where they are. Hence, for
    all spans >= 0: between(a, add(a, s)) == s, add(add(a, s), t) == add(a, s + t), and a later start or a longer span
    never gives an earlier answer.
    """
    if span < _NONE:
        raise ValueError(f"Cannot add {span}: open time is added forwards only, pass a span of zero or more.")
    local = _local(worktime, start)
    instant = local.astimezone(UTC)
    # The year of the moment just before, because a closing instant at midnight belongs to the day it closes.
    year = _year(worktime, (instant - _TICK).astimezone(worktime.zone).year)
    if not span:
        return _now_or_next_opening(worktime, year, instant)
    goal = year.elapsed(instant) + span
    while goal > year.total:
        goal -= year.total
        year = _next_open_year(worktime, year)
    at = bisect_left(year.through, goal)
    return year.closes[at] - (year.through[at] - goal)


def between(worktime: Worktime, start: datetime, end: datetime) -> timedelta:
    """Open time from `start` to `end`; zero if `end` is not later. A calendar that is never open gives zero."""
    first, last = _local(worktime, start), _local(worktime, end)
    begin, stop = first.astimezone(UTC), last.astimezone(UTC)
    passed = _NONE
    if begin < stop:
        for number in range(first.year, last.year + 1):
            year = _year(worktime, number)
            passed += year.elapsed(stop) - year.elapsed(begin)
    return passed


def end_of_day(worktime: Worktime, day: date) -> datetime:
    """Return the last microsecond of this local date: a thing due that day is on time up to and including it."""
    wall = datetime.combine(day, time.max)
    before, after = _offsets(worktime.zone, wall)
    if before < after:
        return _instant(worktime.zone, wall) - _TICK
    return (wall - after).replace(tzinfo=UTC)


def add_days(worktime: Worktime, start: datetime, days: int) -> datetime:
    """Return the end of the date that is `days` working days after `start`.

    The day of receipt is day 0 whatever the hour (Alaveteli's "today as day zero"), and only dates that are working
    days count. Zero days end with the day of `start`, or with the next working day if that one is none.
    """
    _refuse_negative(days)
    day = _local(worktime, start).date()
    year = _year(worktime, day.year)
    at = bisect_right(year.days, day) + days - 1 if days else bisect_left(year.days, day)
    while at >= len(year.days):
        at -= len(year.days)
        year = _next_open_year(worktime, year)
    return year.ends[at]


def days_between(worktime: Worktime, start: datetime, end: datetime) -> int:
    """Count the working days after the date of `start` up to and including the date of `end`; zero if there are none.

    For one day or more it undoes add_days: days_between(a, add_days(a, n)) == n.
    """
    first, last = _local(worktime, start).date(), _local(worktime, end).date()
    passed = 0
    if first < last:
        for number in range(first.year, last.year + 1):
            days = _year(worktime, number).days
            passed += bisect_right(days, last) - bisect_right(days, first)
    return passed


def add_calendar_days(worktime: Worktime, start: datetime, days: int) -> datetime:
    """Return the end of the local date `days` dates after that of `start`, working day or not."""
    _refuse_negative(days)
    return end_of_day(worktime, _local(worktime, start).date() + timedelta(days=days))


def _local(worktime: Worktime, moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"{moment!r} has no time zone: pass an aware datetime, such as datetime.now(UTC).")
    return moment.astimezone(worktime.zone)


def _refuse_negative(days: int) -> None:
    if days < 0:
        raise ValueError(f"Cannot add {days} days: due dates lie ahead, pass zero or more.")


def _now_or_next_opening(worktime: Worktime, year: _Year, instant: datetime) -> datetime:
    begun = bisect_right(year.opens, instant)
    if begun and instant <= year.closes[begun - 1]:
        return instant
    if begun < len(year.opens):
        return year.opens[begun]
    return _next_open_year(worktime, year).opens[0]


def _year(worktime: Worktime, number: int) -> _Year:
    year = worktime._years.get(number)
    if year is None:
        year = worktime._years[number] = _computed_year(worktime, number)
    return year


def _next_open_year(worktime: Worktime, year: _Year) -> _Year:
    """Return the first later year with open time; NeverOpen where years of patience bring none."""
    last = year.number + YEARS_OF_PATIENCE
    for number in range(year.number + 1, last + 1):
        later = _year(worktime, number)
        if later.days:
            return later
    raise NeverOpen(f"This calendar has no open hour until the end of {last}: give it hours, or end its holidays.")


def _computed_year(worktime: Worktime, number: int) -> _Year:
    days: list[date] = []
    opens: list[datetime] = []
    closes: list[datetime] = []
    through: list[timedelta] = []
    total = _NONE
    for ordinal in range(date(number, 1, 1).toordinal(), date(number, 12, 31).toordinal() + 1):
        day = date.fromordinal(ordinal)
        spans = list(_spans(worktime, day))
        if spans:
            days.append(day)
        for begin, stop in spans:
            total += stop - begin
            opens.append(begin)
            closes.append(stop)
            through.append(total)
    ends = [end_of_day(worktime, day) for day in days]
    return _Year(number, days, ends, opens, closes, through, total)


def _spans(worktime: Worktime, day: date) -> Iterator[tuple[datetime, datetime]]:
    """The open spans of a local date in order, disjoint, none empty."""
    midnight = datetime.combine(day, time.min)
    for hours in _merged(_hours(worktime, day)):
        begin = _instant(worktime.zone, midnight + timedelta(minutes=hours.opens))
        stop = _instant(worktime.zone, midnight + timedelta(minutes=hours.closes))
        if begin < stop:  # hours that the clock leaps over leave nothing
            yield begin, stop


def week_on(worktime: Worktime, day: date) -> dict[int, tuple[Hours, ...]]:
    """Return the weekly hours that apply on this local date, by weekday (0 is Monday), holidays left aside."""
    return {weekday: tuple(_merged(hours)) for weekday, hours in _week(worktime, day).items() if hours}


def _week(worktime: Worktime, day: date) -> Mapping[int, tuple[Hours, ...]]:
    weeks = worktime._weeks_by_date
    begun = bisect_right(weeks, day, key=lambda week: week.since)
    return weeks[max(begun - 1, 0)].hours if weeks else {}


def _hours(worktime: Worktime, day: date) -> tuple[Hours, ...]:
    return () if day in worktime.holidays else _week(worktime, day).get(day.weekday(), ())


def _merged(hours: Iterable[Hours]) -> list[Hours]:
    """The same open minutes as intervals that neither overlap nor touch."""
    merged: list[Hours] = []
    for each in sorted(hours):
        if merged and each.opens <= merged[-1].closes:
            merged[-1] = Hours(merged[-1].opens, max(merged[-1].closes, each.closes))
        else:
            merged.append(each)
    return merged


def _offsets(zone: ZoneInfo, wall: datetime) -> tuple[timedelta, timedelta]:
    """What to subtract from the naive `wall` to get UTC, by the rule before and after a change of the clock.

    They differ only near one (PEP 495): before < after where `wall` is leapt over, before > after where it comes twice.
    """
    as_if_utc = wall.replace(tzinfo=UTC)
    before = as_if_utc - wall.replace(tzinfo=zone, fold=0)
    after = as_if_utc - wall.replace(tzinfo=zone, fold=1)
    return before, after


def _instant(zone: ZoneInfo, wall: datetime) -> datetime:
    """Return the first instant of UTC at which the clock of the zone shows the naive `wall` or has leapt over it."""
    before, after = _offsets(zone, wall)
    late = (wall - before).replace(tzinfo=UTC)
    if before >= after:
        return late
    early = (wall - after).replace(tzinfo=UTC)
    # `wall` does not exist: the leap lies after `early` and not after `late`; halve until it is found.
    while late - early > _TICK:
        middle = early + (late - early) // 2
        if middle.astimezone(zone).utcoffset() == after:
            late = middle
        else:
            early = middle
    return late
