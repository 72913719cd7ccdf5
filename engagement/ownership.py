"""Who owned what was open (O1): the time in which each open query had an owner who held a post for it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, Greatest, Least

from complaints.models import StageEntry
from departments.models import Appointment
from departments.roles import POWERS, Power
from departments.sops import Stage

Span = tuple[datetime, datetime]

# What an owner must be allowed to do (complaints/routing.py::reassign asks the same).
NEEDED: Mapping[str, Power] = {
    Stage.CONTENT: Power.ANSWER, Stage.RESPONSE: Power.ANSWER, Stage.MONITORING: Power.MONITOR,
}  # fmt: skip


class Kind(NamedTuple):
    """Stays that are judged alike: the same department, section, stage and owner (primary keys)."""

    department: int
    section: int
    stage: str
    owner: int


def owned(departments: Sequence[int], after: datetime, until: datetime) -> dict[int, tuple[int, int, int]]:
    """Return by department (primary key) the seconds with a valid owner, the seconds open and the number of stays,
    between the two moments: three queries."""
    if until <= after:
        return {}
    stays = _stays(departments, after, until)
    posts = _posts(departments, until)
    totals: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0, 0])
    partly: list[Kind] = []
    for department, section, stage, owner, length, n in _summed(stays, after, until):
        seconds = length.total_seconds()
        sums = totals[department]
        sums[1] += seconds
        sums[2] += n
        if owner is None:
            continue
        kind = Kind(department, section, stage, owner)
        spans = _held(posts, kind, (after, until))
        if spans == [(after, until)]:
            sums[0] += seconds
        elif spans:
            partly.append(kind)
    _add_partly(totals, stays, posts, partly, (after, until))
    return {pk: (round(valid), round(opened), int(n)) for pk, (valid, opened, n) in totals.items()}


def _stays(departments: Sequence[int], after: datetime, until: datetime) -> QuerySet[StageEntry]:
    not_left = Q(left_at__isnull=True) | Q(left_at__gt=after)
    return StageEntry.objects.filter(not_left, department__in=departments, entered_at__lt=until)


def _summed(stays: QuerySet[StageEntry], after: datetime, until: datetime) -> QuerySet[StageEntry, Any]:
    end = Least(Coalesce(F("left_at"), Value(until)), Value(until))
    length = ExpressionWrapper(end - Greatest(F("entered_at"), Value(after)), output_field=DurationField())
    kinds = stays.order_by().values_list("department", "section", "stage", "owner")
    return kinds.annotate(length=Sum(length), n=Count("pk"))


def _posts(departments: Sequence[int], until: datetime) -> dict[int, list[Appointment]]:
    """The appointments of each official (primary key) that reach one of the departments."""
    found: dict[int, list[Appointment]] = defaultdict(list)
    reach = Q(department__in=departments) | Q(department__isnull=True)
    for post in Appointment.objects.filter(reach, since__lt=until).order_by("since", "pk"):
        found[post.user_id].append(post)
    return found


def _held(posts: Mapping[int, Sequence[Appointment]], kind: Kind, within: Span) -> list[Span]:
    """When, inside `within`, the owner held a post that gives the power which the stage needs there: disjoint spans in
    their order."""
    needed = NEEDED[kind.stage]
    spans = [
        (max(post.since, within[0]), min(post.until or within[1], within[1]))
        for post in posts.get(kind.owner, ())
        if needed in POWERS.get(post.role, frozenset())
        and post.department_id in (None, kind.department)
        and post.section_id in (None, kind.section)
    ]
    return _merged(span for span in spans if span[0] < span[1])


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged


def _add_partly(
    totals: dict[int, list[float]],
    stays: QuerySet[StageEntry],
    posts: Mapping[int, Sequence[Appointment]],
    kinds: Sequence[Kind],
    within: Span,
) -> None:
    """Add the time of owners who held their post during a part of the period, stay by stay."""
    spans = {kind: _held(posts, kind, within) for kind in kinds}
    theirs = stays.filter(owner__in={kind.owner for kind in kinds})
    rows = theirs.order_by().values_list("department", "section", "stage", "owner", "entered_at", "left_at")
    for department, section, stage, owner, entered_at, left_at in rows.iterator(chunk_size=5000):
        for start, end in spans.get(Kind(department, section, stage, owner or 0), ()):
            common = min(left_at or within[1], end) - max(entered_at, start)
            totals[department][0] += max(common.total_seconds(), 0)
