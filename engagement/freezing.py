"""When the figures of a quarter become final, and what is said of them later (measurement 2.3, status of a period).

Provisional until 45 calendar days after the quarter: ten working days for M1, thirty for reopening, time for ratings.
Then frozen as of exactly that moment. What is known only later never changes what was frozen; it is shown beside it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _

from departments import worktime
from departments.worktime import Worktime
from engagement.evidence import Evidence
from engagement.levels import read
from engagement.methods import Method
from engagement.periods import Quarter
from engagement.rollup import StageFigure

PROVISIONAL_DAYS = 45


class Status(models.TextChoices):
    """What a reader may rely on."""

    PROVISIONAL = "provisional", _("Provisional")
    FINAL = "final", _("Final")
    RESTATED = "restated", _("Restated")


@dataclass(frozen=True)
class Difference:
    """One thing of a snapshot that a later count has otherwise: "level", or a gate or a step, such as "g:M1" and
    "s:M1", which share codes."""

    what: str
    before: Any
    now: Any


def last_provisional_day(quarter: Quarter) -> date:
    """Return the last day on which the figures of `quarter` are provisional."""
    return quarter.end + timedelta(days=PROVISIONAL_DAYS)


def frozen_at(quarter: Quarter, zone: str) -> datetime:
    """Return the moment (aware UTC) as of which `quarter` is frozen in `zone`: the end of its last provisional day."""
    return worktime.end_of_day(Worktime(ZoneInfo(zone), (), frozenset()), last_provisional_day(quarter))


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    """Return what differs of two results (engagement/snapshots.py): the level, each gate, each step."""
    return list(_differing(before, now))


def _differing(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    if before["level"] != now["level"]:
        yield Difference("level", before["level"], now["level"])
    for part in ("gates", "steps"):
        then, later = before[part], now[part]
        for code in [*then, *(code for code in later if code not in then)]:
            if then.get(code) != later.get(code):
                yield Difference(f"{part[0]}:{code}", then.get(code), later.get(code))


def digest(parts: Iterable[str]) -> str:
    """Return the SHA-256 of texts in their order, as hex; no two lists of texts without line ends share one."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part.encode() + b"\n")
    return whole.hexdigest()


def results(evidence: Evidence, method: Method, stages: Iterable[StageFigure]) -> dict[str, Any]:
    """Return what is frozen, as plain values: the counts, and what they say under `method`."""
    reading = read(evidence, method)
    return {
        "evidence": evidence.as_json(),
        "level": {
            "proven": reading.proven.name,
            "possible": reading.possible.name,
            "is_rated": reading.is_rated,
            "is_stable": reading.is_stable,
        },
        "gates": {
            each.gate.code: {
                "verdict": each.verdict.value,
                "k": each.successes,
                "n": each.trials,
                "months": each.months,
            }
            for each in reading.gates
        },
        "steps": {
            step.code: {
                "on_time": step.on_time,
                "late": step.late,
                "not_yet_due": step.not_yet_due,
                "released": step.released,
            }
            for stage in stages
            for step in stage.steps
        },
    }
