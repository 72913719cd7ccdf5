"""The rules of working time, by table: calendars, opening hours, spans in hours, and nights that change the clock."""

import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from departments.worktime import Hours, Week, Worktime, add, add_days, between, end_of_day, is_open, is_working_day
from tests.worktimes import (
    APIA,
    CAIRO,
    EVERY_DAY,
    HOUR,
    KARACHI,
    LONDON,
    LONG_AGO,
    MINUTE,
    MONDAY_TO_FRIDAY,
    NEW_YORK,
    NINE_TO_FIVE,
    NOTHING,
    TICK,
    ZONES,
    at,
    hours,
    last_moment,
    office,
)

ALWAYS = office("0:00-24:00", days=EVERY_DAY)


# --- What the calendars are made of -------------------------------------------------------------------------------


@pytest.mark.parametrize(("opens", "closes"), [(-1, 60), (60, 60), (61, 60), (0, 1441)])
def test_hours_that_are_no_hours_are_refused(opens, closes):
    with pytest.raises(ValueError, match="0 <= opens < closes <= 1440"):
        Hours(opens, closes)


def test_weekdays_run_from_0_to_6():
    with pytest.raises(ValueError, match="to 6, Sunday"):
        Week(LONG_AGO, {7: hours("9:00-17:00")})


def test_calendars_are_values():
    same = office("9:00-17:00")
    add_days(same, at(KARACHI, "2026-01-02 20:00"), 3)
    fresh = office("9:00-17:00")
    assert (same, hash(same)) == (fresh, hash(fresh))
    assert pickle.loads(pickle.dumps(same)) == fresh
    assert same != ALWAYS


def test_touching_and_overlapping_intervals_count_once():
    overlapping = office("9:00-13:00", "12:00-15:00", "10:00-11:00", "15:00-17:00")
    start, end = at(KARACHI, "2026-01-05 00:00"), at(KARACHI, "2026-01-06 00:00")
    assert between(overlapping, start, end) == 8 * HOUR
    assert add(overlapping, start, 8 * HOUR) == at(KARACHI, "2026-01-05 17:00")


def test_the_order_of_the_weeks_does_not_matter():
    one, two = (
        Week(date(2026, 1, 1), {0: hours("9:00-10:00")}),
        Week(date(2026, 2, 1), {0: hours("9:00-12:00")}),
    )
    january, february = at(KARACHI, "2026-01-05 00:00"), at(KARACHI, "2026-02-02 00:00")
    for weeks in [(one, two), (two, one)]:
        worktime = Worktime(KARACHI, weeks, frozenset())
        assert between(worktime, january, january + 24 * HOUR) == HOUR
        assert between(worktime, february, february + 24 * HOUR) == 3 * HOUR


def test_before_the_first_week_the_first_week_applies():
    weeks = (Week(date(2030, 1, 1), {0: hours("9:00-10:00")}), Week(date(2031, 1, 1), {0: hours("8:00-9:00")}))
    worktime = Worktime(KARACHI, weeks, frozenset())
    assert is_open(worktime, at(KARACHI, "2026-01-05 09:30"))
    assert not is_open(worktime, at(KARACHI, "2026-01-05 08:30"))


# --- Open or closed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-01-02 08:59:59.999999", False),
        ("2026-01-02 09:00", True),
        ("2026-01-02 16:59:59.999999", True),
        ("2026-01-02 17:00", False),
        ("2026-01-03 12:00", False),
        ("2026-01-05 12:00", False),
        ("2026-01-01 00:00", False),
    ],
)
def test_open_from_the_opening_until_just_before_the_closing_instant(moment, expected):
    worktime = office("9:00-17:00", holidays=[date(2026, 1, 5)])
    assert is_open(worktime, at(KARACHI, moment)) is expected


def test_a_moment_may_be_told_in_any_zone():
    moment = at(KARACHI, "2026-01-02 09:00")
    for other in [UTC, NEW_YORK, timezone(timedelta(hours=14))]:
        assert is_open(NINE_TO_FIVE, moment.astimezone(other))
        assert add(NINE_TO_FIVE, moment.astimezone(other), HOUR) == at(KARACHI, "2026-01-02 10:00")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 1, 2), True),
        (date(2026, 1, 3), False),
        (date(2026, 1, 5), False),
        (date(2026, 1, 6), True),
        (date(2026, 12, 31), True),
        (date(2028, 2, 29), True),
    ],
)
def test_a_working_day_has_hours_and_is_no_holiday(day, expected):
    worktime = office("9:00-17:00", holidays=[date(2026, 1, 5)])
    assert is_working_day(worktime, day) is expected


