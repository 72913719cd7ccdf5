"""The rows behind the gates M1, M3, H1 and H2: which case was counted how, and why.

Only the cases that the reader may see (complaints/visibility.py) are listed; those that went to another department
since are counted apart. A page is read in a fixed number of queries.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from complaints.answers import substantive
from complaints.models import Closure, Letter, Rating
from complaints.outcomes import Outcome, standing_closure
from complaints.triage import Mark
from complaints.visibility import visible_to
from departments import worktime as clock
from departments.models import Department, User
from engagement import lots
from engagement.compliance import period
from engagement.contacts import BELIEVED
from engagement.gates import COUNTED_A_CITIZEN
from engagement.ladder import YEAR
from engagement.periods import Quarter, quarters
from engagement.ratings import BAD, due, followed_at, staff, year_ending

PAGE = 50


class Side(models.TextChoices):
    """How a case was counted."""

    SUCCESS = "success", _("Success")
    FAILURE = "failure", _("Failure")
    WAITING = "waiting", _("Still has time")
    LEFT_OUT = "left_out", _("Left out")
    TOTAL = "total", _("In the total")


class Why(models.TextChoices):
    """Why it was counted so."""

    IN_TIME = "in_time", _("A real answer within 10 working days")
    LATE = "late", _("A real answer, but later")
    CLOSED = "closed", _("Closed without a real answer")
    NEVER = "never", _("10 working days passed without a real answer")
    RUNNING = "running", _("The 10 working days are not over")
    BEYOND = "beyond", _("The same citizen brought five before it in this quarter")
    NOTICE = "notice", _("The closing notice was delivered")
    RATED = "rated", _("The citizen judged the work")
    NOT_ASKED = "not_asked", _("The closing notice was not delivered")
    GOOD = "good", _("3 or more of 5: asks for no follow-up")
    FOLLOWED = "followed", _("1 or 2 of 5, followed up within 10 working days")
    NOT_FOLLOWED = "not_followed", _("1 or 2 of 5, not followed up within 10 working days")
    MAY_FOLLOW = "may_follow", _("1 or 2 of 5, the 10 working days are not over")
    STAFF = "staff", _("Judged from the address of an official")


@dataclass(frozen=True)
class Case:
    """One row. `moment` is when it was received, concluded or judged; `mark` is its place in the list."""

    reference: str
    moment: datetime
    reason: str
    channel: str
    side: Side
    why: Why
    mark: Mark


@dataclass(frozen=True)
class CasesPage:
    """Rows, the oldest first, whether there are others before and after them, and how many of the cohort the reader
    may not see any more."""

    rows: Sequence[Case]
    before: Mark | None
    after: Mark | None
    unseen: int


@dataclass(frozen=True)
class _Source:
    """Where a gate's rows are, in parts that an index has in order; those of queries that another department holds by
    now; what they are ordered by, how they lead to the complaint, how they are judged."""

    parts: Sequence[QuerySet[Any]]
    gone: QuerySet[Any]
    moment: str
    path: str
    judge: Callable[[Sequence[dict[str, Any]]], Iterator[tuple[Side, Why]]]


class Cases:
    """The cohort of one gate of a department's quarter, as of `at`, as `official` may see it at `now`. `months` is how
    far the gate looked back."""

    def __init__(self, gate: str, department: Department, quarter: Quarter, at: datetime, months: int) -> None:
        self._department, self._at = department, at
        first = year_ending(quarter) if months == YEAR else quarter
        [self._days] = period([department], first.start, quarter.end)
        self._quarters = [
            days for each in quarters(first.start, quarter.end) for days in period([department], each.start, each.end)
        ]
        self._zone = ZoneInfo(self._days.zone)
        self._source = {"M1": self._queries, "H1": self._queries, "M3": self._conclusions, "H2": self._judgements}[
            gate
        ]()

    def page(
        self, official: User, *, now: datetime, after: Mark | None = None, before: Mark | None = None
    ) -> CasesPage:
        """Return one page: from the top, after a mark, or before one."""
        seen = visible_to(official, at=now, path=self._source.path)
        counts = self._source.gone.order_by().aggregate(all=Count("pk"), seen=Count("pk", filter=seen))
        parts = [rows.filter(seen) for rows in self._source.parts]
        if before is not None and after is None:
            found = self._first([_beyond_mark(rows, self._source.moment, before, "lt") for rows in parts], "-")
            shown = list(self._read(found[:PAGE][::-1]))
            first = shown[0].mark if len(found) > PAGE else None
            last = shown[-1].mark if shown else None
        else:
            if after is not None:
                parts = [_beyond_mark(rows, self._source.moment, after, "gt") for rows in parts]
            found = self._first(parts, "")
            shown = list(self._read(found[:PAGE]))
            first = shown[0].mark if shown and after is not None else None
            last = shown[-1].mark if len(found) > PAGE else None
        return CasesPage(shown, first, last, counts["all"] - counts["seen"])

    def _first(self, parts: Iterable[QuerySet[Any]], backwards: str) -> list[dict[str, Any]]:
        """The rows of a page and one more, from one end of all parts together."""
        found = [row for rows in parts for row in self._listed(rows, backwards)[: PAGE + 1]]
        return self._in_order(found, backwards)[: PAGE + 1]

    def _in_order(self, rows: list[dict[str, Any]], backwards: str) -> list[dict[str, Any]]:
        return sorted(rows, key=lambda row: (row[self._source.moment], row["pk"]), reverse=bool(backwards))

    def everything(self, official: User, *, now: datetime) -> Iterator[Case]:
        """Yield every row that the official may see, the oldest first."""
        seen = visible_to(official, at=now, path=self._source.path)
        found = [row for rows in self._source.parts for row in self._listed(rows.filter(seen), "")]
        yield from self._read(self._in_order(found, ""))

    def _listed(self, rows: QuerySet[Any], backwards: str) -> QuerySet[Any, dict[str, Any]]:
        path, moment = self._source.path, self._source.moment
        own = ("pk", moment, *self._own)
        shared = (f"{path}reference", f"{path}reason", f"{path}channel__kind", f"{path}citizen")
        return rows.order_by(f"{backwards}{moment}", f"{backwards}pk").values(*own, *shared)

    @cached_property
    def _own(self) -> tuple[str, ...]:
        return tuple(self._source.parts[0].query.annotations)

    def _read(self, rows: Sequence[dict[str, Any]]) -> Iterator[Case]:
        path, moment = self._source.path, self._source.moment
        for row, (side, why) in zip(rows, self._source.judge(rows), strict=True):
            yield Case(
                row[f"{path}reference"],
                row[moment],
                row[f"{path}reason"],
                row[f"{path}channel__kind"],
                side,
                why,
                Mark(row[moment], row["pk"]),
            )

    def _queries(self) -> _Source:
        at = self._at
        letters = Letter.objects.filter(substantive(at), complaint=OuterRef("pk"))
        answer = Subquery(letters.order_by().values("complaint").annotate(first=Min("sent_at")).values("first"))
        closure = _first(Closure.objects.filter(standing_closure(at), complaint=OuterRef("pk")))
        facts = {"answer": answer, "closure": closure, "recorded": F("recorded_at"), "typed_by": F("taken_by")}
        parts = [rows.annotate(**facts) for rows in lots.contacts_in_parts([self._days], at)]
        gone = parts[1].exclude(department=self._department)
        return _Source(parts, gone, "received_at", "", self._judge_queries)

    def _judge_queries(self, rows: Sequence[dict[str, Any]]) -> Iterator[tuple[Side, Why]]:
        beyond = self._beyond({row["citizen"] for row in rows if row["citizen"]})
        for row in rows:
            yield (Side.LEFT_OUT, Why.BEYOND) if row["pk"] in beyond else self._judged_query(row)

    def _judged_query(self, row: dict[str, Any]) -> tuple[Side, Why]:
        last, answer = self._due(self._begun(row)), row["answer"]
        if answer is not None:
            return (Side.SUCCESS, Why.IN_TIME) if answer <= last else (Side.FAILURE, Why.LATE)
        if row["closure"] is not None:
            return Side.FAILURE, Why.CLOSED
        return (Side.FAILURE, Why.NEVER) if last < self._at else (Side.WAITING, Why.RUNNING)

    def _begun(self, row: dict[str, Any]) -> datetime:
        """From when the horizon is counted, as engagement/contacts.py does it."""
        worktime = self._department.calendar.worktime()
        is_late = row["typed_by"] and clock.days_between(worktime, row["received_at"], row["recorded"]) > BELIEVED
        return row["recorded"] if is_late else row["received_at"]  # type: ignore[no-any-return]

    def _beyond(self, citizens: Iterable[int]) -> set[int]:
        """What these citizens brought after the first five of a quarter."""
        found: set[int] = set()
        for quarter in self._quarters:
            brought: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
            for part in lots.contacts_in_parts([quarter], self._at):
                rows = part.filter(citizen__in=citizens).order_by()
                for citizen, received_at, pk in rows.values_list("citizen", "received_at", "pk"):
                    brought[citizen].append((received_at, pk))
            for theirs in brought.values():
                found.update(pk for _received_at, pk in sorted(theirs)[COUNTED_A_CITIZEN:])
        return found

    def _conclusions(self) -> _Source:
        rating = _first(Rating.objects.filter(complaint=OuterRef("complaint"), rated_at__lte=self._at))
        concluded = lots.closures([self._days], self._at).filter(standing_closure(self._at))
        rows = concluded.exclude(outcome=Outcome.WITHDRAWN).annotate(rating=rating, told_at=F("delivered_at"))
        gone = lots.gone(rows, self._department, self._days.after)
        return _Source([rows], gone, "concluded_at", "complaint__", self._judge_conclusions)

    def _judge_conclusions(self, rows: Sequence[dict[str, Any]]) -> Iterator[tuple[Side, Why]]:
        for row in rows:
            if row["told_at"] is not None and row["told_at"] <= self._at:
                yield Side.SUCCESS, Why.NOTICE
            elif row["rating"] is not None:
                yield Side.SUCCESS, Why.RATED
            else:
                yield Side.FAILURE, Why.NOT_ASKED

    def _judgements(self) -> _Source:
        given = lots.ratings([self._days], self._at)
        rows = given.annotate(given=F("stars"), followed=followed_at(self._at))
        gone = lots.gone(rows, self._department, self._days.after)
        return _Source([rows], gone, "rated_at", "complaint__", self._judge_ratings)

    def _judge_ratings(self, rows: Sequence[dict[str, Any]]) -> Iterator[tuple[Side, Why]]:
        officials = set(staff())
        for row in rows:
            last = self._due(row["rated_at"])
            if row["complaint__citizen"] in officials:
                yield Side.LEFT_OUT, Why.STAFF
            elif row["given"] > BAD:
                yield Side.TOTAL, Why.GOOD
            elif row["followed"] is not None and row["followed"] <= last:
                yield Side.SUCCESS, Why.FOLLOWED
            else:
                yield (Side.FAILURE, Why.NOT_FOLLOWED) if last < self._at else (Side.WAITING, Why.MAY_FOLLOW)

    def _due(self, moment: datetime) -> datetime:
        return due(self._department, moment.astimezone(self._zone).date())


def _first(rows: QuerySet[Any]) -> Subquery:
    """The key of one of the rows, None without any: looked up for each line of a page. Whether there is one at all, a
    database may rather find out for everything at once."""
    return Subquery(rows.order_by().values("pk")[:1])


def _beyond_mark(rows: QuerySet[Any], moment: str, mark: Mark, way: str) -> QuerySet[Any]:
    """The rows after (gt) or before (lt) a mark; the second condition is what an index can begin at."""
    other = Q(**{f"{moment}__{way}": mark.due_at}) | Q(**{f"pk__{way}": mark.pk})
    return rows.filter(other, **{f"{moment}__{way}e": mark.due_at})
