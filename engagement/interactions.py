"""How deep the contacts of a quarter went, and what citizens and departments had to do with each other in the year
that ends with it (measurement 2.4). Counts fit for JSON.

Consultations, published content and decisions are not recorded yet, so that nothing is deeper than a talk: what
citizens contributed comes from `contributions`, which is empty until they are.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from complaints.models import Complaint, Letter, Rating, Transfer
from complaints.models.letters import ANSWERS, LetterKind
from departments.channels import ANSWERS_AT_ONCE
from departments.models import Department
from departments.sops import Reason
from engagement.compliance import period
from engagement.contacts import Fate, Sources, cohort, sources
from engagement.depth import (
    COLLABORATION,
    HIGH,
    TALK,
    Contribution,
    Depth,
    Pair,
    depth,
    depth_of,
    exchanges,
    relations,
)
from engagement.nested import grouped
from engagement.periods import Quarter
from engagement.ratings import year_ending

# What an office writes in a conversation, and what at least tells a citizen something.
_OFFICE = (*ANSWERS, LetterKind.FOLLOW_UP, LetterKind.QUESTION)
_TOLD = (*_OFFICE, LetterKind.INTERIM, LetterKind.ACKNOWLEDGEMENT)
# So many citizens are asked about in one statement.
AT_ONCE = 5000


def contributions(
    departments: Sequence[Department], start: Quarter, end: Quarter, at: datetime
) -> Mapping[int, Sequence[Contribution]]:
    """What citizens contributed that has a disposition, from `start` to `end`, as of `at`: nothing is recorded yet."""
    return {}


def interactions(departments: Sequence[Department], quarter: Quarter, at: datetime) -> dict[int, Any]:
    """Return for each department (primary key) how many interactions of the quarter went how deep (`depth`, a list
    from 0 to 5), and for the year the citizens by their highest relation (`exclusive`) and by all that apply
    (`multiple`); `anonymous` contacts cannot be linked."""
    if not departments:
        return {}
    year = year_ending(quarter)
    within_the_year = sources(period(departments, year.start, quarter.end))
    depths = _depths(departments, quarter, at)
    for department, gave in contributions(departments, quarter, quarter, at).items():
        depths[department].update(map(depth_of, gave))
    classes = _classes(_pairs(within_the_year, at, contributions(departments, year, quarter, at)))
    return {
        each.pk: {"depth": [depths[each.pk][level] for level in Depth]}
        | {name: dict(counts) for name, counts in classes[each.pk].items()}
        for each in departments
    }


def high_of(depths: Sequence[int]) -> int:
    """How many interactions are of the paper's level "high"."""
    return sum(depths[HIGH:])


class _Talk(NamedTuple):
    """A conversation in which the citizen wrote again after the query; the others have one full exchange at most."""

    department: int
    citizen: int | None
    exchanges: int


def _talks(there: Sources, at: datetime, wanted: int) -> dict[int, _Talk]:
    """The conversations that may have so many full exchanges: each after the first needs another letter of the
    citizen."""
    again = Letter.objects.filter(
        there.anywhere("complaint__"),
        kind=LetterKind.CITIZEN,
        sent_at__gt=F("complaint__received_at"),
        sent_at__lte=at,
    )
    long_enough = again.order_by().values("complaint").annotate(n=Count("*")).filter(n__gte=wanted - 1)
    letters = Letter.objects.filter(
        complaint__in=long_enough.values("complaint"),
        kind__in=(LetterKind.CITIZEN, *_OFFICE),
        sent_at__lte=at,
        complaint__recorded_at__lte=at,
    ).order_by("sent_at", "pk")
    written: dict[int, list[bool]] = defaultdict(list)
    whose: dict[int, tuple[int, int | None, datetime]] = {}
    rows = letters.values_list("complaint", "kind", *_WHOSE)
    for complaint, kind, department, citizen, received_at in rows.iterator(chunk_size=20_000):
        written[complaint].append(kind == LetterKind.CITIZEN)
        whose[complaint] = department, citizen, received_at
    holders = _given_away_later(at)
    return {
        complaint: _Talk(held, citizen, exchanges(written[complaint]))
        for complaint, (department, citizen, received_at) in whose.items()
        for held in [holders.get(complaint, department)]
        if there.has(held, received_at)
    }


_WHOSE = ("complaint__department", "complaint__citizen", "complaint__received_at")


def _given_away_later(at: datetime) -> dict[int, int]:
    """Who held each query that was passed on after `at`."""
    later = Transfer.objects.filter(accepted=True, answered_at__gt=at).order_by("-answered_at", "-pk")
    return dict(later.values_list("complaint", "from_department"))


