"""`manage.py levels --quarter 2026Q3`: the engagement level of each department, with every gate it was judged by."""

import json
from argparse import ArgumentTypeError
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from textwrap import wrap
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from departments.terminal import moment
from engagement.compliance import FIRST_YEAR, LAST_YEAR
from engagement.freezing import last_provisional_day
from engagement.levels import Judged, Reading
from engagement.management.commands.compliance import chosen, english, local, refuse_what_came_before_all
from engagement.periods import Quarter
from engagement.showing import percent
from engagement.stated import Stated, levels_at

WIDTH = 100


def quarter(text: str) -> Quarter:
    """Read a quarter; raises ArgumentTypeError."""
    try:
        found = Quarter.read(text)
    except ValueError as wrong:
        raise ArgumentTypeError(str(wrong)) from wrong
    # The gates look back a year.
    if not FIRST_YEAR < found.year <= LAST_YEAR:
        raise ArgumentTypeError(f"Give a year from {FIRST_YEAR + 1} to {LAST_YEAR}, not {found.year}.")
    return found


class Command(BaseCommand):
    help = (
        "Say the engagement level of departments in a quarter with every gate: what is frozen of it, what it comes to "
        "now, or with --at what it came to at an earlier moment."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quarter", type=quarter, required=True, metavar="Q", help="such as 2026Q3")
        parser.add_argument("--department", metavar="CODE", help="only this one; all departments without it")
        parser.add_argument("--at", type=moment, metavar="ISO", help="counted as it was known then")
        parser.add_argument("--format", choices=("table", "json"), default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        now, at, asked = timezone.now(), options["at"], options["quarter"]
        departments = chosen(options["department"])
        if asked.start > timezone.localdate(at or now):
            raise CommandError(
                f"{asked} begins on {asked.start}, after {local(at or now)}; ask for an earlier quarter."
            )
        found = levels_at(departments, asked, now, at)
        if not any(has_cases(each) for each in found):
            refuse_what_came_before_all(at or now)
        if options["format"] == "json":
            self.stdout.write(json.dumps(as_json(found, asked, at or now), ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(as_table(found, asked, at or now)))


def has_cases(stated: Stated) -> bool:
    evidence = stated.evidence
    return evidence is not None and bool(
        evidence.received or evidence.published or evidence.asked.trials or evidence.ratings.ratings
    )


def as_json(found: Sequence[Stated], asked: Quarter, at: datetime) -> dict[str, Any]:
    """Return the levels as plain values: intervals from 0 to 1, null where nothing is recorded."""
    return {
        "quarter": str(asked),
        "asked_at": at.isoformat(),
        "departments": [department_json(each) for each in found],
    }


def department_json(stated: Stated) -> dict[str, Any]:
    kept = stated.frozen
    restated = kept.restated if kept else None
    return {
        "code": stated.department.code,
        "name": english(stated.department.name),
        "as_of": stated.counted_at.isoformat() if stated.counted_at else None,
        "status": stated.status.value,
        "inputs_hash": kept.snapshot.inputs_hash if kept else None,
        "calendar_version": kept.snapshot.calendar_revision if kept else None,
        "restated": {
            "counted_at": restated.counted_at.isoformat(),
            "differences": restated.differences,
            "reasons": restated.reasons,
        }
        if restated
        else None,
        "evidence": asdict(stated.evidence) if stated.evidence else None,
        "readings": [reading_json(each) for each in stated.readings],
    }


def reading_json(reading: Reading) -> dict[str, Any]:
    return {
        "method_version": reading.method_version,
        "proven": reading.proven.name,
        "possible": reading.possible.name,
        "shown": reading.shown,
        "rated": reading.is_rated,
        "robustness": reading.robustness,
        "one_way": reading.is_one_way,
        "gates": [gate_json(each) for each in reading.gates],
    }


def gate_json(judged: Judged) -> dict[str, Any]:
    return {
        "code": judged.gate.code,
        "title": str(judged.gate.title),
        "kind": judged.gate.kind.value,
        "months": judged.months,
        "k": judged.successes,
        "n": judged.trials,
        "interval": list(judged.interval) if judged.interval else None,
        "threshold": float(judged.threshold) if judged.threshold is not None else None,
        "verdict": judged.verdict.name.replace("_", " "),
        "missing": str(judged.gate.missing) if judged.trials is None else "",
    }


def as_table(found: Sequence[Stated], asked: Quarter, at: datetime) -> Iterator[str]:
    """Yield the lines for a reader, 100 columns wide."""
    yield f"Engagement level, {asked} ({asked.start} to {asked.end}), asked at {local(at)}"
    yield ""
    yield "share: k of n with its 95 % interval; months: how far the gate looks back, the quarter included"
    for each in found:
        yield ""
        yield from department_lines(each)
    if not found:
        yield ""
        yield "There is no department yet."


def department_lines(stated: Stated) -> Iterator[str]:
    yield f"{english(stated.department.name)} ({stated.department.code})"
    if not stated.readings or stated.counted_at is None:
        yield f"  {stated.quarter} has not been counted yet; `manage.py tally` counts it."
        return
    for reading in stated.readings:
        robust = f" ({reading.robustness})" if reading.robustness else ""
        one_way = ", one-way" if reading.is_one_way else ""
        yield f"  {reading.shown}{robust}{one_way}, method version {reading.method_version}"
        for judged in reading.gates:
            yield from gate_lines(judged)
    yield f"  as of {local(stated.counted_at)}; {status(stated)}"


def gate_lines(judged: Judged) -> Iterator[str]:
    threshold = f"{float(judged.threshold):.2f}" if judged.threshold is not None else "yes/no"
    verdict = judged.verdict.name.replace("_", " ")
    name = f"{judged.gate.code}  {judged.gate.title}"
    yield f"  {name:<22}{verdict:<10}{share(judged):<30}{threshold:>8}{judged.months:>4} months"
    if judged.trials is None:
        yield from wrap(str(judged.gate.missing), WIDTH, initial_indent="      ", subsequent_indent="      ")


def share(judged: Judged) -> str:
    """Write "64 % (54-72) of 96"; a few of how many where there is no interval."""
    if judged.successes is None or judged.trials is None:
        return "–"
    if judged.interval is None or not judged.trials:
        return f"{judged.successes} of {judged.trials}"
    low, high = judged.interval
    return f"{percent(judged.successes / judged.trials)} % ({low * 100:.0f}-{high * 100:.0f}) of {judged.trials}"


def status(stated: Stated) -> str:
    kept = stated.frozen
    if kept is None:
        return f"provisional until {last_provisional_day(stated.quarter)}"
    records = kept.snapshot.inputs_hash[:16]
    said = f"{stated.status.value}, frozen as of {local(kept.snapshot.frozen_at)}, records {records}"
    if kept.restated and kept.restated.differences:
        changed = ", ".join(each["what"].partition(":")[2] or each["what"] for each in kept.restated.differences)
        said += f"; otherwise on {local(kept.restated.counted_at)}: {changed}"
    return said
