"""How far what officials say lies from what the records allow. The word is "difference": it judges nobody (measurement
2.5)."""

from collections.abc import Mapping
from dataclasses import dataclass

from engagement.scale import Level
from engagement.wilson import wilson


@dataclass(frozen=True)
class RecordsReading:
    """What the records prove, and the most that they leave possible (measurement 2.3)."""

    proven: Level
    possible: Level


@dataclass(frozen=True)
class Difference:
    """So many of `n` officials place their department above what the records leave possible."""

    above: int
    n: int

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson 95-percent interval of the share."""
        return wilson(self.above, self.n)


def difference(officials: Mapping[Level, int], records: RecordsReading) -> Difference:
    """Return how many officials place the department higher than `records` leave possible."""
    above = sum(n for level, n in officials.items() if level > records.possible)
    return Difference(above, sum(officials.values()))