def test_after_the_last_working_day_of_a_year_there_is_none():
    worktime = office("9:00-17:00", holidays=[date(2026, 12, 31)])
    assert not is_working_day(worktime, date(2026, 12, 31))


# --- Hours ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("worktime", "start", "span", "expected"),
    [
        (NINE_TO_FIVE, "2026-01-02 16:30", HOUR, "2026-01-05 09:30"),
        (office("8:00-18:00"), "2026-01-05 17:00", 4 * HOUR, "2026-01-06 11:00"),
        (office("8:00-18:00"), "2026-01-05 17:00", HOUR, "2026-01-05 18:00"),
        (office("9:00-13:00", "14:00-17:00"), "2026-01-05 12:30", HOUR, "2026-01-05 14:30"),
        (office("9:00-13:00", "14:00-17:00"), "2026-01-05 12:30", HOUR / 2, "2026-01-05 13:00"),
        (office("9:00-13:00", "14:00-17:00"), "2026-01-05 13:30", HOUR, "2026-01-05 15:00"),
        (office("9:00-13:00", "14:00-17:00"), "2026-01-05 09:00", 7 * HOUR, "2026-01-05 17:00"),
        (office("9:00-17:00", holidays=[date(2026, 1, 5)]), "2026-01-02 16:30", HOUR, "2026-01-06 09:30"),
        (NINE_TO_FIVE, "2028-02-28 16:30", HOUR, "2028-02-29 09:30"),
        (NINE_TO_FIVE, "2026-12-31 16:30", 2 * HOUR, "2027-01-01 10:30"),
        (NINE_TO_FIVE, "2026-01-02 16:59:59.999999", 2 * TICK, "2026-01-05 09:00:00.000001"),
    ],
)
def test_adding_hours(worktime, start, span, expected):
    due = add(worktime, at(KARACHI, start), span)
    assert due == at(KARACHI, expected)
    assert due.tzinfo is UTC
    assert between(worktime, at(KARACHI, start), due) == span


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-01-02 12:00", "2026-01-02 12:00"),
        ("2026-01-02 09:00", "2026-01-02 09:00"),
        ("2026-01-02 17:00", "2026-01-02 17:00"),
        ("2026-01-02 17:00:00.000001", "2026-01-05 09:00"),
        ("2026-01-02 03:00", "2026-01-02 09:00"),
        ("2026-01-03 12:00", "2026-01-05 09:00"),
    ],
)
def test_adding_nothing_leaves_closed_time_but_not_a_closing_instant(start, expected):
    assert add(NINE_TO_FIVE, at(KARACHI, start), NOTHING) == at(KARACHI, expected)


def test_adding_nothing_after_the_last_hour_of_the_year():
    worktime = office("9:00-17:00", holidays=[date(2027, 1, 1)])
    assert add(worktime, at(KARACHI, "2026-12-31 18:00"), NOTHING) == at(KARACHI, "2027-01-04 09:00")


def test_midnight_at_new_year_is_the_closing_instant_of_the_old_year():
    worktime = office("0:00-24:00", days=EVERY_DAY, holidays=[date(2027, 1, 1)])
    midnight = at(KARACHI, "2027-01-01 00:00")
    assert add(worktime, at(KARACHI, "2026-12-31 23:00"), HOUR) == midnight
    assert add(worktime, midnight, NOTHING) == midnight
    assert add(worktime, midnight, HOUR) == at(KARACHI, "2027-01-02 01:00")


def test_a_negative_span_is_refused():
    with pytest.raises(ValueError, match="forwards only"):
        add(NINE_TO_FIVE, at(KARACHI, "2026-01-02 12:00"), -MINUTE)


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize("days", [1, 7, 31, 366, 800])
def test_round_the_clock_no_minute_is_gained_at_midnight(zone, days):
    worktime = office("0:00-24:00", zone=zone, days=EVERY_DAY)
    start = at(zone, "2026-01-02 20:15:30")
    span = days * 24 * HOUR
    assert add(worktime, start, span) == start.astimezone(UTC) + span
    assert between(worktime, start, start.astimezone(UTC) + span) == span


