"""Which reports there are, in the order in which pages offer them."""

from engagement.dashboard.exhibits import Report
from engagement.dashboard.reports import citizens, equity, interactions, procedure, readings, review, waiting
from engagement.dashboard.reports.level import LEVEL

REPORTS: tuple[Report, ...] = (
    LEVEL,
    readings.REPORT,
    procedure.REPORT,
    waiting.REPORT,
    equity.REPORT,
    interactions.REPORT,
    citizens.REPORT,
    review.REPORT,
)


def report_called(slug: str) -> Report | None:
    """Return the report with this address."""
    return next((each for each in REPORTS if each.slug == slug), None)
