"""When officials judge their quarter and when its records are read (engagement/sealing.py)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.periods import Quarter
from engagement.sealing import assessment_closes, assessment_opens, is_reading_shown, reading_shown_from


@pytest.mark.parametrize(
    ("quarter", "opens", "closes", "shown"),
    [
        ("2026Q1", date(2026, 3, 25), date(2026, 3, 31), date(2026, 4, 1)),
        ("2026Q2", date(2026, 6, 24), date(2026, 6, 30), date(2026, 7, 1)),
        ("2026Q4", date(2026, 12, 25), date(2026, 12, 31), date(2027, 1, 1)),
    ],
)
def test_the_last_seven_days_are_for_officials(quarter: str, opens: date, closes: date, shown: date) -> None:
    which = Quarter.read(quarter)
    assert (assessment_opens(which), assessment_closes(which), reading_shown_from(which)) == (opens, closes, shown)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_no_day_has_both_the_judging_and_the_reading(day: date) -> None:
    quarter = Quarter.of(day)
    assert not is_reading_shown(quarter, day)
    assert is_reading_shown(quarter, quarter.end + timedelta(days=1))
    assert assessment_opens(quarter) <= assessment_closes(quarter) < reading_shown_from(quarter)
