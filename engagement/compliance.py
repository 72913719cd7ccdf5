"""Was the procedure kept? Counted by department, stage and step, for any period and as of any moment (measurement 2.6).

A duty belongs to the period in which it starts and to the department that owes it; an answer and a closure belong to
the period in which they were made and to the department that held the query then. A period is whole local days of each
department's zone, both ends included. Everything is read as of `at`, so that a figure can be had again on any later
day. Whether a duty is on time is the word of complaints/deadlines.py alone. Reads only, in a fixed number of queries.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    F,
    Func,
    Min,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from complaints.deadlines import LATE, NOT_YET_DUE, ON_TIME, Standing, owed, standing
from complaints.models import Closure, Complaint, Duty, Flag, Letter, Transfer
from complaints.models.letters import ANSWERS, LetterKind
from complaints.outcomes import held_closure, standing_closure
from complaints.steps import ESCALATION, RESOLUTION
from departments import worktime
from departments.errors import Invalid
from departments.models import Calendar, Department, Step
from departments.sops import Stage
from departments.worktime import Worktime
from engagement.models import CallBack
from engagement.rollup import Met, StageFigure, StepFigure, in_one_order, met

# Steps that no duty stands for: they are counted from records, as is ESCALATION.
TWO_PERSONS, THEIR_LANGUAGE, TOLD_BEFORE, CLOSURE_HELD, CALLED_BACK = "C1", "C3", "R5", "R7", "M4"
# The steps whose missed dates have to be told before (R5).
TO_BE_TOLD = frozenset({"R3", RESOLUTION})
# A missed date without a flag counts as not escalated in time (M2) after so long: silence is no excuse.
UNFLAGGED = timedelta(days=1)
# Years whose days can be told in every zone.
FIRST_YEAR, LAST_YEAR = 1900, 2999

SIDES: dict[str, str] = {
    **dict.fromkeys(ON_TIME, "on_time"),
    **dict.fromkeys(LATE, "late"),
    **dict.fromkeys(NOT_YET_DUE, "not_yet_due"),
    Standing.RELEASED: "released",
}


@dataclass(frozen=True)
class Basis:
    """What a department's figures were counted from."""

    sop_versions: tuple[int, ...]  # primary keys
    duties: int
    answers: int
    closures: int


@dataclass(frozen=True)
class DepartmentCompliance:
    """How one department kept its procedures. Without anything recorded in the period there are no stages."""

    department: Department
    start: date
    end: date
    at: datetime
    stages: tuple[StageFigure, ...]
    basis: Basis

    @property
    def overall(self) -> Met:
        """How many mandatory steps, of all stages, meet the standard."""
        return met(step for stage in self.stages for step in stage.steps)


@dataclass(frozen=True)
class Window:
    """The period of the departments of one zone: after the one moment, up to and including the other."""

    zone: str
    departments: tuple[int, ...]
    after: datetime
    until: datetime


class Row(NamedTuple):
    """What every count below gives: `n` on one side of a step, for a department's queries under one SOP version.
    `basis` names the records of which each is in just one row, so that they can be added up."""

    department: int
    version: int
    code: str
    side: str
    n: int
    basis: str = ""


def added(*counts: Iterable[Row]) -> list[Row]:
    """Return the rows of all `counts` in one order, each place once; what comes to nothing is left out."""
    sums: Counter[tuple[int, int, str, str, str]] = Counter()
    for row in (row for rows in counts for row in rows):
        sums[row.department, row.version, row.code, row.side, row.basis] += row.n
    return sorted(Row(*place[:4], n, place[4]) for place, n in sums.items() if n)


def compliance(departments: Sequence[Department], start: date, end: date, at: datetime) -> list[DepartmentCompliance]:
    """Return how each of `departments`, in their order, kept its procedures from `start` to `end`, as of `at` (aware).

    Its steps are those of the SOP versions under which its queries of the period live. Raises Invalid for a period or
    a moment that cannot be.
    """
    return told(departments, count(departments, start, end, at), start, end, at)


