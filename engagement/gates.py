"""The gates of the ladder from LOW to HIGH, and when one is passed (measurement 2.3).

The thresholds are the method's, for all departments alike; no department's procedure can move them.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from engagement.wilson import wilson

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Fewer cases than these say nothing about how a department behaves.
FEWEST = 10
# Measurement 2.3, H: a real answer counts when it was given within so many working days, whatever the question.
HORIZON_DAYS = 10
# Of one citizen, department and quarter only the first so many count: nobody can flood a rating.
COUNTED_A_CITIZEN = 5
HALF = Fraction(1, 2)


class Verdict(models.TextChoices):
    """What the cases say about a gate."""

    PASS = "pass", _("Passed")
    FAIL = "fail", _("Failed")
    UNPROVEN = "unproven", _("Not proven")
    NO_DATA = "no_data", _("No data yet")


def flow(successes: int, trials: int, threshold: Fraction) -> Verdict:
    """Return the verdict of a flow gate: the whole Wilson interval lies above the threshold, below it, or around it."""
    if trials < FEWEST:
        return Verdict.NO_DATA
    lower, upper = wilson(successes, trials)
    if lower >= threshold:
        return Verdict.PASS
    return Verdict.FAIL if upper < threshold else Verdict.UNPROVEN


@dataclass(frozen=True)
class Answered:
    """M1, of the queries received in a quarter: answered within the horizon, of all whose horizon has passed or that
    were closed before; `waiting` have time left. `captured` are those that a system recorded, not an official.
    `beyond` were left out because the same citizen had brought five already."""

    successes: int = 0
    trials: int = 0
    captured_successes: int = 0
    captured_trials: int = 0
    waiting: int = 0
    beyond: int = 0

    @property
    def verdict(self) -> Verdict:
        """The gate's verdict; what officials wrote down themselves cannot pass it alone."""
        whole = flow(self.successes, self.trials, HALF)
        captured = flow(self.captured_successes, self.captured_trials, HALF)
        return Verdict.FAIL if whole == Verdict.PASS and captured == Verdict.FAIL else whole


@dataclass(frozen=True)
class Asked:
    """M3, of the cases concluded in a quarter: the citizen was really asked to judge the work, or did."""

    successes: int = 0
    trials: int = 0

    @property
    def verdict(self) -> Verdict:
        """The gate's verdict."""
        return flow(self.successes, self.trials, HALF)


@dataclass(frozen=True)
class WithoutData:
    """A gate for which nothing is recorded yet, and what is missing."""

    code: str
    title: "StrOrPromise"
    missing: "StrOrPromise"


WITHOUT_DATA = (
    WithoutData(
        "M2", _("Invites"), _("What departments publish, and whether it can be answered, is not recorded yet.")
    ),
    WithoutData("H1", _("Queries"), _("From when to when each way of asking was open is not recorded yet.")),
    WithoutData("H2", _("Rates"), _("What was done after a bad rating is not recorded yet.")),
    WithoutData("H3", _("Input"), _("Consultations are not recorded yet.")),
    WithoutData("H4", _("Co-produces"), _("Contributions of citizens to what is published are not recorded yet.")),
    WithoutData("H5", _("Closes the loop"), _("What became of contributions is not recorded yet.")),
    WithoutData("H6", _("Decides"), _("Decisions and the contributions behind them are not recorded yet.")),
)
