"""The gates of the ladder from LOW to HIGH, and when one is passed (measurement 2.3).

The thresholds are the method's, for all departments alike; no department's procedure can move them.
"""

from dataclasses import dataclass
from fractions import Fraction

from django.db import models
from django.utils.translation import gettext_lazy as _

from engagement.wilson import wilson

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


def duty(successes: int, trials: int, threshold: Fraction) -> Verdict:
    """Return the verdict of a duty gate: the plain share, for the department controls every single case."""
    if trials == 0:
        return Verdict.NO_DATA
    return Verdict.PASS if Fraction(successes, trials) >= threshold else Verdict.FAIL


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

    def against(self, threshold: Fraction) -> Verdict:
        """The verdict for a threshold. Where a system's own records fail by themselves the gate fails, whatever
        officials wrote down."""
        if flow(self.captured_successes, self.captured_trials, threshold) == Verdict.FAIL:
            return Verdict.FAIL
        return flow(self.successes, self.trials, threshold)

    @property
    def verdict(self) -> Verdict:
        """M1's verdict."""
        return self.against(HALF)


@dataclass(frozen=True)
class Asked:
    """M3, of the cases concluded in a quarter: the citizen was really asked to judge the work, or did."""

    successes: int = 0
    trials: int = 0

    @property
    def verdict(self) -> Verdict:
        """M3's verdict."""
        return flow(self.successes, self.trials, HALF)
