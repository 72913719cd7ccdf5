"""When a missed date is told to whom: the rungs of a ladder, counted from the due date."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from complaints.deadlines import due_at
from departments.worktime import Worktime


class RungRow(Protocol):
    level: int
    after: int
    unit: str
    tells: str


def rung_at(rung: RungRow, due: datetime, worktime: Worktime) -> datetime:
    """Return the moment after which `rung` is reached for a duty due at `due`."""
    return due if rung.after == 0 else due_at(rung.after, rung.unit, due, worktime)


def first_rung_at(rungs: Sequence[RungRow], due: datetime, worktime: Worktime) -> datetime | None:
    """Return when the lowest rung is reached; None where the SOP has no ladder."""
    return rung_at(rungs[0], due, worktime) if rungs else None


def rungs_from(rungs: Sequence[RungRow], level: int) -> Sequence[RungRow]:
    """Return the rungs still to climb, lowest first, beginning with `level`."""
    return [rung for rung in rungs if rung.level >= level]
