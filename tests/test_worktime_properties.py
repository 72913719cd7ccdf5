"""Working time by property, against a clock that is simply watched minute by minute."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from departments.worktime import (
    Hours,
    Week,
    Worktime,
    add,
    add_days,
    between,
    days_between,
    end_of_day,
    is_open,
    is_working_day,
)
from tests.worktimes import CAIRO, EVERY_DAY, HOUR, LONDON, MINUTE, NOTHING, TICK, ZONES, office

# Dates around the nights on which the clocks of ZONES change, in a year with a leap day before it and one without.
CHANGES = [
    *[date(2026, 3, 8), date(2026, 11, 1)],  # New York
    *[date(2026, 3, 29), date(2026, 10, 25)],  # London
    *[date(2026, 4, 24), date(2026, 10, 30)],  # Cairo
    *[date(2026, 4, 5), date(2026, 10, 4)],  # Lord Howe, by half an hour
    *[date(2027, 1, 1), date(2028, 2, 29)],
]


@st.composite
def intervals(draw):
    marks = sorted(draw(st.sets(st.integers(0, 1440), min_size=2, max_size=6)))
    kept = [Hours(a, b) for a, b in zip(marks[::2], marks[1::2], strict=False)]
    if draw(st.booleans()):
        kept.append(draw(st.sampled_from([Hours(0, 1440), Hours(0, 60), Hours(60, 150), Hours(1380, 1440)])))
    return tuple(kept)


@st.composite
def worktimes(draw, zones=ZONES):
    near = draw(st.sampled_from(CHANGES))
    first = draw(st.dictionaries(st.integers(0, 6), intervals(), min_size=1))
    weeks = [Week(date(2020, 1, 1), first)]
    for offset in draw(st.sets(st.integers(-10, 10), max_size=2)):
        more = draw(st.dictionaries(st.integers(0, 6), intervals(), min_size=1))
        weeks.append(Week(near + timedelta(days=offset), more))
    closed = draw(st.sets(st.integers(-5, 5), max_size=4))
    holidays = frozenset(near + timedelta(days=n) for n in closed)
    return near, Worktime(draw(st.sampled_from(zones)), tuple(weeks), holidays)


spans = st.one_of(
    st.timedeltas(min_value=NOTHING, max_value=timedelta(days=20)),
    st.integers(0, 4000).map(lambda n: n * MINUTE),
)


def noon(day):
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def start_near(near, offset):
    return noon(near) + offset


offsets = st.one_of(
    st.timedeltas(min_value=timedelta(days=-4), max_value=timedelta(days=4)),
    st.integers(-5000, 5000).map(lambda n: n * MINUTE),
)


def watched_minutes(worktime, start, end):
    """Open minutes from `start` to `end`, by watching the clock on the wall.

    A minute is open when the latest time that the clock has shown so far lies in some interval of its date: while the
    clock repeats an hour nothing opens or closes, and what it leaps over never happens.
    """
    weeks = sorted(worktime.weeks, key=lambda week: week.since)
    shown = None
    count = 0
    moment = start - 26 * HOUR
    while moment < end:
        wall = moment.astimezone(worktime.zone).replace(tzinfo=None, fold=0)
        shown = wall if shown is None else max(shown, wall)
        if moment >= start:
            today = shown.date()
            week = [w for w in weeks if w.since <= today][-1:] or weeks[:1]
            minute = shown.hour * 60 + shown.minute
            some = week[0].hours.get(today.weekday(), ())
            count += today not in worktime.holidays and any(h.opens <= minute < h.closes for h in some)
        moment += MINUTE
    return count


@settings(max_examples=60, deadline=None)
@given(worktimes(), st.integers(-1500, 1500), st.integers(0, 2500))
@example((date(2026, 3, 29), office("1:30-4:00", zone=LONDON, days=EVERY_DAY)), -1440, 2000)
@example((date(2026, 10, 25), office("1:00-1:30", "1:45-2:15", zone=LONDON, days=EVERY_DAY)), -1440, 2000)
@example((date(2026, 4, 24), office("0:00-2:00", zone=CAIRO, days=[4])), -1440, 2000)
@example((date(2026, 10, 30), office("23:00-24:00", zone=CAIRO, days=[3])), -1440, 2000)
def test_between_agrees_with_watching_the_clock(case, offset, minutes):
    near, worktime = case
    start = noon(near) + offset * MINUTE
    end = start + minutes * MINUTE
    assert between(worktime, start, end) == watched_minutes(worktime, start, end) * MINUTE


@settings(deadline=None)
@given(worktimes(), offsets, spans)
def test_between_undoes_add(case, offset, span):
    near, worktime = case
    start = start_near(near, offset)
    due = add(worktime, start, span)
    assert between(worktime, start, due) == span
    assert due >= start + span


@settings(deadline=None)
@given(worktimes(), offsets, spans)
def test_add_never_lands_in_closed_time(case, offset, span):
    near, worktime = case
    due = add(worktime, start_near(near, offset), span)
    assert is_open(worktime, due) or is_open(worktime, due - TICK)


@settings(deadline=None)
@given(worktimes(), offsets, spans, spans)
def test_add_is_additive(case, offset, one, two):
    near, worktime = case
    start = start_near(near, offset)
    assert add(worktime, add(worktime, start, one), two) == add(worktime, start, one + two)


@settings(deadline=None)
@given(worktimes(), offsets, offsets, spans, spans)
def test_add_is_monotone_in_start_and_span(case, one, two, less, more):
    near, worktime = case
    earlier, later = sorted([start_near(near, one), start_near(near, two)])
    less, more = sorted([less, more])
    assert add(worktime, earlier, less) <= add(worktime, later, less)
    assert add(worktime, earlier, less) <= add(worktime, earlier, more)


@settings(deadline=None)
@given(worktimes(), offsets, offsets, offsets)
def test_between_is_additive(case, one, two, three):
    near, worktime = case
    a, b, c = sorted(start_near(near, each) for each in (one, two, three))
    assert between(worktime, a, b) + between(worktime, b, c) == between(worktime, a, c)
    assert NOTHING <= between(worktime, a, b) <= b - a


@settings(deadline=None)
@given(worktimes(), offsets, st.integers(0, 60))
def test_days_are_counted_as_on_a_wall_calendar(case, offset, days):
    near, worktime = case
    start = start_near(near, offset)
    day = start.astimezone(worktime.zone).date()
    left = days
    if not left and not is_working_day(worktime, day):
        left = 1
    while left:
        day += timedelta(days=1)
        left -= is_working_day(worktime, day)
    due = add_days(worktime, start, days)
    assert due == end_of_day(worktime, day)
    assert due.astimezone(worktime.zone).date() == day
    assert (due + TICK).astimezone(worktime.zone).date() == day + timedelta(days=1)
    if days:
        assert days_between(worktime, start, due) == days
        assert days_between(worktime, start, due + TICK) - days == is_working_day(worktime, day + timedelta(days=1))
