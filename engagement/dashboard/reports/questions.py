"""The survey's four research questions, each a page.

Their wording is taken from what the paper's abstract and findings say was asked, because our copy only hints at it.
"""

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from departments.sops import Stage
from engagement.dashboard.exhibits import Asked, Audience, Exhibit, Opening, Report, Span
from engagement.dashboard.reports import survey
from engagement.dashboard.reports.owners import of_stage, one_hand, owners_of, procedures
from engagement.dashboard.reports.records import figures_of, gates


def how_government_engages(asked: Asked) -> Sequence[Exhibit]:
    """Question 1."""
    ways = survey.ways_of(asked)
    return _asked([
        survey.online(ways), survey.tools(ways), survey.most_used(ways), survey.purpose(),
    ])  # fmt: skip


def how_citizens_engage(asked: Asked) -> Sequence[Exhibit]:
    """Question 2."""
    ways = survey.ways_of(asked)
    return _asked([survey.reached_by(asked, ways), survey.reasons(ways), survey.depth(asked)])


def at_which_level(asked: Asked) -> Sequence[Exhibit]:
    """Question 3."""
    return _asked([survey.claimed_level(asked), gates(asked, figures_of(asked)), survey.depth(asked)])


def who_manages(asked: Asked) -> Sequence[Exhibit]:
    """Question 4."""
    owners = owners_of(asked)
    return _asked([*(of_stage(owners, stage) for stage in Stage), one_hand(owners), procedures(asked)])


def _asked(found: Sequence[Exhibit | None]) -> Sequence[Exhibit]:
    """The exhibits that there are; the first says whence the question is worded."""
    there = [each for each in found if each is not None]
    said = _("The question is worded after the paper's abstract and findings.")
    return [replace(there[0], notes=(*there[0].notes, said)), *there[1:]]


def _question(number: int, title: object, lead: object, build: object) -> Report:
    return Report(f"question-{number}", title, lead, Audience.EVERYBODY, build, Span.ALL, opens_on=Opening.FINISHED)  # type: ignore[arg-type]


QUESTIONS = (
    _question(
        1,
        gettext_lazy("Question 1: how does government engage citizens online?"),
        gettext_lazy("Which departments are online, by which tools, and for what."),
        how_government_engages,
    ),
    _question(
        2,
        gettext_lazy("Question 2: how do citizens engage back?"),
        gettext_lazy("By which ways citizens come, and why."),
        how_citizens_engage,
    ),
    _question(
        3,
        gettext_lazy("Question 3: at what level do they engage?"),
        gettext_lazy("What officials said of it, and what the records say."),
        at_which_level,
    ),
    _question(
        4,
        gettext_lazy("Question 4: who manages the engagement?"),
        gettext_lazy("Which section answers for each of the three stages, and by which procedure."),
        who_manages,
    ),
)