def _depths(departments: Sequence[Department], quarter: Quarter, at: datetime) -> dict[int, Counter[Depth]]:
    there = sources(period(departments, quarter.start, quarter.end))
    talks = _talks(there, at, TALK)
    letters = Letter.objects.filter(complaint=OuterRef("pk"), kind__in=_TOLD, sent_at__lte=at, delivered_at__lte=at)
    slow = Complaint.objects.exclude(channel__kind__in=ANSWERS_AT_ONCE).filter(Exists(letters))
    told = {pk for (pk,) in there.rows(slow.values_list("pk"), "")}
    rated = {pk for (pk,) in there.rows(Rating.objects.filter(rated_at__lte=at).values_list("complaint"))}
    # Most conversations are like many others: each kind of them is judged once.
    alike = Counter(
        (
            contact.department,
            contact.channel in ANSWERS_AT_ONCE or contact.pk in told,
            contact.fate is Fate.ANSWERED,
            contact.pk in rated,
            talks[contact.pk].exchanges if contact.pk in talks else 1,
        )
        for contact in cohort(departments, quarter.start, quarter.end, at).contacts
        if contact.counts
    )
    found: dict[int, Counter[Depth]] = defaultdict(Counter)
    for (department, was_told, answered, was_rated, full), n in alike.items():
        found[department][depth(told=was_told, answered=answered, rated=was_rated, exchanges=full)] += n
    return found


def _pairs(year: Sources, at: datetime, gave: Mapping[int, Sequence[Contribution]]) -> Counter[tuple[int, bool, Pair]]:
    """How many citizens of each department had so much to do with it; those who cannot be told apart are one, and
    marked."""
    more: dict[tuple[int, int | None], Counter[str]] = defaultdict(Counter)
    for talk in _talks(year, at, COLLABORATION).values():
        sums = more[talk.department, talk.citizen]
        sums["exchanges"] = max(sums["exchanges"], talk.exchanges)
    for department, contributed in gave.items():
        for each in contributed:
            more[department, each.citizen]["high"] += 1
    for held, citizen, feedback in _held_otherwise(year, at):
        more[held, citizen].update(conversations=1, feedback=feedback)
    found: Counter[tuple[int, bool, Pair]] = Counter()
    # In a year there are a million citizens: all of them are counted by the database, and the few of whom more is
    # known are taken out again.
    there = _there(year, at)
    alike = ("department", "citizen IS NULL", "conversations", "feedback")
    for department, unknown, conversations, feedback, n in grouped(there, alike, "COUNT(*)"):
        found[department, bool(unknown), Pair(conversations, feedback)] += n
    for department, citizen, conversations, feedback in _each(there, {citizen for _department, citizen in more}):
        if (department, citizen) in more:
            found[department, citizen is None, Pair(conversations, feedback)] -= 1
            more[department, citizen].update(conversations=conversations, feedback=feedback)
    for (department, citizen), sums in more.items():
        found[department, citizen is None, Pair(**{"conversations": 0, **sums})] += 1
    return +found


def _there(year: Sources, at: datetime) -> QuerySet[Any]:
    """What its holder of `at` still holds, by department and citizen: conversations, ratings and suggestions."""
    rated = Count("pk", filter=Q(rating__rated_at__lte=at))
    suggested = Count("pk", filter=Q(reason=Reason.PROJECT_INPUT))
    there = Complaint.objects.filter(year.today(""), recorded_at__lte=at).exclude(pk__in=_later(at))
    pairs = there.order_by().values_list("department", "citizen")
    return pairs.annotate(conversations=Count("pk"), feedback=rated + suggested)


def _each(pairs: QuerySet[Any], citizens: Set[int | None]) -> Iterator[tuple[int, int | None, int, int]]:
    """The pairs of these citizens; None is nobody known."""
    known = sorted(citizen for citizen in citizens if citizen is not None)
    for first in range(0, len(known), AT_ONCE):
        yield from pairs.filter(citizen__in=known[first : first + AT_ONCE])
    if None in citizens:
        yield from pairs.filter(citizen__isnull=True)


def _later(at: datetime) -> QuerySet[Transfer, Any]:
    return Transfer.objects.filter(accepted=True, answered_at__gt=at).values("complaint")


def _held_otherwise(year: Sources, at: datetime) -> Iterator[tuple[int, int | None, int]]:
    """What was passed on after `at`, one by one: its holder then, its citizen, whether it came with feedback."""
    holders = _given_away_later(at)
    there = Complaint.objects.filter(year.passed_on(""), recorded_at__lte=at, pk__in=_later(at)).annotate(
        rated=Exists(Rating.objects.filter(complaint=OuterRef("pk"), rated_at__lte=at))
    )
    for pk, citizen, reason, received_at, rated in there.values_list("pk", "citizen", "reason", "received_at", "rated"):
        if year.has(holders[pk], received_at):
            yield holders[pk], citizen, rated + (reason == Reason.PROJECT_INPUT)


def _classes(pairs: Counter[tuple[int, bool, Pair]]) -> dict[int, dict[str, Counter[str]]]:
    found: dict[int, dict[str, Counter[str]]] = defaultdict(_no_classes)
    for (department, unknown, pair), n in pairs.items():
        if unknown:
            found[department]["anonymous"]["contacts"] += n * (pair.conversations + pair.high)
            continue
        all_that_apply = relations(pair)
        for name in all_that_apply[:1]:
            found[department]["exclusive"][name] += n
        for name in all_that_apply:
            found[department]["multiple"][name] += n
    return found


def _no_classes() -> dict[str, Counter[str]]:
    return {"exclusive": Counter(), "multiple": Counter(), "anonymous": Counter()}
