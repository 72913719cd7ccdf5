"""`manage.py compliance --from D --to D`: how each department kept its procedures, step by step."""

import json
from argparse import ArgumentTypeError
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from textwrap import wrap
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from departments.errors import Invalid
from departments.models import Department
from departments.names import FALLBACK, Name
from departments.sops import Stage
from departments.terminal import moment
from engagement.compliance import DepartmentCompliance, compliance, first_record
from engagement.rollup import METHOD_VERSION, STANDARD, StageFigure, StepFigure
from engagement.showing import percent

WIDTH = 100
CODES_SHOWN = 8


def day(text: str) -> date:
    """Read an ISO date; raises ArgumentTypeError."""
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise ArgumentTypeError(f"“{text}” is no date: {wrong}. Write it like 2026-01-31.") from wrong


class Command(BaseCommand):
    help = (
        "Say how departments kept their standard operating procedures in a period, by department, stage and step, as "
        "of now or of any earlier moment."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="start", type=day, required=True, metavar="D", help="first day, 2026-01-01")
        parser.add_argument("--to", dest="end", type=day, required=True, metavar="D", help="last day, included")
        parser.add_argument("--department", metavar="CODE", help="only this one; all departments without it")
        parser.add_argument("--at", type=moment, metavar="ISO", help="as it was known then; without it, now")
        parser.add_argument("--format", choices=("table", "json"), default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        at = options["at"] or timezone.now()
        departments = chosen(options["department"])
        try:
            found = compliance(departments, options["start"], options["end"], at)
        except Invalid as wrong:
            raise CommandError(wrong.sentence) from wrong
        if not any(each.stages for each in found):
            refuse_what_came_before_all(at)
        if options["format"] == "json":
            report = as_json(found, options["start"], options["end"], at)
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(as_table(found, options["start"], options["end"], at)))


def chosen(code: str | None) -> Sequence[Department]:
    """Return the department called `code`, or all by name of code; raises CommandError, with the codes near it."""
    departments = list(Department.objects.order_by("code"))
    if code is None:
        return departments
    found = [department for department in departments if department.code == code]
    if found:
        return found
    codes = [department.code for department in departments]
    near = get_close_matches(code.lower(), codes, n=CODES_SHOWN, cutoff=0.5)
    there = ", ".join(codes[:CODES_SHOWN]) + (", …" if len(codes) > CODES_SHOWN else "")
    advice = f"Did you mean {' or '.join(near)}?" if near else f"There are: {there or 'none yet'}."
    raise CommandError(f"There is no department “{code}”. {advice}")


def refuse_what_came_before_all(at: datetime) -> None:
    """Raise CommandError if `at` lies before the first record of all."""
    first = first_record()
    if first is not None and at < first:
        raise CommandError(f"Nothing was recorded before {local(first)}; give a later --at.")


def local(instant: datetime) -> str:
    """Say an instant in the installation's zone, to the second."""
    return timezone.localtime(instant).isoformat(sep=" ", timespec="seconds")


def english(name: Name) -> str:
    return name.in_language(FALLBACK)


def nothing(found: DepartmentCompliance) -> str:
    """Return the sentence for a department without data."""
    return (
        f"No query, answer or closure of {english(found.department.name)} from {found.start} to {found.end} was "
        f"recorded by {local(found.at)}."
    )


def as_json(found: Sequence[DepartmentCompliance], start: date, end: date, at: datetime) -> dict[str, Any]:
    """Return the figures as plain values: shares from 0 to 1, null where nothing fell due."""
    return {
        "period": {"from": start.isoformat(), "to": end.isoformat()},
        "as_of": at.isoformat(),
        "method_version": METHOD_VERSION,
        "standard": float(STANDARD),
        "departments": [department_json(each) for each in found],
    }


def department_json(found: DepartmentCompliance) -> dict[str, Any]:
    basis, overall = found.basis, found.overall
    return {
        "code": found.department.code,
        "name": english(found.department.name),
        "note": "" if found.stages else nothing(found),
        "overall": {"met": overall.met, "of": overall.of, "without_data": list(overall.without_data)},
        "stages": [stage_json(stage) for stage in found.stages],
        "generated_from": {
            "duties": basis.duties,
            "answers": basis.answers,
            "closures": basis.closures,
            "sop_versions": list(basis.sop_versions),
        },
    }


def stage_json(stage: StageFigure) -> dict[str, Any]:
    return {
        "stage": stage.stage,
        "weakest": stage.weakest.code if stage.weakest else None,
        "steps": [step_json(step) for step in stage.steps],
    }


def step_json(step: StepFigure) -> dict[str, Any]:
    return {
        "code": step.code,
        "title": english(step.title),
        "mandatory": step.mandatory,
        "on_time": step.on_time,
        "late": step.late,
        "n": step.n,
        "not_yet_due": step.not_yet_due,
        "released": step.released,
        "share": step.share,
        "interval": list(step.interval),
        "meets_standard": step.meets_standard,
    }


def as_table(found: Sequence[DepartmentCompliance], start: date, end: date, at: datetime) -> Iterator[str]:
    """Yield the lines for a reader, 100 columns wide."""
    yield f"Standard operating procedures, kept from {start} to {end} (both days included)"
    yield f"as of {local(at)}, method version {METHOD_VERSION}"
    yield ""
    yield "share: on time of what fell due, with its 95-percent interval; not due: still in time, left out;"
    yield "freed: no longer owed, because the citizen withdrew; (K2): not mandatory, decides nothing"
    for each in found:
        yield ""
        yield from department_lines(each)
    if not found:
        yield ""
        yield "There is no department yet."


def department_lines(found: DepartmentCompliance) -> Iterator[str]:
    yield f"{english(found.department.name)} ({found.department.code})"
    if not found.stages:
        yield from wrap(nothing(found), WIDTH)
        return
    for stage in found.stages:
        yield ""
        yield line(str(Stage(stage.stage).label), "", "on time", "late", "share", "not due", "freed")
        for step in stage.steps:
            code = step.code if step.mandatory else f"({step.code})"
            counts = (step.on_time, step.late, share(step), step.not_yet_due, step.released)
            yield line(code, english(step.title), *counts)
        weakest = stage.weakest
        said = (
            f"{weakest.code} {english(weakest.title)}, {share(weakest)}"
            if weakest
            else "no mandatory step has data yet"
        )
        yield f"  weakest: {said}"
    overall = found.overall
    yield ""
    yield f"  {overall.met} of {overall.of} mandatory steps meet the standard ({float(STANDARD):.2f})"
    yield f"  no data yet: {', '.join(overall.without_data) or 'none'}"


def line(code: str, title: str, on_time: object, late: object, share: str, not_due: object, freed: object) -> str:
    """Return one line of the table, 100 columns wide. A heading has no title."""
    first = f"{code:<5}{title[:35]:<36}" if title else f"{code[:40]:<41}"
    return f"  {first}{on_time:>8}{late:>8}  {share:<24}{not_due:>8}{freed:>7}"


def share(step: StepFigure) -> str:
    """Write "64 % (54-72) of 96"; only all is 100 %, only none is 0 %, and never without what it is a share of."""
    if step.share is None:
        return "no data yet"
    lower, upper = step.interval
    return f"{percent(step.share)} % ({lower * 100:.0f}-{upper * 100:.0f}) of {step.n}"
