"""Reads the complete rows of lives that were played, and finds by how much a clone's moments may be shifted."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db import models

from complaints.chain import EventKind
from complaints.demo.clock import SWEEPS
from complaints.models import (
    Approval,
    Citizen,
    Closure,
    Complaint,
    ContactPoint,
    Contest,
    Draft,
    Duty,
    Event,
    Flag,
    Letter,
    Note,
    Notice,
    Pause,
    Rating,
    StageEntry,
    Transfer,
)
from departments import worktime as clock
from departments.worktime import Worktime
from messaging.models import Attempt, Outgoing

Model = type[models.Model]
Row = Mapping[str, Any]

# Every table in which a life has rows, and the lookup from there to its complaint; the outbox knows no cargo and is
# found by its letters. In an order in which rows may be written.
TABLES: dict[Model, str] = {
    Citizen: "complaints",
    ContactPoint: "citizen__complaints",
    Complaint: "pk",
    StageEntry: "complaint",
    Transfer: "complaint",
    Duty: "complaint",
    Flag: "duty__complaint",
    Draft: "complaint",
    Approval: "draft__complaint",
    Outgoing: "",
    Attempt: "",
    Letter: "complaint",
    Contest: "letter__complaint",
    Pause: "complaint",
    Note: "complaint",
    Closure: "complaint",
    Rating: "complaint",
    Event: "complaint",
    Notice: "complaint",
}

# Moments that follow from dates and sweeps, not from what somebody did: they are the same for every clone.
_FIXED: dict[Model, frozenset[str]] = {
    Duty: frozenset({"promised_at", "due_at", "paused_until", "next_rung_at"}),
    StageEntry: frozenset({"due_at"}),
    Flag: frozenset({"due_at", "flagged_at", "escalate_by"}),
    Letter: frozenset({"expected_at"}),
}
_SWEPT: dict[Model, frozenset[str]] = {
    Event: frozenset({"occurred_at", "recorded_at"}),
    Notice: frozenset({"told_at"}),
}
_TICK = timedelta(microseconds=1)
_LONGEST_SPAN = 24 * 60  # minutes


@dataclass(frozen=True)
class Archetype:
    """All rows of one life, by table and in the order of their keys, as field names (attnames) and values."""

    rows: Mapping[Model, Sequence[Row]]

    @property
    def complaint(self) -> Row:
        return self.rows[Complaint][0]

    def is_fixed(self, model: Model, row: Row, name: str) -> bool:
        """Whether this moment follows from dates and sweeps."""
        if name in _FIXED.get(model, ()):
            return True
        return name in _SWEPT.get(model, ()) and bool(row["kind"] == EventKind.FLAGGED)


def columns_of(model: Model) -> list[str]:
    """Return the attnames of a table's columns, the key first."""
    return [field.attname for field in model._meta.concrete_fields]


def read(complaints: Sequence[int]) -> dict[int, Archetype]:
    """Return the archetypes of these complaints (primary keys)."""
    found: dict[int, dict[Model, list[Row]]] = {pk: {model: [] for model in TABLES} for pk in complaints}
    for model, path in TABLES.items():
        if path:
            _gather(found, model, path, complaints)
    carriers = {
        letter["outgoing_id"]: pk
        for pk, rows in found.items()
        for letter in rows[Letter]
        if letter["outgoing_id"] is not None
    }
    for model, path in ((Outgoing, "pk"), (Attempt, "outgoing")):
        names = columns_of(model)
        values = model._default_manager.filter(**{f"{path}__in": carriers}).order_by("pk")
        for carrier, *row in values.values_list(path, *names):
            found[carriers[carrier]][model].append(dict(zip(names, row, strict=True)))
    return {pk: Archetype(rows) for pk, rows in found.items()}


def _gather(found: Mapping[int, Mapping[Model, list[Row]]], model: Model, path: str, complaints: Sequence[int]) -> None:
    names = columns_of(model)
    rows = model._default_manager.filter(**{f"{path}__in": complaints}).order_by("pk")
    for complaint, *values in rows.values_list(path, *names):
        found[complaint][model].append(dict(zip(names, values, strict=True)))


def leeway(moments: Iterable[datetime], until: datetime, worktime: Worktime) -> tuple[timedelta, timedelta]:
    """Return the least and the greatest shift of all `moments` by which each stays on its local date, between the
    same two sweeps, inside the same open hours if it is in any, and before `until`.

    Dates decide when steps are due, sweeps what is flagged by then: so both come out as they are.
    """
    least, greatest = -timedelta(days=1), timedelta(days=1)
    for moment in moments:
        begins, ends = _room(moment, worktime)
        least = max(least, begins - moment + _TICK)
        greatest = min(greatest, min(ends, until) - moment - _TICK)
    return min(least, timedelta(0)), max(greatest, timedelta(0))


def _room(moment: datetime, worktime: Worktime) -> tuple[datetime, datetime]:
    day = moment.astimezone(worktime.zone).date()
    walls = [datetime.combine(day, wall, worktime.zone) for wall in (time.min, *SWEEPS)]
    walls.append(datetime.combine(day + timedelta(days=1), time.min, worktime.zone))
    begins = max(wall for wall in walls if wall <= moment)
    ends = min(wall for wall in walls if wall > moment)
    if not clock.is_open(worktime, moment):
        return begins, ends
    return max(begins, moment - _open(worktime, moment, -1)), min(ends, moment + _open(worktime, moment, 1))


def _open(worktime: Worktime, moment: datetime, direction: int) -> timedelta:
    """Return for how many whole minutes the office has been, or stays, open without a break."""

    def is_broken(minutes: int) -> bool:
        span = timedelta(minutes=minutes)
        first, last = sorted((moment, moment + direction * span))
        return clock.between(worktime, first, last) < span

    return timedelta(minutes=bisect_left(range(_LONGEST_SPAN), x=True, key=is_broken) - 1)
