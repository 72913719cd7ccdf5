"""How sure a difference of two shares is: Newcombe's interval, made of the Wilson intervals of both."""

from dataclasses import dataclass
from math import hypot

from engagement.wilson import wilson


@dataclass(frozen=True)
class Rate:
    """A share, 0 to 1, and its 95-percent interval."""

    share: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Difference:
    """One share less another, -1 to 1, and its 95-percent interval."""

    size: float
    lower: float
    upper: float

    @property
    def excludes_none(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return self.lower > 0 or self.upper < 0


def rate(successes: int, trials: int) -> Rate:
    """Return the plain share with its Wilson interval. Raises ValueError without a trial, and for what is no share."""
    lower, upper = wilson(successes, trials)
    if not trials:
        raise ValueError("Without a case there is no share: ask only for one or more.")
    return Rate(successes / trials, lower, upper)


def difference(a: Rate, b: Rate) -> Difference:
    """Return `a` less `b`.

    Source: measurement 2.8, after R. G. Newcombe, "Interval estimation for the difference between independent
    proportions", Statistics in Medicine 17 (1998), 873-890, method 10. It takes any two independent shares of which
    the intervals are known, so standardised ones too.
    """
    size = a.share - b.share
    return Difference(
        size,
        max(size - hypot(a.share - a.lower, b.upper - b.share), -1.0),
        min(size + hypot(a.upper - a.share, b.share - b.lower), 1.0),
    )