def count(
    departments: Sequence[Department], start: date, end: date, at: datetime, among: Collection[int] | None = None
) -> list[Row]:
    """Return the counts of which `told` makes the figures, as `added` writes them: a few hundred rows a department, fit
    to be kept. With `among` (primary keys) only those queries are counted. Raises Invalid for a period or a moment that
    cannot be."""
    _must_be_possible(start, end, at)
    if not departments:
        return []
    windows = period(departments, start, end)
    these = Q() if among is None else Q(complaint__in=among)
    return added(
        _owed(windows, at, these),
        _missed(windows, at, these),
        _answered(windows, at, these),
        _closed(windows, at, these),
        _called(windows, at, these),
    )


def told(
    departments: Sequence[Department], rows: Iterable[Row], start: date, end: date, at: datetime
) -> list[DepartmentCompliance]:
    """Return the figures that `rows`, counted as of `at`, come to for each of `departments`, in one query."""
    rows = list(rows)
    steps = _steps({row.version for row in rows})
    by_department: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        by_department[row.department].append(row)
    return [
        DepartmentCompliance(each, start, end, at, _stages(found, steps), _basis(found))
        for each in departments
        for found in [by_department[each.pk]]
    ]


def first_record() -> datetime | None:
    """Return when the first query was recorded; None where there is none. Reads the whole table."""
    first: datetime | None = Complaint.objects.aggregate(first=Min("recorded_at"))["first"]
    return first


def _must_be_possible(start: date, end: date, at: datetime) -> None:
    if at.tzinfo is None:
        raise Invalid("Give the as-of time with its zone.", field="at")
    for field, year in (("start", start.year), ("end", end.year), ("at", at.year)):
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise Invalid(f"Give a year from {FIRST_YEAR} to {LAST_YEAR}, not {year}.", field=field)
    if end < start:
        raise Invalid(f"The period ends on {end}, before it begins on {start}.", field="end")


def period(departments: Iterable[Department], start: date, end: date) -> list[Window]:
    """Return the whole local days from `start` to `end` as moments, zone by zone."""
    calendars = dict(Calendar.objects.filter(departments__in=departments).values_list("departments", "zone"))
    by_zone: dict[str, list[int]] = defaultdict(list)
    for department, zone in calendars.items():
        by_zone[zone].append(department)
    return [
        Window(zone, tuple(sorted(there)), _last_moment(zone, start - timedelta(days=1)), _last_moment(zone, end))
        for zone, there in sorted(by_zone.items())
    ]


def _last_moment(zone: str, day: date) -> datetime:
    return worktime.end_of_day(Worktime(ZoneInfo(zone), (), frozenset()), day)


def within(windows: Iterable[Window], department: str, moment: str) -> Q:
    """The rows of the period, by the lookups to the department and to the moment that counts."""
    return reduce(
        or_,
        (
            Q(**{f"{department}__in": w.departments, f"{moment}__gt": w.after, f"{moment}__lte": w.until})
            for w in windows
        ),
    )


def _owed(windows: Sequence[Window], at: datetime, these: Q) -> Iterator[Row]:
    """Every duty that existed at `at`, by its standing then."""
    owing = Duty.objects.filter(these, within(windows, "department", "starts_at"), owed(at))
    duties = owing.annotate(stands=standing(at))
    counted = duties.values_list("department", "sop_version", "code", "stands").annotate(n=Count("pk"))
    for department, version, code, stands, n in counted:
        yield Row(department, version, code, SIDES[stands], n, "duties")


def _missed(windows: Sequence[Window], at: datetime, these: Q) -> Iterator[Row]:
    """R5 and M2: the duties whose date passed while they were owed; was it told before, was it escalated in time?"""
    passed = Q(due_at__lt=at) & (Q(ended_at__isnull=True) | Q(ended_at__gt=F("due_at")))
    duties = Duty.objects.filter(these, within(windows, "department", "starts_at"), owed(at), passed)
    done_at = Case(When(ended_at__lte=at, then=F("ended_at")))
    asked = duties.annotate(done_at=done_at, stands=standing(at), told=_told_before(), escalated=_escalated(at))
    by = ("department", "sop_version", "code", "stands", "told", "escalated")
    for department, version, code, stands, told, escalated, n in asked.values_list(*by).annotate(n=Count("pk")):
        # Left out here: asked for the late ones, a database thinks that hardly any are left.
        if stands not in LATE:
            continue
        yield Row(department, version, ESCALATION, escalated, n)
        if code in TO_BE_TOLD:
            yield Row(department, version, TOLD_BEFORE, "on_time" if told else "late", n)


