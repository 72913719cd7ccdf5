"""What comes first in the queue, which queues an official has, and how a page of one is read.

Most urgent first is: the earliest date that is still owed on the query. So what has been overdue longest stands at the
top, what is due soonest follows, and a paused query stands where its moved date puts it. The order is the same at every
moment, so one index gives it and a page begins where the last one ended. An unassigned query needs no rank of its own:
it owes a named owner within a working day (R2), which puts it before everything else that came with it; beside that,
the unassigned are a queue of their own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from heapq import merge
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from complaints.deadlines import Standing
from complaints.models import Approval, Complaint, Contest, Draft, Duty, Pause, StageEntry
from complaints.visibility import visible_to
from departments.models import User
from departments.roles import Power, Scope, scope_of

URGENCY = ("due_at", "pk")
PAGE = 25
# Nobody needs to know whether 1,200 or 1,300 wait; to count them all would cost more than to show the page.
COUNTED = 100
# More decisions than that do not wait for one person; the bound is there for the day on which they do.
_DECISIONS = 500

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Queue(models.TextChoices):
    """The queues of an official."""

    MINE = "mine", _("Mine")
    UNASSIGNED = "unassigned", _("Unassigned")
    SECTION = "section", _("My section")
    DEPARTMENT = "department", _("My department")
    ALL = "all", _("All departments")


@dataclass(frozen=True)
class Wanted:
    """What a queue is filtered by; empty for everything. `standing` is that of the date that is due first, `district`
    a code."""

    stage: str = ""
    standing: str = ""
    reason: str = ""
    channel: str = ""
    district: str = ""


@dataclass(frozen=True)
class Mark:
    """A place in a queue, written into an address: between two rows, not a number of rows."""

    due_at: datetime
    pk: int

    def __str__(self) -> str:
        return f"{(self.due_at - _EPOCH) // _MICROSECOND}-{self.pk}"

    @classmethod
    def read(cls, written: str) -> Self | None:
        """Return the mark, or None for what is none."""
        moment, _dash, pk = written.partition("-")
        if not (moment.isascii() and moment.isdigit() and pk.isascii() and pk.isdigit() and len(written) <= 40):
            return None
        try:
            return cls(_EPOCH + int(moment) * _MICROSECOND, min(int(pk), 2**63 - 1))
        except OverflowError:
            return None


@dataclass(frozen=True)
class Page:
    """Rows of a queue, most urgent first, and whether there are others before and after them."""

    rows: Sequence[StageEntry]
    before: Mark | None
    after: Mark | None


class Desk:
    """The queues of one official at one moment. Without a current post there are none."""

    def __init__(self, official: User, *, at: datetime) -> None:
        self._official, self._at = official, at
        self._posts = list(official.appointments.all())
        self._scope = scope_of(self._posts, at)

    @cached_property
    def queues(self) -> tuple[Queue, ...]:
        """The queues that the official's posts give."""
        scope = self._scope
        places = {
            Queue.SECTION: bool(scope.sections),
            Queue.DEPARTMENT: bool(scope.departments),
            Queue.ALL: scope.everything,
        }
        given = tuple(queue for queue, has in places.items() if has)
        return (Queue.MINE, Queue.UNASSIGNED, *given) if given else ()

    def page(self, queue: Queue, wanted: Wanted, *, after: Mark | None = None, before: Mark | None = None) -> Page:
        """Return one page of a queue: from the top, after a mark, or before one."""
        parts = [filtered(part, wanted, self._at) for part in self._parts(queue)]
        if before is not None and after is None:
            found = _merged([_before(part, before)[: PAGE + 1] for part in parts], backwards=-1)
            rows = found[:PAGE][::-1]
            return Page(rows, _mark(rows[0]) if len(found) > PAGE else None, _mark(rows[-1]) if rows else None)
        found = _merged([_after(part, after)[: PAGE + 1] for part in parts], backwards=1)
        rows = found[:PAGE]
        first = _mark(rows[0]) if rows and after is not None else None
        return Page(rows, first, _mark(rows[-1]) if len(found) > PAGE else None)

    def counted(self, queue: Queue) -> int:
        """Return how many are in a queue; COUNTED + 1 says "more than COUNTED"."""
        rows: set[int] = set()
        for part in self._parts(queue):
            rows.update(part.values_list("pk", flat=True)[: COUNTED + 1])
        return min(len(rows), COUNTED + 1)

    def _parts(self, queue: Queue) -> list[QuerySet[StageEntry]]:
        """Return the querysets whose rows together are the queue: each can be read from one index in order."""
        visible = visible_to(self._official, at=self._at, path="complaint__")
        entries = StageEntry.objects.filter(visible, left_at__isnull=True)
        if queue not in self.queues:
            return []
        if queue == Queue.MINE:
            own = entries.filter(owner=self._official)
            return [own, entries.filter(complaint__in=self._to_decide)] if self._to_decide else [own]
        places = {
            Queue.UNASSIGNED: _anywhere(self._scope) & Q(owner__isnull=True),
            Queue.SECTION: Q(section__in=self._scope.sections),
            Queue.DEPARTMENT: Q(department__in=self._scope.departments),
            Queue.ALL: Q(),
        }
        return [entries.filter(places[queue])]

    @cached_property
    def _to_decide(self) -> list[int]:
        """The queries (primary keys) whose next step is this official's although another owns them: a draft to
        approve, a transfer to accept or return, a contested pause or answer to judge. Asked apart: few rows of small
        indexes, by which the planner would not begin were they inside the larger question."""
        approves, takes, judges = (
            scope_of(self._posts, self._at, power) for power in (Power.APPROVE, Power.TRIAGE, Power.MONITOR)
        )
        decided = Approval.objects.filter(draft=OuterRef("pk"))
        open_drafts = Draft.objects.filter(closed_at__isnull=True).exclude(author=self._official)
        drafts = open_drafts.filter(~Exists(decided), _anywhere(approves, "complaint__"))
        offers = Complaint.objects.filter(offered_to__isnull=False)
        if not takes.everything:
            offers = offers.filter(offered_to__in=takes.departments)
        pauses = Pause.objects.filter(contested_at__isnull=False, judged_at__isnull=True)
        contests = Contest.objects.filter(judged_at__isnull=True)
        found = drafts.values_list("complaint").union(
            offers.values_list("pk"),
            pauses.filter(_checked_by(judges, "complaint__")).values_list("complaint"),
            contests.filter(_checked_by(judges, "letter__complaint__")).values_list("letter__complaint"),
        )
        return [pk for (pk,) in found[:_DECISIONS]]


