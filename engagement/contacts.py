"""What became of each query that citizens brought in a period, as of any moment: the one reading of which the answer
gate, waiting times, equity and depth are made, so that they cannot disagree (measurement 2.2, 2.3, 2.7).

A query belongs to the period in which the citizen brought it and to the department that holds it at `at`; a transfer
never restarts the citizen's clock. It is answered from when its first real answer (complaints/answers.py) was sent. A
contact that an official wrote down more than one working day after the time that he claims counts from when he wrote
it. Reads slim rows in a fixed number of queries.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from functools import cached_property, reduce
from itertools import accumulate
from operator import or_
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Case, F, Max, Min, Q, QuerySet, When

from complaints.answers import substantive
from complaints.models import Closure, Complaint, Letter, Transfer
from complaints.outcomes import Outcome, standing_closure
from departments import worktime as clock
from departments.models import Department
from departments.worktime import Worktime
from engagement.compliance import Window, period, within
from engagement.gates import COUNTED_A_CITIZEN, HORIZON_DAYS

# Measurement 2.2: what is claimed to have happened so many working days before it was recorded, or fewer, is believed.
BELIEVED = 1
# A run of complaints ends where none of so many keys in a row is wanted; more runs than this are taken as one.
RUN, MOST_RUNS = 10_000, 20
# More than any zone is from UTC, so that every local date of a period or a moment is within reach.
MARGIN = timedelta(days=2)


class Fate(IntEnum):
    """What became of a query. Closed without an answer it is never answered."""

    ANSWERED = 1
    WAITING = 2
    NEVER = 3
    WITHDRAWN = 4


class Contact(NamedTuple):
    """One query. `waited` are working days of its department until the answer, the withdrawal or else `at`; the day of
    receipt is day 0, and an answer on a day off counts with the next working day. `in_time`: answered within the
    horizon; None while it still has time. Of one citizen only the first five count. `left_at`: answered or closed.
    `section` is the one that is to answer it today."""

    pk: int
    department: int
    channel: str
    reason: str
    language: str
    district: str
    captured: bool
    citizen: int | None
    received_at: datetime
    left_at: datetime | None
    fate: Fate
    waited: int
    in_time: bool | None
    counts: bool
    section: int


class PassedOn(NamedTuple):
    """A query on the clock of the department that received it first and passed it on: answered there after so many
    working days, or not until then."""

    department: int
    waited: int
    answered: bool


@dataclass(frozen=True)
class Cohort:
    """What was brought to some departments in a period, in the order in which it was brought."""

    contacts: list[Contact]
    passed_on: list[PassedOn]


class WorkingDays:
    """The working days of one calendar, counted ahead from the local date `first` to `last`. Days are ordinals."""

    def __init__(self, worktime: Worktime, first: date, last: date) -> None:
        self._first = first.toordinal()
        days = map(date.fromordinal, range(self._first, last.toordinal() + 1))
        self._open = [clock.is_working_day(worktime, day) for day in days]
        self._through = list(accumulate(self._open))

    def passed(self, start: int, end: int) -> int:
        """How many working days lie after `start` up to and including `end`; zero if `end` is not later."""
        return self._through[end - self._first] - self._through[start - self._first] if end > start else 0

    def needed(self, start: int, end: int) -> int:
        """How many working days a thing done on `end` took: on a day off it is too late for the last one."""
        return self.passed(start, end) + (end > start and not self._open[end - self._first])


_kept: ContextVar[dict[Any, Any] | None] = ContextVar("cohorts read once", default=None)
Read = TypeVar("Read")


@contextmanager
def read_once() -> Iterator[None]:
    """Within this block a cohort is read from the records once, however many counts are made of it."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def _once(read: Callable[[], Read], *which: Hashable) -> Read:
    kept = _kept.get()
    if kept is None:
        return read()
    if which not in kept:
        kept[which] = read()
    return kept[which]  # type: ignore[no-any-return]


def cohort(departments: Sequence[Department], start: date, end: date, at: datetime) -> Cohort:
    """Return what citizens brought to `departments` from `start` to `end` (local days of each), as of `at` (aware)."""
    these = tuple(each.pk for each in departments)
    return _once(lambda: _read(departments, start, end, at), _read, these, start, end, at)


def sources(windows: Iterable[Window]) -> "Sources":
    """Return where the rows are of what citizens brought in a period."""
    these = tuple(windows)
    return _once(lambda: Sources(these), Sources, these)