def test_between_is_never_negative():
    start = at(KARACHI, "2026-01-02 12:00")
    assert between(NINE_TO_FIVE, start, start - 24 * HOUR) == NOTHING
    assert between(NINE_TO_FIVE, start, start) == NOTHING


def test_between_over_years():
    start, end = at(KARACHI, "2025-12-31 16:00"), at(KARACHI, "2028-01-03 10:00")
    days = sum((date(2026, 1, 1) + timedelta(days=n)).weekday() < 5 for n in range(730))
    assert between(NINE_TO_FIVE, start, end) == HOUR + days * 8 * HOUR + HOUR


def test_the_friday_prayer_is_no_working_time():
    week = {day: hours("9:00-17:00") for day in range(4)} | {4: hours("9:00-12:30", "14:30-17:00")}
    worktime = Worktime(KARACHI, (Week(LONG_AGO, week),), frozenset())
    assert not is_open(worktime, at(KARACHI, "2026-01-02 13:00"))
    assert is_open(worktime, at(KARACHI, "2026-01-01 13:00"))
    assert add(worktime, at(KARACHI, "2026-01-02 12:00"), HOUR) == at(KARACHI, "2026-01-02 15:00")
    assert between(worktime, at(KARACHI, "2026-01-02 12:45"), at(KARACHI, "2026-01-02 14:15")) == NOTHING


def test_hours_change_in_the_middle_of_a_span_when_ramadan_begins_and_ends():
    usual = dict.fromkeys(MONDAY_TO_FRIDAY, hours("9:00-17:00"))
    ramadan = dict.fromkeys(MONDAY_TO_FRIDAY, hours("9:00-15:00"))
    weeks = (Week(LONG_AGO, usual), Week(date(2026, 2, 19), ramadan), Week(date(2026, 3, 20), usual))
    worktime = Worktime(KARACHI, weeks, frozenset())
    # Wednesday 18 February is the last full day; Thursday and Friday have six hours.
    start = at(KARACHI, "2026-02-18 16:00")
    assert add(worktime, start, 7 * HOUR) == at(KARACHI, "2026-02-19 15:00")
    assert add(worktime, start, 8 * HOUR) == at(KARACHI, "2026-02-20 10:00")
    # Thursday 19 March has six hours, Friday the 20th eight again.
    assert between(worktime, at(KARACHI, "2026-03-19 00:00"), at(KARACHI, "2026-03-21 00:00")) == 14 * HOUR


@pytest.mark.parametrize("weekday", EVERY_DAY)
def test_an_office_open_one_day_a_week_is_not_instantly_late(weekday):
    worktime = office("9:00-17:00", days=[weekday])
    for day in EVERY_DAY:
        start = at(KARACHI, "2026-01-05 12:00") + timedelta(days=day)
        for span in [MINUTE, HOUR, 8 * HOUR, 9 * HOUR]:
            assert add(worktime, start, span) >= start + span
        for days in [0, 1, 2]:
            assert add_days(worktime, start, days) > start
        assert add_days(worktime, start, 1) - start.astimezone(UTC) <= timedelta(days=8)


# --- Nights on which the clock changes --------------------------------------------------------------------------------


def test_hours_that_the_london_clock_leaps_over_do_not_exist():
    # 2026-03-29: 01:00 GMT becomes 02:00 BST, at 01:00 UTC.
    leap = datetime(2026, 3, 29, 1, tzinfo=UTC)
    inside = office("1:15-1:45", zone=LONDON, days=EVERY_DAY)
    midnight = at(LONDON, "2026-03-29 00:00")
    assert between(inside, midnight, midnight + 20 * HOUR) == NOTHING
    assert not is_working_day(inside, date(2026, 3, 29))
    assert is_working_day(inside, date(2026, 3, 30))

    opening = office("1:30-4:00", zone=LONDON, days=EVERY_DAY)
    assert add(opening, midnight, NOTHING) == leap
    assert add(opening, midnight, 2 * HOUR) == at(LONDON, "2026-03-29 04:00")
    assert not is_open(opening, leap - TICK)
    assert is_open(opening, leap)

    closing = office("0:00-1:30", zone=LONDON, days=EVERY_DAY)
    assert add(closing, midnight, HOUR) == leap
    assert not is_open(closing, leap)

    # A start written as the wall-clock time that does not exist is a moment all the same.
    assert add(opening, at(LONDON, "2026-03-29 01:30"), HOUR) == datetime(2026, 3, 29, 2, 30, tzinfo=UTC)