def leading_duties(complaints: Iterable[int], *, at: datetime) -> dict[int, Duty]:
    """Return for each complaint (primary keys) the duty that is due first, with its `standing`."""
    owed = Duty.objects.open().filter(complaint__in=list(complaints)).as_of(at).order_by("due_at", "pk")
    leading: dict[int, Duty] = {}
    for duty in owed:
        held = leading.setdefault(duty.complaint_id, duty)
        if held.due_at == duty.due_at and _is_paused(duty) and not _is_paused(held):
            leading[duty.complaint_id] = duty
    return leading


def _is_paused(duty: Duty) -> bool:
    return bool(duty.standing == Standing.PAUSED)  # type: ignore[attr-defined]


def _anywhere(scope: Scope, path: str = "") -> Q:
    if scope.everything:
        return Q()
    in_sections = Q(**{f"{path}section__in": scope.sections})
    in_departments = Q(**{f"{path}department__in": scope.departments})
    if not scope.sections:
        return in_departments
    return in_sections | in_departments if scope.departments else in_sections


def _checked_by(judges: Scope, path: str) -> Q:
    if judges.everything:
        return Q()
    in_sections = Q(**{f"{path}monitored_by__in": judges.sections})
    return in_sections | Q(**{f"{path}department__in": judges.departments})


def filtered(entries: QuerySet[StageEntry], wanted: Wanted, at: datetime) -> QuerySet[StageEntry]:
    """Return those of the open `entries` that are wanted at `at`, which is now: their dates are of this moment."""
    if wanted.stage:
        entries = entries.filter(stage=wanted.stage)
    if wanted.reason:
        entries = entries.filter(complaint__reason=wanted.reason)
    if wanted.channel:
        entries = entries.filter(complaint__channel__kind=wanted.channel)
    if wanted.district:
        entries = entries.filter(complaint__district__code=wanted.district)
    if not wanted.standing:
        return entries
    paused = Duty.objects.open().filter(paused_at__lte=at, paused_until__gt=at)
    is_paused = Exists(paused.filter(complaint=OuterRef("complaint"), due_at=OuterRef("due_at")))
    if wanted.standing == Standing.PAUSED:
        return entries.filter(is_paused, complaint__in=paused.values("complaint"))
    late = Q(due_at__lt=at) if wanted.standing == Standing.OVERDUE else Q(due_at__gte=at)
    return entries.filter(late, ~is_paused)


def _after(entries: QuerySet[StageEntry], mark: Mark | None) -> QuerySet[StageEntry]:
    if mark is not None:
        later = Q(due_at__gt=mark.due_at) | Q(pk__gt=mark.pk)
        entries = entries.filter(later, due_at__gte=mark.due_at)  # the second is what an index can begin at
    return _shown(entries).order_by(*URGENCY)


def _before(entries: QuerySet[StageEntry], mark: Mark) -> QuerySet[StageEntry]:
    earlier = Q(due_at__lt=mark.due_at) | Q(pk__lt=mark.pk)
    return _shown(entries.filter(earlier, due_at__lte=mark.due_at)).order_by(*(f"-{name}" for name in URGENCY))


def _shown(entries: QuerySet[StageEntry]) -> QuerySet[StageEntry]:
    """With what a row of the queue shows, and of the citizen's text no more than that."""
    beside = ("owner", "complaint__category", "complaint__channel", "complaint__department__calendar")
    return (
        entries.select_related(*beside)
        .annotate(beginning=models.functions.Substr("complaint__text", 1, 200))
        .defer("complaint__text", "complaint__place")
    )


def _merged(parts: Sequence[Iterable[StageEntry]], *, backwards: int) -> list[StageEntry]:
    """Return the first rows of ordered parts, a page and one, each row once; `backwards` is -1 where they are in the
    opposite order."""

    def place(entry: StageEntry) -> tuple[int, int]:
        return backwards * ((entry.due_at - _EPOCH) // _MICROSECOND), backwards * entry.pk

    rows: dict[int, StageEntry] = {}
    for entry in merge(*parts, key=place):
        rows.setdefault(entry.pk, entry)
        if len(rows) > PAGE:
            break
    return list(rows.values())


def _mark(entry: StageEntry) -> Mark:
    return Mark(entry.due_at, entry.pk)
