"""Is a department's own procedure at least as strict as the uniform one? Compared step by step and rung by rung."""

from collections.abc import Iterable
from typing import Protocol


class Line(Protocol):
    """What this file needs to know of a step."""

    code: str
    limit: int | None
    unit: str
    counts_from: str
    mandatory: bool


class Level(Protocol):
    """What this file needs to know of a rung."""

    level: int
    after: int
    unit: str
    tells: str


def laxer_steps(own: Iterable[Line], uniform: Iterable[Line]) -> list[str]:
    """Return the codes of the uniform steps that `own` lacks or keeps less strictly.

    Limits in different units, or counted from different facts, cannot be compared, so they count as laxer.
    """
    mine = {step.code: step for step in own}
    return [step.code for step in uniform if not _as_strict(mine.get(step.code), step)]


def laxer_rungs(own: Iterable[Level], uniform: Iterable[Level]) -> list[int]:
    """Return the levels of the uniform ladder that `own` lacks, reaches later, or tells someone else of."""
    mine = {rung.level: rung for rung in own}
    return [rung.level for rung in uniform if not _as_soon(mine.get(rung.level), rung)]


def _as_strict(mine: Line | None, theirs: Line) -> bool:
    if mine is None or (theirs.mandatory and not mine.mandatory):
        return False
    if theirs.limit is None:
        return True
    same_measure = (mine.unit, mine.counts_from) == (theirs.unit, theirs.counts_from)
    return same_measure and mine.limit is not None and mine.limit <= theirs.limit


def _as_soon(mine: Level | None, theirs: Level) -> bool:
    if mine is None or mine.tells != theirs.tells:
        return False
    return mine.after == 0 or (mine.unit == theirs.unit and mine.after <= theirs.after)