class Sources:
    """Where the rows of a cohort are: with the complaints that its departments hold today, and with those that they
    have passed on. Each is asked by itself, because a database finds neither quickly when asked for both; and the
    second only if the first may lack one of them, which it does not where all departments are counted at once."""

    def __init__(self, windows: Iterable[Window]) -> None:
        self.windows = {pk: window for window in windows for pk in window.departments}
        self._given = Transfer.objects.filter(from_department__in=list(self.windows), accepted=True)

    @cached_property
    def _runs(self) -> list[tuple[int, int]]:
        """Between which primary keys the complaints that they hold lie. Keys are given in the order of recording, so
        that what was written about a quarter's complaints lies together too, in a few runs of any table."""
        lots = Complaint.objects.filter(self._held("")).annotate(lot=F("pk") / RUN).order_by().values_list("lot")
        runs: list[tuple[int, int, int]] = []
        for lot, first, last in sorted(lots.annotate(first=Min("pk"), last=Max("pk"))):
            if runs and lot == runs[-1][0] + 1:
                first = runs.pop()[1]
            runs.append((lot, first, last))
        ends = [(first, last) for _lot, first, last in runs]
        return ends if len(ends) <= MOST_RUNS else [(ends[0][0], ends[-1][1])]

    def _in_runs(self, path: str) -> Q:
        return reduce(or_, self._each_run(path), Q())

    def _each_run(self, path: str) -> list[Q]:
        return [Q(**{f"{path}__gte": first, f"{path}__lte": last}) for first, last in self._runs]

    @cached_property
    def _places(self) -> list[Callable[[str], Q]]:
        if not self.windows:
            return []
        one_period = len({(window.after, window.until) for window in self.windows.values()}) == 1
        left = self._given.exclude(to_department__in=list(self.windows))
        return [self.today] if one_period and not left.exists() else [self.today, self.passed_on]

    def pieces(self, path: str) -> list[Q]:
        """All of it, run by run, for a database that would look everywhere when asked for all runs at once; in one
        piece where some of it was passed on. `path` leads to the complaint."""
        return self._each_run(path) if len(self._places) == 1 else [Q()]

    def today(self, path: str) -> Q:
        """What they hold today. `path` leads to the complaint."""
        held = self._held(path)
        return held & self._in_runs(path.removesuffix("__")) if path else held

    def _held(self, path: str) -> Q:
        return within(dict.fromkeys(self.windows.values()), f"{path}department", f"{path}received_at")

    def passed_on(self, path: str) -> Q:
        """What they passed on at any time. `path` leads to the complaint."""
        after = min(window.after for window in self.windows.values())
        until = max(window.until for window in self.windows.values())
        given = self._given.values("complaint")
        return Q(**{f"{path}received_at__gt": after, f"{path}received_at__lte": until, f"{path}pk__in": given})

    def rows(self, query: QuerySet[Any], path: str = "complaint__") -> Iterator[Any]:
        """Yield the rows of `query` that may be of the cohort; some come twice. `path` leads to the complaint."""
        for where in self._places:
            yield from query.filter(where(path)).iterator(chunk_size=20_000)

    def anywhere(self, path: str) -> Q:
        """What may be of the cohort, wherever it is, for a question that an index answers without knowing the runs.
        `path` leads to the complaint."""
        return self._held(path) | self.passed_on(path) if len(self._places) > 1 else self._held(path)

    def has(self, department: int, received_at: datetime) -> bool:
        """Whether what `department` holds was brought in its period."""
        window = self.windows.get(department)
        return window is not None and window.after < received_at <= window.until


def _read(departments: Sequence[Department], start: date, end: date, at: datetime) -> Cohort:
    where = sources(period(departments, start, end))
    reading = _Reading(departments, where, at)
    reading.answers = dict(
        where.rows(
            Letter.objects.filter(substantive(at)).order_by().values_list("complaint").annotate(first=Min("sent_at"))
        )
    )
    closures = Closure.objects.filter(standing_closure(at)).values_list("complaint", "outcome", "concluded_at")
    reading.closures = {pk: (outcome, concluded_at) for pk, outcome, concluded_at in where.rows(closures)}
    transfers = Transfer.objects.filter(accepted=True).order_by("answered_at", "pk")
    for pk, moment, department in where.rows(transfers.values_list("complaint", "answered_at", "from_department")):
        reading.transfers.setdefault(pk, {})[moment] = department
    written_down = Case(When(taken_by__isnull=False, then=F("recorded_at")))
    known = Complaint.objects.filter(recorded_at__lte=at)
    complaints = known.annotate(written_down_at=written_down).values_list(*_COLUMNS)
    rows = {row[0]: row for row in where.rows(complaints, "")}
    return reading.told(sorted(rows.values(), key=lambda row: (row[8], row[0])))


