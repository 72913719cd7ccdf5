"""What is stated of a department's level: of a frozen quarter what was frozen, else what was counted last; and from
which day on pages say it (engagement/sealing.py)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from departments.models import Department
from engagement.evidence import Evidence
from engagement.figures import counted
from engagement.freezing import Status
from engagement.frozen import Frozen, frozen, status_of
from engagement.levels import Reading, read
from engagement.methods import methods_for
from engagement.periods import Quarter, day_in
from engagement.sealing import is_reading_shown, reading_shown_from


@dataclass(frozen=True)
class Stated:
    """One department's quarter. Without a count yet there are no readings; `readings` has the method that holds first,
    and in its first quarter the one before it."""

    department: Department
    quarter: Quarter
    evidence: Evidence | None = None
    counted_at: datetime | None = None
    readings: tuple[Reading, ...] = ()
    frozen: Frozen | None = None

    @property
    def reading(self) -> Reading | None:
        """What the method that holds says."""
        return self.readings[0] if self.readings else None

    @property
    def status(self) -> Status:
        """Provisional, final or restated."""
        return status_of(self.frozen)


def levels_at(
    departments: Sequence[Department], quarter: Quarter, now: datetime, at: datetime | None = None
) -> list[Stated]:
    """Return the level of each department, in their order: as of `at` from the records; without it what is frozen, or
    else what was counted last. The number of queries is fixed."""
    kept = frozen(departments, quarter, at or now, methods_for(quarter)[0].version)
    open_ones = [each for each in departments if at is not None or each.pk not in kept]
    found = {each.department.pk: each for each in counted("level", open_ones, quarter, now, at)} if open_ones else {}
    return [
        _counted(each, quarter, found[each.pk].counts, found[each.pk].counted_at, kept.get(each.pk))
        if each.pk in found
        else _stated(each, quarter, kept[each.pk].evidence, kept[each.pk].snapshot.frozen_at, kept[each.pk])
        for each in departments
    ]


def _counted(
    department: Department, quarter: Quarter, counts: object, counted_at: datetime | None, kept: Frozen | None
) -> Stated:
    if not isinstance(counts, dict) or counted_at is None:
        return Stated(department, quarter)
    return _stated(department, quarter, Evidence.from_json(counts), counted_at, kept)


def _stated(
    department: Department, quarter: Quarter, evidence: Evidence, counted_at: datetime, kept: Frozen | None
) -> Stated:
    readings = tuple(read(evidence, method) for method in methods_for(quarter))
    return Stated(department, quarter, evidence, counted_at, readings, kept)


def shown_from(department: Department, quarter: Quarter, now: datetime) -> date | None:
    """Return from which day pages will show the reading of `quarter`; None where they do already."""
    shown = is_reading_shown(quarter, day_in(department.calendar.zone, now))
    return None if shown else reading_shown_from(quarter)
