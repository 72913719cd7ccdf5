"""When officials judge their own quarter, and from which day its records are read (measurement 2.5, sealed).

Officials say how high they hold the engagement before they have seen it: they are asked in the last week of the
quarter, and what the records say of it is shown on pages only when the quarter is over.
"""

from datetime import date, timedelta

from engagement.periods import Quarter

# The last week: as many days of the quarter, its last included.
OPEN_DAYS = 7


def assessment_opens(quarter: Quarter) -> date:
    """Return the first day on which officials may judge `quarter`."""
    return quarter.end - timedelta(days=OPEN_DAYS - 1)


def assessment_closes(quarter: Quarter) -> date:
    """Return the last day on which officials may judge `quarter`, included."""
    return quarter.end


def reading_shown_from(quarter: Quarter) -> date:
    """Return the first day on which pages show the gates and the level of `quarter`."""
    return assessment_closes(quarter) + timedelta(days=1)


def is_reading_shown(quarter: Quarter, today: date) -> bool:
    """Whether pages show the gates and the level of `quarter` on `today`, a day in the zone of the department."""
    return today >= reading_shown_from(quarter)