def _told_before() -> Case:
    """Whether an interim letter named a later date, not after the due moment (R5)."""
    letter = Letter.objects.filter(
        complaint=OuterRef("complaint"),
        kind=LetterKind.INTERIM,
        sent_at__lte=OuterRef("due_at"),
        expected_at__gt=OuterRef("due_at"),
    )
    return Case(When(Q(code__in=TO_BE_TOLD) & Exists(letter), then=Value(1)), default=Value(0))


def _escalated(at: datetime) -> Coalesce:
    """The side on which M2 counts a missed date: a rung above the flag itself was told until the flag's date for it. A
    step that was done, late, before that moment leaves nothing to escalate: it is released. Reads the annotation
    `done_at`.

    The flags of a date that were written until `at` may lie on several rows of the duty, because a transfer replaces
    the row and keeps the date, and a reopening owes it again; there they are found by complaint, step and date. Most
    dates have just one row, and finding its flags costs half as much.
    """
    of_the_row = Q(duty=OuterRef("pk"))
    of_the_date = Q(duty__complaint=OuterRef("complaint"), duty__code=OuterRef("code"))
    reopened = Closure.objects.filter(voided_at__isnull=False).values("complaint")
    is_alone = Q(follows__isnull=True, replaced_at__isnull=True) & ~Q(complaint__in=reopened)
    side = Case(
        When(is_alone, then=_climbed(of_the_row, at)), default=_climbed(of_the_date, at), output_field=CharField()
    )
    unescalated = Case(When(due_at__lt=at - UNFLAGGED, then=Value("late")), default=Value("not_yet_due"))
    return Coalesce(side, unescalated, output_field=CharField())


def _climbed(which: Q, at: datetime) -> Subquery:
    """The side on which the flags `which` have, of the row's date, put the escalation; none without flags."""
    flags = Flag.objects.filter(which, due_at=OuterRef("due_at"), flagged_at__lte=at).order_by()
    ladder = flags.annotate(
        until=_over_all("MAX", Case(When(level=0, then=F("escalate_by")))),
        told_at=_over_all("MIN", Case(When(level__gt=0, then=F("flagged_at")))),
    )
    side = Case(
        When(told_at__lte=F("until"), then=Value("on_time")),
        When(until__gte=OuterRef("done_at"), then=Value("released")),
        When(until__lt=at, then=Value("late")),
        When(until__isnull=False, then=Value("not_yet_due")),
        output_field=CharField(),
    )
    return Subquery(ladder.annotate(side=side).values("side"))


def _over_all(function: str, expression: Case | F) -> Func:
    """An aggregate over all rows of a subquery. Django's own would group by what the subquery takes from outside, which
    SQLite cannot."""
    return Func(expression, function=function, output_field=DateTimeField())


def held_by(moment: OuterRef | datetime, path: str = "complaint") -> Case:
    """The department that held the query at `moment`: the sender of the first transfer accepted later, else today's.
    `path` leads to the complaint; "" when the row is one."""
    accepted = Transfer.objects.filter(accepted=True)
    later = accepted.filter(complaint=OuterRef(path or "pk"), answered_at__gt=moment).order_by("answered_at")
    # Looked up, not joined: whoever asks comes with few rows, and a database would rather go through all complaints.
    today = Subquery(Complaint.objects.filter(pk=OuterRef(path)).values("department")) if path else F("department")
    sender = Coalesce(Subquery(later.values("from_department")[:1]), today, output_field=BigIntegerField())
    # Few queries are passed on. Which ones, a database finds out once; who had one, it looks up for each.
    since = accepted if isinstance(moment, OuterRef) else accepted.filter(answered_at__gt=moment)
    passed_on = Q(**{f"{path or 'pk'}__in": since.values("complaint")})
    return Case(When(passed_on, then=sender), default=today, output_field=BigIntegerField())


def _answered(windows: Sequence[Window], at: datetime, these: Q) -> Iterator[Row]:
    """C1 and C3: the answers that were sent. That an approver is not the author is a constraint of the database; an
    answer carries only a decision that approved it (complaints/drafting.py), so none is looked up."""
    sent = within(windows, "department", "sent_at")
    answers = Letter.objects.filter(these, sent, kind__in=ANSWERS, sent_at__lte=at)
    counted = (
        answers.order_by()
        .values_list("department", "complaint__sop_version")
        .annotate(
            n=Count("pk"),
            approved=Count("pk", filter=Q(approval__isnull=False)),
            understood=Count("pk", filter=Q(language=F("complaint__language"))),
        )
    )
    for department, version, n, approved, understood in counted:
        yield Row(department, version, TWO_PERSONS, "on_time", approved)
        yield Row(department, version, TWO_PERSONS, "late", n - approved)
        yield Row(department, version, THEIR_LANGUAGE, "on_time", understood, "answers")
        yield Row(department, version, THEIR_LANGUAGE, "late", n - understood, "answers")