_COLUMNS = (
    *("pk", "department", "channel__kind", "reason", "language", "district__code", "written_down_at", "citizen"),
    *("received_at", "section"),
)


class _Reading:
    """What the rows say. One value for a cohort, because every row needs the same calendars and look-ups."""

    def __init__(self, departments: Sequence[Department], where: Sources, at: datetime) -> None:
        self._at = at
        self._where = where
        windows = where.windows
        first = min((window.after for window in windows.values()), default=at)
        calendars = {each.calendar_id: each.calendar.worktime() for each in departments}
        days = {
            pk: WorkingDays(worktime, (min(first, at) - MARGIN).date(), (at + MARGIN).date())
            for pk, worktime in calendars.items()
        }
        self._days = {each.pk: days[each.calendar_id] for each in departments}
        self._zones = {pk: ZoneInfo(window.zone) for pk, window in windows.items()}
        self._today = {pk: self._local(at, pk) for pk in windows}
        self.answers: Mapping[int, datetime] = {}
        self.closures: Mapping[int, tuple[str, datetime]] = {}
        self.transfers: dict[int, dict[datetime, int]] = {}

    def _local(self, moment: datetime, department: int) -> int:
        return moment.astimezone(self._zones[department]).toordinal()

    def told(self, rows: Iterable[tuple[Any, ...]]) -> Cohort:
        contacts: list[Contact] = []
        passed_on: list[PassedOn] = []
        brought: Counter[tuple[int, int]] = Counter()
        for row in rows:
            pk, today, citizen, received_at = row[0], row[1], row[7], row[8]
            there = self.transfers.get(pk)
            department = self._held_by(there, today) if there else today
            if self._where.has(department, received_at):
                if citizen is not None:
                    brought[department, citizen] += 1
                counts = citizen is None or brought[department, citizen] <= COUNTED_A_CITIZEN
                contacts.append(self._contact(row, department, counts))
            if there:
                passed_on.extend(self._passed_on(row, there))
        return Cohort(contacts, passed_on)

    def _held_by(self, transfers: Mapping[datetime, int], today: int) -> int:
        return next((sender for moment, sender in transfers.items() if moment > self._at), today)

    def _begun(self, row: tuple[Any, ...], department: int) -> tuple[datetime, int]:
        """When the clock began, and its local day."""
        written_down_at, received_at = row[6], row[8]
        day = self._local(received_at, department)
        if written_down_at is not None:
            recorded = self._local(written_down_at, department)
            if self._days[department].passed(day, recorded) > BELIEVED:
                return written_down_at, recorded
        return received_at, day

    def _contact(self, row: tuple[Any, ...], department: int, counts: bool) -> Contact:  # noqa: FBT001 - a field
        pk, days = row[0], self._days[department]
        begun_at, day = self._begun(row, department)
        answered_at = self.answers.get(pk)
        outcome, closed_at = self.closures.get(pk, ("", None))
        in_time: bool | None = False
        if answered_at is not None:
            fate, left_at = Fate.ANSWERED, answered_at
            waited = days.needed(day, self._local(answered_at, department))
            in_time = waited <= HORIZON_DAYS
        elif closed_at is None:
            fate, left_at = Fate.WAITING, None
            waited = days.passed(day, self._today[department])
            in_time = None if days.needed(day, self._today[department]) <= HORIZON_DAYS else False
        elif outcome == Outcome.WITHDRAWN:
            fate, left_at = Fate.WITHDRAWN, closed_at
            waited = days.passed(day, self._local(closed_at, department))
        else:
            fate, left_at = Fate.NEVER, closed_at
            waited = days.passed(day, self._today[department])
        return Contact(
            pk, department, row[2], row[3], row[4], row[5] or "", row[6] is None, row[7],
            begun_at, left_at, fate, waited, in_time, counts, row[9],
        )  # fmt: skip

    def _passed_on(self, row: tuple[Any, ...], transfers: Mapping[datetime, int]) -> Iterator[PassedOn]:
        """The first department's clock, if it had passed the query on by `at`."""
        moment, department = next(iter(transfers.items()))
        if moment > self._at or not self._where.has(department, row[8]):
            return
        _, day = self._begun(row, department)
        answered_at = self.answers.get(row[0])
        days = self._days[department]
        if answered_at is not None and answered_at <= moment:
            yield PassedOn(department, days.needed(day, self._local(answered_at, department)), answered=True)
        else:
            yield PassedOn(department, days.passed(day, self._local(moment, department)), answered=False)
