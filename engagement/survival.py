"""How long people wait for an answer, those who still wait and those who never get one included: Kaplan-Meier.

Source: measurement 2.7, after E. L. Kaplan and P. Meier, "Nonparametric estimation from incomplete observations",
Journal of the American Statistical Association 53 (1958), 457-481. Times are whole days; on each day the answers come
before those who leave the count unanswered.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise
from math import exp, log, sqrt

from engagement.wilson import Z

HALF = Fraction(1, 2)
# Beyond this share of withdrawals, which are not independent of waiting, the plain curve does not do alone.
WITHDRAWN_TOO_OFTEN = Fraction(1, 20)


@dataclass(frozen=True)
class Waits:
    """What became of the cases of a group, by days waited. `left` were still waiting after so many days, or the
    citizen withdrew; `withdrawn` are those of `left` who withdrew. `never` were closed without an answer: they wait
    for ever, so that closing cannot improve the curve. `followed` is for how long any case was watched."""

    answered: Mapping[int, int] = field(default_factory=dict)
    left: Mapping[int, int] = field(default_factory=dict)
    withdrawn: Mapping[int, int] = field(default_factory=dict)
    never: int = 0
    followed: int = 0

    @cached_property
    def n(self) -> int:
        """All cases."""
        return sum(self.answered.values()) + sum(self.left.values()) + self.never

    @property
    def withdraw_too_often(self) -> bool:
        """Whether so many withdrew that the cumulative incidence has to stand beside the curve."""
        return sum(self.withdrawn.values()) > WITHDRAWN_TOO_OFTEN * self.n


@dataclass(frozen=True)
class Point:
    """From `day` on the share `still` waits, between `lower` and `upper` (95 %); `answered` and `at_risk` are of that
    day."""

    day: int
    still: Fraction
    lower: float
    upper: float
    answered: int
    at_risk: int


@dataclass(frozen=True)
class Median:
    """In how many days half have an answer; None: not within `followed`, "more than" that. Its interval's ends are
    None where they lie beyond."""

    day: int | None
    lower: int | None
    upper: int | None
    followed: int


def curve(waits: Waits) -> tuple[Point, ...]:
    """Return the points of the curve, one for each day with an answer.

    The band is the log-log band of measurement 2.7. Where nobody is left the formula has no value: the lower end is 0
    then, and the upper stays what it was.
    """
    points: list[Point] = []
    still, spread, upper = Fraction(1), 0.0, 1.0
    for day, answered, at_risk in _days(waits):
        still *= Fraction(at_risk - answered, at_risk)
        if still:
            spread += answered / (at_risk * (at_risk - answered))
            lower, upper = _band(still, spread)
        else:
            lower = 0.0
        points.append(Point(day, still, lower, upper, answered, at_risk))
    return tuple(points)


def _days(waits: Waits) -> Iterator[tuple[int, int, int]]:
    """Days with an answer: how many there were, and of how many who still waited."""
    at_risk = waits.n
    for day in sorted({*waits.answered, *waits.left}):
        answered = waits.answered.get(day, 0)
        if answered:
            yield day, answered, at_risk
        at_risk -= answered + waits.left.get(day, 0)


def _band(still: Fraction, spread: float) -> tuple[float, float]:
    logarithm = log(still)
    s = sqrt(spread) / abs(logarithm)
    return exp(logarithm * exp(Z * s)), exp(logarithm * exp(-Z * s))


def still_waiting(points: tuple[Point, ...], day: int) -> Fraction:
    """Return which share still waits after `day`."""
    return next((point.still for point in reversed(points) if point.day <= day), Fraction(1))


def within(points: tuple[Point, ...], day: int) -> tuple[float, float, float]:
    """Return which share is answered within `day` days, and the band's ends (lower, upper)."""
    last = next((point for point in reversed(points) if point.day <= day), None)
    return (float(1 - last.still), 1 - last.upper, 1 - last.lower) if last else (0.0, 0.0, 0.0)


def median(waits: Waits, points: tuple[Point, ...]) -> Median:
    """Return the first day on which at most half still wait, compared without rounding, and its interval."""
    followed = max([waits.followed, *waits.answered, *waits.left])
    return Median(
        next((point.day for point in points if point.still <= HALF), None),
        next((point.day for point in points if point.lower <= HALF), None),
        next((point.day for point in points if point.upper <= HALF), None),
        followed,
    )


def restricted_mean(points: tuple[Point, ...], days: int) -> float:
    """Return for how many of the first `days` days people wait on average; defined also where the median is not."""
    steps = [(0, Fraction(1)), *((point.day, point.still) for point in points if point.day < days)]
    return float(sum(still * (end - begin) for (begin, still), (end, _) in pairwise([*steps, (days, Fraction(0))])))


def incidence(waits: Waits, day: int) -> float:
    """Return which share has an answer within `day` days where a withdrawal is an end of its own (the cumulative
    incidence after Aalen and Johansen), not a wait that we merely stopped watching."""
    at_risk, free, share = waits.n, Fraction(1), Fraction(0)
    for each in sorted({*waits.answered, *waits.left}):
        if each > day:
            break
        answered, left, withdrawn = (side.get(each, 0) for side in (waits.answered, waits.left, waits.withdrawn))
        share += free * Fraction(answered, at_risk)
        free *= Fraction(at_risk - answered, at_risk)
        # Answers of a day come first, so that the withdrawals are of those whom it left waiting.
        if withdrawn:
            free *= Fraction(at_risk - answered - withdrawn, at_risk - answered)
        at_risk -= answered + left
    return float(share)


def merged(points: tuple[Point, ...], fewest: int) -> tuple[Point, ...]:
    """Return the points at which `fewest` more answers have come since the last, so that no step tells of fewer."""
    totals = accumulate(point.answered for point in points)
    kept: list[Point] = []
    told = 0
    for point, total in zip(points, totals, strict=True):
        if total - told >= fewest:
            kept.append(point)
            told = total
    return tuple(kept)
