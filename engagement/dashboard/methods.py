"""The names and formulas of every figure, and what was changed in them when: public, so that anybody can count again
(measurement 2.10)."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from engagement.freezing import PROVISIONAL_DAYS
from engagement.rollup import METHOD_VERSION


@dataclass(frozen=True)
class Method:
    """One name, its formula as it is written, and what it means."""

    name: object  # lazy text
    formula: str
    meaning: object  # lazy text


@dataclass(frozen=True)
class Change:
    """What a version of the method changed, and since when it counts."""

    version: int
    since: date
    said: object  # lazy text


METHODS = (
    Method(
        _("On time, late, not yet due"),
        "share = on time / (on time + late)",
        _("Late is also what is still open after its date, and what was closed without the step. What is not yet "
          "due, and "
          "what the citizen withdrew, is counted apart."),
    ),
    Method(
        _("Interval (Wilson, 95 %)"),
        "(p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n), z = 1.959964",
        _("Between which shares the behaviour behind so many cases likely lies."),
    ),
    Method(
        _("Stage"),
        "min over mandatory steps",
        _("A stage is as good as its weakest mandatory step; there is no average. The standard is 80 percent on time."),
    ),
    Method(
        _("M1, answers"),
        "real answer within 10 working days / received",
        _("Of the queries received in the quarter whose 10 working days are over, or that were closed. The day of "
          "receipt "
          "is day 0. Of one citizen five queries count. A real answer says what was found or done, or refuses with the "
          "reason; it is delivered, and the citizen has not contested it. Acknowledgements, interim notes and "
          "questions "
          "do not count."),
    ),
    Method(
        _("M3, asks"),
        "asked to judge / concluded",
        _("Of the cases concluded in the quarter and not reopened; withdrawals are left out."),
    ),
    Method(
        _("Gate"),
        "passed: lower bound ≥ 1/2; failed: upper bound < 1/2; else not proven; n < 10: no data",
        _("A gate is judged by the whole interval, so that ten lucky cases prove nothing."),
    ),
    Method(
        _("Limits of a comparison"),
        "p ± z·√(p(1−p)/n), z = 1.959964 and 3.090232",
        _("Where departments lie that are like all others. Compared are departments with 30 cases or more, within "
          "groups of "
          "about as many cases; there is no rank."),
    ),
    Method(
        _("Uniformity of a stage"),
        "max over sections of departments naming it / departments",
        _("How many departments give the stage to the same section."),
    ),
    Method(
        _("Small numbers"),
        "n < 10: no rate; 1–4: “fewer than 5”; comparison: n ≥ 30",
        _("To protect people. Where one hidden number could be reckoned from the others, a second one is hidden too."),
    ),
    Method(
        _("Open rows"),
        "k ≥ 5 alike in reason, channel, language; ≥ 10 with the district",
        _("Fields are left blank from the last to the first until enough rows look alike. The keys are pseudonyms that "
          "change every year. Where a page tells only a bound of M1, as many rows leave their outcome blank. Rows "
          "are as "
          "they were known when the day began."),
    ),
    Method(
        _("Provisional and final"),
        f"quarter end + {PROVISIONAL_DAYS} days",
        _("Until then late facts, such as a reopening, may change a figure."),
    ),
)  # fmt: skip

CHANGES = (Change(METHOD_VERSION, date(2026, 1, 1), _("The first version.")),)