def test_an_hour_that_comes_twice_counts_as_it_passes():
    # 2026-10-25: 02:00 BST becomes 01:00 GMT, at 01:00 UTC.
    midnight = at(LONDON, "2026-10-25 00:00")
    night = office("0:00-3:00", zone=LONDON, days=EVERY_DAY)
    assert between(night, midnight, at(LONDON, "2026-10-25 12:00")) == 4 * HOUR

    first_only = office("1:00-1:30", zone=LONDON, days=EVERY_DAY)
    assert is_open(first_only, at(LONDON, "2026-10-25 01:15", fold=0))
    assert not is_open(first_only, at(LONDON, "2026-10-25 01:15", fold=1))
    assert between(first_only, midnight, at(LONDON, "2026-10-25 12:00")) == HOUR / 2

    from_the_first = office("1:30-2:30", zone=LONDON, days=EVERY_DAY)
    assert add(from_the_first, midnight, NOTHING) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert between(from_the_first, midnight, at(LONDON, "2026-10-25 12:00")) == 2 * HOUR

    two_turns = office("1:00-1:30", "1:45-2:15", zone=LONDON, days=EVERY_DAY)
    # First turn 30 minutes; second from the first 01:45 through the repeated hour to 02:15.
    assert between(two_turns, midnight, at(LONDON, "2026-10-25 12:00")) == 2 * HOUR


def test_the_midnight_that_cairo_leaps_over():
    # Friday 2026-04-24: 00:00 becomes 01:00, at 22:00 UTC of the 23rd.
    leap = datetime(2026, 4, 23, 22, tzinfo=UTC)
    worktime = office("0:00-24:00", zone=CAIRO, days=EVERY_DAY)
    assert end_of_day(worktime, date(2026, 4, 23)) == leap - TICK
    thursday_only = office("0:00-24:00", zone=CAIRO, days=[3])
    friday_only = office("0:00-24:00", zone=CAIRO, days=[4])
    assert add(thursday_only, leap - HOUR, HOUR) == leap
    assert add(friday_only, leap - HOUR, NOTHING) == leap
    assert between(friday_only, leap - HOUR, leap + 30 * HOUR) == 23 * HOUR


def test_the_hour_before_midnight_that_comes_twice_in_cairo():
    # Thursday 2026-10-29: 24:00 becomes 23:00, at 21:00 UTC.
    thursday_only = office("0:00-24:00", zone=CAIRO, days=[3])
    start = at(CAIRO, "2026-10-29 00:00")
    assert between(thursday_only, start, start.astimezone(UTC) + 48 * HOUR) == 25 * HOUR
    assert end_of_day(thursday_only, date(2026, 10, 29)) == datetime(2026, 10, 29, 22, tzinfo=UTC) - TICK
    assert is_open(thursday_only, at(CAIRO, "2026-10-29 23:30", fold=1))


def test_a_day_ends_where_the_clock_leaps_past_midnight():
    # Toronto, 30 March 1919: 23:30 became 00:30 of the 31st, at 04:30 UTC.
    toronto = ZoneInfo("America/Toronto")
    worktime = office("9:00-17:00", zone=toronto)
    assert end_of_day(worktime, date(1919, 3, 30)) == datetime(1919, 3, 31, 4, 30, tzinfo=UTC) - TICK


def test_the_date_that_samoa_never_had():
    worktime = office("9:00-17:00", zone=APIA, days=EVERY_DAY)
    assert not is_working_day(worktime, date(2011, 12, 30))
    assert end_of_day(worktime, date(2011, 12, 30)) == end_of_day(worktime, date(2011, 12, 29))
    start = at(APIA, "2011-12-29 16:00")
    assert add(worktime, start, 2 * HOUR) == at(APIA, "2011-12-31 10:00")
    assert add_days(worktime, start, 1) == last_moment(APIA, "2011-12-31")
