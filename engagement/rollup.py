"""What the counts of a step say, and how steps roll up: the weakest mandatory step speaks for its stage, never a mean.

The constants are the method's, not any department's: softening a procedure cannot move them (measurement 2.3).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from departments.names import Name
from engagement.wilson import wilson

METHOD_VERSION = 1
# Measurement 2.6: a step meets the standard when so large a share of what fell due was on time.
STANDARD = Fraction(4, 5)


@dataclass(frozen=True)
class StepFigure:
    """How one step of a procedure was kept. Only what was on time or late makes the share (measurement 2.6); what is
    not yet due, and what a withdrawal released, is a count beside it."""

    code: str
    title: Name
    stage: str
    mandatory: bool
    on_time: int = 0
    late: int = 0
    not_yet_due: int = 0
    released: int = 0

    @property
    def n(self) -> int:
        """What the share is a share of."""
        return self.on_time + self.late

    @property
    def share(self) -> float | None:
        """On time of n, 0 to 1; None without data."""
        return self.on_time / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson 95-percent interval of the share; (0, 1) without data."""
        return wilson(self.on_time, self.n)

    @property
    def meets_standard(self) -> bool | None:
        """Whether the plain share reaches the standard, compared without rounding; None without data."""
        return Fraction(self.on_time, self.n) >= STANDARD if self.n else None


@dataclass(frozen=True)
class StageFigure:
    """The steps of one stage in the order of the procedure."""

    stage: str
    steps: tuple[StepFigure, ...]

    @property
    def weakest(self) -> StepFigure | None:
        """The step that speaks for the stage."""
        return weakest(self.steps)


@dataclass(frozen=True)
class Met:
    """So many of the mandatory steps with data meet the standard; `without_data` are the codes of the others."""

    met: int
    of: int
    without_data: tuple[str, ...]


def weakest(steps: Iterable[StepFigure]) -> StepFigure | None:
    """Return the mandatory step with the lowest share, of equals the first; None while none has data."""
    judged = [step for step in steps if step.mandatory and step.n]
    return min(judged, key=lambda step: Fraction(step.on_time, step.n), default=None)


def met(steps: Iterable[StepFigure]) -> Met:
    """Return how many mandatory steps meet the standard."""
    mandatory = [step for step in steps if step.mandatory]
    judged = [step for step in mandatory if step.n]
    return Met(
        met=sum(step.meets_standard is True for step in judged),
        of=len(judged),
        without_data=tuple(step.code for step in mandatory if not step.n),
    )


def in_one_order(sequences: Iterable[Sequence[str]]) -> list[str]:
    """Return every code of `sequences` once: what a later sequence adds stands right after what precedes it there."""
    order: list[str] = []
    for sequence in sequences:
        place = 0
        for code in sequence:
            if code not in order:
                order.insert(place, code)
            place = order.index(code) + 1
    return order