def _closed(windows: Sequence[Window], at: datetime, these: Q) -> Iterator[Row]:
    """R7: held, voided, or not yet certain."""
    closures = Closure.objects.filter(these, within(windows, "department", "concluded_at"), concluded_at__lte=at)
    counted = (
        closures.order_by()
        .values_list("department", "complaint__sop_version")
        .annotate(
            n=Count("pk"),
            unvoided=Count("pk", filter=standing_closure(at)),
            held=Count("pk", filter=held_closure(at)),
        )
    )
    for department, version, n, unvoided, held in counted:
        yield Row(department, version, CLOSURE_HELD, "on_time", held, "closures")
        yield Row(department, version, CLOSURE_HELD, "late", n - unvoided, "closures")
        yield Row(department, version, CLOSURE_HELD, "not_yet_due", unvoided - held, "closures")


def _called(windows: Sequence[Window], at: datetime, these: Q) -> Iterator[Row]:
    """M4: the calls of the period's draws, done (answered, refused, or three times in vain) by the draw's date or not.
    A draw belongs to the period in which it was made, as a duty to the one in which it starts. Citizens who are hidden
    from the office are left out: the centre calls them, and the department could not."""
    drawn = CallBack.objects.filter(
        these, within(windows, "draw__department", "draw__drawn_at"), draw__drawn_at__lte=at
    )
    side = Case(
        When(Q(settled_at__lte=F("draw__due_at")) & Q(settled_at__lte=at), then=Value("on_time")),
        When(draw__due_at__lt=at, then=Value("late")),
        default=Value("not_yet_due"),
        output_field=CharField(),
    )
    calls = drawn.exclude(complaint__anonymity=Complaint.Anonymity.HIDDEN).annotate(side=side).order_by()
    counted = calls.values_list("draw__department", "complaint__sop_version", "side").annotate(n=Count("pk"))
    for department, version, its_side, n in counted:
        yield Row(department, version, CALLED_BACK, its_side, n)


def _steps(versions: Iterable[int]) -> dict[int, list[Step]]:
    """The steps of each SOP version in the order of the procedure; the version adopted last comes last."""
    steps: dict[int, list[Step]] = {}
    for step in Step.objects.filter(version__in=versions).order_by("version", "pk"):
        steps.setdefault(step.version_id, []).append(step)
    return steps


def _stages(rows: Iterable[Row], steps: Mapping[int, list[Step]]) -> tuple[StageFigure, ...]:
    """One department's figures: a step counts only under the versions that have it."""
    seen = {row.version for row in rows}
    procedures = [steps[version] for version in steps if version in seen]
    wordings: dict[str, list[Step]] = defaultdict(list)
    for step in (step for procedure in procedures for step in procedure):
        wordings[step.code].append(step)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if any(step.version_id == row.version for step in wordings.get(row.code, ())):
            counts[row.code][row.side] += row.n
    order = in_one_order([step.code for step in procedure] for procedure in procedures)
    figures = [_figure(wordings[code], counts[code]) for code in order]
    stages = [StageFigure(stage, tuple(f for f in figures if f.stage == stage)) for stage in Stage.values]
    return tuple(stage for stage in stages if stage.steps)


def _figure(wordings: Sequence[Step], counts: Mapping[str, int]) -> StepFigure:
    """A step that several versions have is called as in the last, and is mandatory if it is so in any."""
    last = wordings[-1]
    mandatory = any(step.mandatory for step in wordings)
    return StepFigure(last.code, last.title, last.stage, mandatory, **counts)


def _basis(rows: Iterable[Row]) -> Basis:
    totals: Counter[str] = Counter()
    for row in rows:
        totals[row.basis] += row.n
    versions = tuple(sorted({row.version for row in rows}))
    return Basis(versions, totals["duties"], totals["answers"], totals["closures"])
