"""Which reports there are, in the order in which pages offer them."""

from collections.abc import Set as AbstractSet

from engagement.dashboard.exhibits import Audience, Report, Span
from engagement.dashboard.reports import citizens, equity, interactions, procedure, readings, review, waiting
from engagement.dashboard.reports.claims import CLAIMS
from engagement.dashboard.reports.comparison import COMPARISON
from engagement.dashboard.reports.level import LEVEL
from engagement.dashboard.reports.questions import QUESTIONS
from engagement.dashboard.reports.survey import SURVEY_FIGURES
from engagement.dashboard.reports.trends import TRENDS

# In place of a department's code in an address: all that the reader may see.
ALL = "all"

REPORTS: tuple[Report, ...] = (
    LEVEL,
    readings.REPORT,
    procedure.REPORT,
    waiting.REPORT,
    equity.REPORT,
    interactions.REPORT,
    citizens.REPORT,
    TRENDS,
    COMPARISON,
    SURVEY_FIGURES,
    *QUESTIONS,
    CLAIMS,
    review.REPORT,
)


def report_called(slug: str) -> Report | None:
    """Return the report with this address."""
    return next((each for each in REPORTS if each.slug == slug), None)


def reports_for(code: str, audiences: AbstractSet[Audience], *, is_centre: bool) -> list[Report]:
    """Return the reports that a reader of these audiences is offered of the department with this code, or of ALL. What
    compares all departments is for those who may see all."""
    spans = {Span.EITHER, Span.ALL if code == ALL else Span.ONE}
    return [
        each
        for each in REPORTS
        if each.audience in audiences and each.span in spans and (is_centre or each.span is not Span.ALL)
    ]
