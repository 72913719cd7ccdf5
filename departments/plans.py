"""What a new department, procedure or calendar is made of, as plain values; read from the files in departments/data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from departments.channels import ChannelKind
from departments.names import Name
from departments.sops import Reason, Unit

_DATA = Path(__file__).parent / "data"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Intervals = tuple[tuple[int, int, int], ...]

# An office that never closes, as (weekday, opens, closes) in minutes after midnight.
ROUND_THE_CLOCK: Intervals = tuple((weekday, 0, 1440) for weekday in range(7))


@dataclass(frozen=True)
class StepPlan:
    """A step of a procedure; the fields are those of the model Step."""

    stage: str
    code: str
    title: Name
    instruction: Name
    limit: int | None
    unit: str
    counts_from: str
    mandatory: bool


@dataclass(frozen=True)
class RungPlan:
    """A rung of the escalation ladder; the fields are those of the model Rung."""

    level: int
    after: int
    unit: str
    tells: str


@dataclass(frozen=True)
class CategoryPlan:
    """A line of the service catalogue; `section` is the code of the section that takes it."""

    code: str
    name: Name
    reason: str
    section: str
    limit: int | None = None
    unit: str = ""
    questions: tuple[Name, ...] = ()


@dataclass(frozen=True)
class ChannelPlan:
    """A way in and out."""

    kind: str
    name: Name
    address: str = ""


@dataclass(frozen=True)
class DepartmentPlan:
    """A department: its sections by code, the section responsible for each stage, the names of its officials by post
    (see departments/founding.py), its channels and its catalogue."""

    code: str
    name: Name
    sections: Mapping[str, Name]
    responsible: Mapping[str, str]
    channels: tuple[ChannelPlan, ...]
    categories: tuple[CategoryPlan, ...]
    officials: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DistrictPlan:
    """A district; `province` is a code of departments/districts.py."""

    code: str
    province: str
    name: Name


@dataclass(frozen=True)
class TextPlan:
    """A standard text for all departments; `reason` is empty where it serves for any."""

    name: Name
    reason: str
    language: str
    text: str


@dataclass(frozen=True)
class WeekPlan:
    """The weekly hours from a local date on."""

    since: date
    intervals: Intervals
    note: str = ""


@dataclass(frozen=True)
class CalendarPlan:
    """A calendar and the years for which public holidays are to be known."""

    code: str
    name: Name
    zone: str
    weeks: tuple[WeekPlan, ...]
    holiday_years: range = range(0)


def uniform_steps(reason: str) -> list[StepPlan]:
    """Return the steps of the uniform procedure for `reason`, in their order."""
    return [_step(row, reason) for row in _read("uniform_sop.toml")["steps"] if _concerns(row, reason)]


def uniform_rungs() -> list[RungPlan]:
    """Return the escalation ladder of the uniform procedure, the same for all reasons."""
    return [RungPlan(**row) for row in _read("uniform_sop.toml")["rungs"]]


def standard_texts() -> list[TextPlan]:
    """Return the wordings with which any department's answers may begin, one for each language."""
    return [
        TextPlan(Name(row["name"]), row["reason"], language, text.strip())
        for row in _read("standard_texts.toml")["texts"]
        for language, text in row["text"].items()
    ]


def nine_departments() -> list[DepartmentPlan]:
    """Return the nine departments of the survey, with invented sections, people and addresses."""
    data = _read("nine.toml")
    return [_department(row, data["channel_names"]) for row in data["departments"]]


def districts() -> list[DistrictPlan]:
    """Return the districts of Pakistan."""
    return [
        DistrictPlan(code, province, Name(name))
        for province, names in _read("districts.toml").items()
        for code, name in names.items()
    ]


def centre_officials() -> dict[str, str]:
    """Return the names of the centre's officials by post."""
    return dict(_read("nine.toml")["centre"])


def punjab_offices() -> CalendarPlan:
    """Return the calendar that the nine departments keep."""
    data = _read("punjab_offices.toml")
    weeks = tuple(WeekPlan(row["since"], _intervals(row), row["note"]) for row in data["weeks"])
    years = range(data["holidays_from"], data["holidays_until"] + 1)
    return CalendarPlan(data["code"], Name(data["name"]), data["zone"], weeks, years)


@cache
def _read(file: str) -> dict[str, Any]:
    return tomllib.loads((_DATA / file).read_text(encoding="utf-8"))


def _concerns(row: Mapping[str, Any], reason: str) -> bool:
    return reason in row.get("limits", row.get("reasons", Reason.values))


def _step(row: Mapping[str, Any], reason: str) -> StepPlan:
    return StepPlan(
        stage=row["stage"],
        code=row["code"],
        title=Name(row["title"]),
        instruction=Name(row["instruction"]),
        limit=row.get("limits", {}).get(reason, row.get("limit")),
        unit=row.get("unit", ""),
        counts_from=row["counts_from"],
        mandatory=row.get("mandatory", True),
    )


def _department(row: Mapping[str, Any], channel_names: Mapping[str, Mapping[str, str]]) -> DepartmentPlan:
    addresses = {ChannelKind.WEB.value: "", **row["channels"]}
    return DepartmentPlan(
        code=row["code"],
        name=Name(row["name"]),
        sections={code: Name(name) for code, name in row["sections"].items()},
        responsible=row["responsible"],
        channels=tuple(ChannelPlan(kind, Name(channel_names[kind]), where) for kind, where in addresses.items()),
        categories=tuple(_category(line) for line in row["categories"]),
        officials=row["officials"],
    )


def _category(row: Mapping[str, Any]) -> CategoryPlan:
    return CategoryPlan(
        code=row["code"],
        name=Name(row["name"]),
        reason=row["reason"],
        section=row["section"],
        limit=row.get("limit"),
        unit=row.get("unit", Unit.WORKING_DAYS.value if "limit" in row else ""),
        questions=tuple(Name(question) for question in row.get("questions", ())),
    )


def _intervals(row: Mapping[str, Any]) -> Intervals:
    return tuple(
        (weekday, _minutes(opens), _minutes(closes))
        for weekday, day in enumerate(_WEEKDAYS)
        for opens, closes in (span.split("-") for span in row.get(day, ()))
    )


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
