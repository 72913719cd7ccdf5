"""Targets in days, calendars that are never open, and moments without a zone, by table."""

from datetime import UTC, date, datetime, timedelta

import pytest

from departments.worktime import (
    NeverOpen,
    Week,
    Worktime,
    add,
    add_calendar_days,
    add_days,
    between,
    days_between,
    is_open,
    is_working_day,
)
from tests.worktimes import (
    EVERY_DAY,
    HOUR,
    KARACHI,
    LONG_AGO,
    NINE_TO_FIVE,
    NOTHING,
    TICK,
    at,
    hours,
    last_moment,
    office,
)

# --- Days -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "holidays", "days", "due"),
    [
        ("2026-01-02 20:00", [], 3, "2026-01-07"),
        ("2026-01-02 20:00", [date(2026, 1, 5)], 3, "2026-01-08"),
        ("2026-01-03 10:00", [], 3, "2026-01-07"),
        ("2026-01-02 00:00", [], 1, "2026-01-05"),
        ("2026-01-02 23:59", [], 1, "2026-01-05"),
        ("2026-01-02 20:00", [], 0, "2026-01-02"),
        ("2026-01-03 10:00", [], 0, "2026-01-05"),
        ("2026-01-03 10:00", [], 1, "2026-01-05"),
        ("2026-12-31 10:00", [], 1, "2027-01-01"),
        ("2026-12-31 10:00", [date(2026, 12, 31)], 0, "2027-01-01"),
        ("2028-02-28 10:00", [], 1, "2028-02-29"),
        ("2028-02-28 10:00", [], 2, "2028-03-01"),
        ("2026-01-02 10:00", [], 520, "2027-12-31"),
    ],
)
def test_a_target_in_days_runs_to_the_end_of_the_due_date(received, holidays, days, due):
    worktime = office("9:00-17:00", holidays=holidays)
    assert add_days(worktime, at(KARACHI, received), days) == last_moment(KARACHI, due)


def test_the_day_of_receipt_is_that_of_the_office_not_of_the_writer():
    # 20:30 UTC on Sunday is Monday in Karachi: Monday is day 0.
    assert add_days(NINE_TO_FIVE, datetime(2026, 1, 4, 20, 30, tzinfo=UTC), 1) == last_moment(KARACHI, "2026-01-06")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-01-02 08:00", "2026-01-02 23:00", 0),
        ("2026-01-02 23:00", "2026-01-03 12:00", 0),
        ("2026-01-02 20:00", "2026-01-07 23:59", 3),
        ("2026-01-03 10:00", "2026-01-07 00:00", 3),
        ("2026-01-07 10:00", "2026-01-02 10:00", 0),
        ("2025-12-31 10:00", "2027-01-01 10:00", 262),
    ],
)
def test_working_days_between(start, end, expected):
    assert days_between(NINE_TO_FIVE, at(KARACHI, start), at(KARACHI, end)) == expected


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-01-02 20:00", 0, "2026-01-02"),
        ("2026-01-02 20:00", 1, "2026-01-03"),
        ("2028-02-28 00:00", 2, "2028-03-01"),
        ("2026-01-31 10:00", 30, "2026-03-02"),
    ],
)
def test_calendar_days_ask_no_calendar(start, days, due):
    worktime = office("9:00-17:00", holidays=[date(2026, 3, 2)])
    found = add_calendar_days(worktime, at(KARACHI, start), days)
    assert found == last_moment(KARACHI, due)
    assert found.tzinfo is UTC


@pytest.mark.parametrize("function", [add_days, add_calendar_days])
def test_negative_days_are_refused(function):
    with pytest.raises(ValueError, match="zero or more"):
        function(NINE_TO_FIVE, at(KARACHI, "2026-01-02 12:00"), -1)


def test_a_holiday_declared_later_never_moves_a_due_date_earlier():
    received = at(KARACHI, "2026-01-02 20:00")
    for n in range(20):
        holiday = date(2026, 1, 1) + timedelta(days=n)
        assert add_days(office("9:00-17:00", holidays=[holiday]), received, 5) >= add_days(NINE_TO_FIVE, received, 5)


# --- What cannot be answered ------------------------------------------------------------------------------------------

CLOSED = [
    Worktime(KARACHI, (), frozenset()),
    Worktime(KARACHI, (Week(LONG_AGO, {}),), frozenset()),
    Worktime(KARACHI, (Week(LONG_AGO, {0: ()}),), frozenset()),
    office("9:00-17:00", holidays=[date(2026, 1, 1) + timedelta(days=n) for n in range(5000)]),
]


@pytest.mark.parametrize("worktime", CLOSED)
def test_a_calendar_that_is_never_open_says_so(worktime):
    start = at(KARACHI, "2026-01-02 12:00")
    for span in [NOTHING, HOUR]:
        with pytest.raises(NeverOpen, match="no open hour until the end of 2029"):
            add(worktime, start, span)
    for days in [0, 1]:
        with pytest.raises(NeverOpen, match="give it hours"):
            add_days(worktime, start, days)


@pytest.mark.parametrize("worktime", CLOSED)
def test_questions_about_the_past_of_a_closed_calendar_have_answers(worktime):
    start = at(KARACHI, "2026-01-02 12:00")
    end = start + timedelta(days=60)
    assert not is_open(worktime, start)
    assert not is_working_day(worktime, start.date())
    assert between(worktime, start, end) == NOTHING
    assert days_between(worktime, start, end) == 0
    assert add_calendar_days(worktime, start, 1) == last_moment(KARACHI, "2026-01-03")


def test_a_calendar_that_ends_is_never_open_afterwards():
    weeks = (Week(LONG_AGO, dict.fromkeys(EVERY_DAY, hours("9:00-17:00"))), Week(date(2026, 7, 1), {}))
    worktime = Worktime(KARACHI, weeks, frozenset())
    assert add(worktime, at(KARACHI, "2026-06-30 16:00"), HOUR) == at(KARACHI, "2026-06-30 17:00")
    with pytest.raises(NeverOpen):
        add(worktime, at(KARACHI, "2026-06-30 16:00"), HOUR + TICK)
    with pytest.raises(NeverOpen):
        add_days(worktime, at(KARACHI, "2026-06-30 16:00"), 1)


def test_a_closure_of_two_years_is_waited_for():
    start = at(KARACHI, "2026-01-02 16:00")
    shut = [start.date() + timedelta(days=n) for n in range(1, 1000)]
    worktime = office("9:00-17:00", days=EVERY_DAY, holidays=shut)
    opening = start.date() + timedelta(days=1000)
    assert add(worktime, start, 2 * HOUR) == at(KARACHI, f"{opening} 10:00")
    assert add_days(worktime, start, 1) == last_moment(KARACHI, str(opening))


NAIVE = datetime(2026, 1, 2, 12)
AWARE = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: is_open(NINE_TO_FIVE, NAIVE),
        lambda: add(NINE_TO_FIVE, NAIVE, HOUR),
        lambda: between(NINE_TO_FIVE, NAIVE, AWARE),
        lambda: between(NINE_TO_FIVE, AWARE, NAIVE),
        lambda: add_days(NINE_TO_FIVE, NAIVE, 1),
        lambda: days_between(NINE_TO_FIVE, NAIVE, AWARE),
        lambda: days_between(NINE_TO_FIVE, AWARE, NAIVE),
        lambda: add_calendar_days(NINE_TO_FIVE, NAIVE, 1),
    ],
)
def test_a_moment_without_a_zone_is_refused(ask):
    with pytest.raises(ValueError, match="pass an aware datetime"):
        ask()
