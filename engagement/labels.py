"""Beside which figures the label "records under review" stands: for any page that shows them. It says that somebody
looks, and changes no number."""

from collections.abc import Mapping, Sequence

from departments.models import Department
from engagement.models import Tally
from engagement.periods import Quarter
from engagement.reviewing import counts_of
from engagement.rollup import METHOD_VERSION
from engagement.signs import raised, touched


def under_review(departments: Sequence[Department], quarter: Quarter) -> Mapping[int, list[str]]:
    """Return by department (primary key) the codes of the steps and gates whose records are under review, by the last
    count of the quarter. One query; nothing is counted for it."""
    kept = Tally.objects.filter(
        department__in=departments, quarter=str(quarter), method_version=METHOD_VERSION
    ).values_list("department", "figures")
    return {pk: touched(raised(counts_of(figures.get("review"), figures.get("conduct")))) for pk, figures in kept}
