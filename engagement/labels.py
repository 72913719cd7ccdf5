"""Beside which figures the label "records under review" stands: for any page that shows them. It says that somebody
looks, and changes no number."""

from collections.abc import Mapping, Sequence

from departments.models import Department
from engagement.periods import Quarter
from engagement.reviewing import counts_of
from engagement.signs import raised, touched
from engagement.tallies import counted_last, family


def under_review(departments: Sequence[Department], quarter: Quarter) -> Mapping[int, list[str]]:
    """Return by department (primary key) the codes of the steps and gates whose records are under review, by the last
    count of the quarter. One query; nothing is counted for it."""
    kept = counted_last(departments, quarter).values_list("department", family("review"), family("conduct"))
    return {pk: touched(raised(counts_of(review, conduct))) for pk, review, conduct in kept}
