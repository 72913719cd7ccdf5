"""How a department conducts itself beyond single steps (measurement 2.6, the table's "All"): who owned what was open,
who answered for each stage, who could track, how long a resolution took, which closures held.

Family of counts `conduct`: as of any moment, in a fixed number of queries for each zone.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate

from complaints.models import Closure, Complaint, Letter, Pause, Transfer
from complaints.models.letters import LetterKind
from complaints.outcomes import Outcome, standing_closure
from departments.channels import ANSWERS_AT_ONCE
from departments.models import Calendar, Department
from engagement import lots
from engagement.clocks import Clocks, Course, Span, clocks
from engagement.compliance import Window, period
from engagement.ownership import owned
from engagement.periods import Quarter
from engagement.responsible import covered, lead_roles

# No resolution: the citizen took it back, or could not be reached (2.6).
UNRESOLVED = (Outcome.WITHDRAWN, Outcome.NOT_REACHED)

Found = dict[int, dict[str, Any]]


def conduct(departments: Sequence[Department], quarter: Quarter, at: datetime) -> Mapping[int, Any]:
    """Return the counts of each department (primary key) for the quarter, as of `at`, fit for JSON:

    `owned`: [seconds with a valid owner, seconds open, stays]; `covered`: by stage [days, days of the quarter so far];
    `roles`: by stage, of all departments that take queries, how many leads have each role; `tracked` and `voided`:
    [k, n]; `clocks`: see `_clocks_of`.
    """
    found: Found = {each.pk: {} for each in departments}
    calendars = {each.pk: each.calendar for each in departments}
    roles = lead_roles(quarter, at)
    for days in period(departments, quarter.start, quarter.end):
        there = days.departments
        until = min(days.until, at)
        time_owned = owned(there, days.after, until)
        stages = covered(days, quarter, until)
        tracked = _pairs(_tracked(days, at))
        voided = _pairs(_voided(days, at))
        taken = _clocks_of(days, at, {pk: calendars[pk] for pk in there})
        for pk in there:
            found[pk] = {
                "owned": list(time_owned.get(pk, (0, 0, 0))),
                "covered": {stage: list(pair) for stage, pair in stages[pk].items()},
                "roles": roles,
                "tracked": tracked.get(pk, [0, 0]),
                "voided": voided.get(pk, [0, 0]),
                "clocks": taken[pk],
            }
    return found


def _pairs(rows: Any) -> dict[int, list[int]]:
    return {department: [k, n] for department, k, n in rows}


def _tracked(days: Window, at: datetime) -> Any:
    """T: contacts whose citizen had the code: at once, or with an acknowledgement that was delivered."""
    told = Letter.objects.filter(complaint=OuterRef("pk"), kind=LetterKind.ACKNOWLEDGEMENT, delivered_at__lte=at)
    has_code = Q(channel__kind__in=ANSWERS_AT_ONCE) | Q(Exists(told))
    return (
        lots.contacts([days], at)
        .order_by()
        .values_list("held_by")
        .annotate(k=Count("pk", filter=has_code), n=Count("pk"))
    )


def _voided(days: Window, at: datetime) -> Any:
    """Closures that did not hold, of all (2.6: held rate = 1 − voided / closures)."""
    rows = lots.closures([days], at).order_by().values_list("held_by")
    return rows.annotate(k=Count("pk", filter=Q(voided_at__lte=at)), n=Count("pk"))


class Resolved(NamedTuple):
    """A closure whose query was paused, reopened or transferred."""

    complaint: int
    department: int
    received_at: datetime
    concluded_at: datetime


def _clocks_of(days: Window, at: datetime, calendars: Mapping[int, Calendar]) -> Found:
    """Of what was resolved in the period by a closure that stands at `at`: `n`, the sums of working days `W`, `P`, `G`,
    and how many took so many days `gross`, `net` and on the department's `own` clock (days, as text, to how many)."""
    resolved = lots.closures([days], at).filter(standing_closure(at)).exclude(outcome__in=UNRESOLVED)
    paused = Pause.objects.filter(complaint=OuterRef("complaint"), starts_at__lte=at)
    lapsed = Closure.objects.filter(complaint=OuterRef("complaint"), voided_at__lte=at)
    moved = Transfer.objects.filter(complaint=OuterRef("complaint"), accepted=True)
    is_special = Exists(paused) | Exists(lapsed) | Exists(moved)
    zone = ZoneInfo(days.zone)
    sums: dict[int, dict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    plain = (
        resolved.filter(~is_special)
        .annotate(received=TruncDate("complaint__received_at", tzinfo=zone), day=TruncDate("concluded_at", tzinfo=zone))
        .order_by()
        .values_list("held_by", "received", "day")
        .annotate(n=Count("pk"))
    )
    for department, received, day, n in plain:
        noon = timedelta(hours=12)
        start, end = (datetime(d.year, d.month, d.day, tzinfo=zone) + noon for d in (received, day))
        took = clocks(Course(start, end), calendars[department].worktime())
        _add(sums[department], took, n)
    special = resolved.filter(is_special)
    for row, course in _courses(special, at):
        _add(sums[row.department], clocks(course, calendars[row.department].worktime()), 1)
    return {pk: _as_json(sums[pk]) for pk in calendars}


def _add(sums: dict[str, Counter[int]], took: Clocks, n: int) -> None:
    sums["gross"][took.gross] += n
    sums["net"][took.net] += n
    sums["own"][took.own] += n
    sums["P"][took.paused] += n
    sums["G"][took.lapsed] += n


def _as_json(sums: Mapping[str, Counter[int]]) -> dict[str, Any]:
    def total(name: str) -> int:
        return sum(number * n for number, n in sums.get(name, Counter()).items())

    histograms = {
        name: {str(number): sums[name][number] for number in sorted(sums[name])} if name in sums else {}
        for name in ("gross", "net", "own")
    }
    return {"n": sum(sums["gross"].values()) if "gross" in sums else 0} | histograms | {
        "W": total("gross"), "P": total("P"), "G": total("G"),
    }  # fmt: skip


def _courses(special: QuerySet[Any], at: datetime) -> Iterable[tuple[Resolved, Course]]:
    """The single courses, in four queries."""
    # Looked up one by one: they are few, and a database would rather go through all queries there are.
    received_at = Complaint.objects.filter(pk=OuterRef("complaint")).values("received_at")
    columns = ("complaint", "held_by", "received", "concluded_at")
    with_receipt = special.annotate(received=Subquery(received_at)).order_by("pk")
    rows = [Resolved(*row) for row in with_receipt.values_list(*columns)]
    these = special.order_by().values("complaint")
    pauses = _pauses(these, at)
    lapses: dict[int, list[Span]] = defaultdict(list)
    voided = Closure.objects.filter(complaint__in=these, voided_at__lte=at).order_by("concluded_at", "pk")
    for complaint, start, end in voided.values_list("complaint", "concluded_at", "voided_at"):
        lapses[complaint].append((start, end))  # type: ignore[arg-type]
    moves: dict[int, list[tuple[datetime, int, int]]] = defaultdict(list)
    accepted = Transfer.objects.filter(complaint__in=these, accepted=True).order_by("answered_at", "pk")
    for complaint, moment, away, to in accepted.values_list(
        "complaint", "answered_at", "from_department", "to_department"
    ):
        moves[complaint].append((moment, away, to))  # type: ignore[arg-type]
    for row in rows:
        yield (
            row,
            Course(
                row.received_at,
                row.concluded_at,
                tuple(p for p in pauses[row.complaint] if p.starts_at and p.starts_at <= row.concluded_at),
                tuple(lapse for lapse in lapses[row.complaint] if lapse[0] < row.concluded_at),
                tuple(_held(row, moves[row.complaint])) if row.complaint in moves else (),
            ),
        )


def _pauses(these: QuerySet[Any], at: datetime) -> dict[int, list[Pause]]:
    """The admissible pauses of these queries, with what was known of them at `at`."""
    found: dict[int, list[Pause]] = defaultdict(list)
    begun = Pause.objects.filter(complaint__in=these, starts_at__lte=at, inadmissible="").order_by("starts_at", "pk")
    for each in begun.only("complaint", "starts_at", "ends_at", "contested_at", "judged_at", "upheld"):
        if each.contested_at is not None and each.contested_at > at:
            each.contested_at = None
        if each.judged_at is None or each.judged_at > at:
            each.upheld = None
        found[each.complaint_id].append(each)
    return found


def _held(row: Resolved, moves: Sequence[tuple[datetime, int, int]]) -> Iterable[Span]:
    """When the resolving department held the query, up to the closure."""
    since = row.received_at
    holder = moves[0][1]
    for moment, _away, to in moves:
        if moment > row.concluded_at:
            break
        if holder == row.department:
            yield since, moment
        since, holder = moment, to
    yield since, row.concluded_at  # who concluded it held it then
