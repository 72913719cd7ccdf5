"""The signs of gaming, counted (measurement 5; engagement/signs.py says when one is raised), and the records behind
each. Reads only; a sign never changes a number.

Family of counts `review`: as of any moment, in a fixed number of queries for each zone. The sign `pause-share` is made
of the clocks of engagement/conduct.py.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from complaints.models import Closure, Complaint
from complaints.outcomes import Outcome
from departments.hands import room
from departments.models import Department
from departments.worktime import Worktime
from engagement import lots, marked, passes
from engagement.compliance import Window, period
from engagement.marked import UNWELCOME, Marks, counted, k_and_n
from engagement.passes import Seen
from engagement.periods import Quarter
from engagement.signs import CODES, Counts
from engagement.softening import SOFTER, softened

Sums = dict[str, Counts]

# How long after it came a query was written down: the bounds of the distribution (minutes), and their words.
DELAYS = ((5, "5m"), (60, "1h"), (1440, "1d"), (10080, "7d"))


def review(departments: Sequence[Department], quarter: Quarter, at: datetime) -> Mapping[int, Any]:
    """Return by department (primary key) the counts of each sign, as `Counts.as_json` writes them."""
    found: dict[int, Sums] = {each.pk: {} for each in departments}
    times = _times(departments)
    for days in period(departments, quarter.start, quarter.end):
        for part in (
            _closures(days, at), _letters(days, at), _contacts(days, at), _ratings(days, at), _resolutions(days, at),
            _looked_at(passes.pauses(days, at, times)), _looked_at(passes.offers(days, at, times)),
            _dated_back(days, at, times), _waits(days, at, times), _procedures(departments, days, at),
            _calls(days, quarter, at),
        ):  # fmt: skip
            for pk, sums in part.items():
                found[pk] |= sums
        _add_directions(found, passes.lighter(days, at))
    return {pk: {code: counts.as_json() for code, counts in sums.items()} for pk, sums in found.items()}


def counts_of(review_kept: Mapping[str, Any] | None, conduct_kept: Mapping[str, Any] | None) -> dict[str, Counts]:
    """Return the counts by sign from what the families `review` and `conduct` found of a department."""
    found = {code: Counts.read(kept) for code, kept in (review_kept or {}).items() if code in CODES}
    if conduct_kept is not None:
        taken = conduct_kept["clocks"]
        found["pause-share"] = Counts(taken["P"], taken["W"])
    return found


def _times(departments: Iterable[Department]) -> dict[int, Worktime]:
    return {each.pk: each.calendar.worktime() for each in departments}


def _folded(rows: Iterable[Mapping[str, Any]], codes: Iterable[str]) -> dict[int, dict[str, list[int]]]:
    """Add up k and n of the rows of one department."""
    found: dict[int, dict[str, list[int]]] = defaultdict(lambda: {code: [0, 0] for code in codes})
    for row in rows:
        for code in codes:
            k, n = k_and_n(row, code)
            found[row["held_by"]][code][0] += k
            found[row["held_by"]][code][1] += n
    return found


def _plain(rows: Iterable[Mapping[str, Any]], codes: Iterable[str]) -> dict[int, Sums]:
    folded = _folded(rows, list(codes))
    return {pk: {code: Counts(k, n) for code, (k, n) in each.items()} for pk, each in folded.items()}


def _closures(days: Window, at: datetime) -> dict[int, Sums]:
    marks = marked.of_closures(at)
    rows = counted(lots.closures([days], at), marks, "outcome", "complaint__channel__kind")
    found = _plain(rows, ["held", "born-closed", "withdrawn"])
    for pk, sums in found.items():
        mine = [row for row in rows if row["held_by"] == pk]
        bad, good = ([row for row in mine if (row["outcome"] in UNWELCOME) is unwelcome] for unwelcome in (True, False))
        k, n = _total(bad, "unasked")
        sums["unasked"] = Counts(k, n, _total(good, "unasked"), _by(mine, "outcome", "unasked"))
        sums["unrated"] = Counts(*_total(mine, "unrated"), parts=_by(mine, "complaint__channel__kind", "unrated"))
    return found


def _total(rows: Iterable[Mapping[str, Any]], code: str) -> tuple[int, int]:
    pairs = [k_and_n(row, code) for row in rows]
    return sum(k for k, _ in pairs), sum(n for _, n in pairs)


def _by(rows: Sequence[Mapping[str, Any]], name: str, code: str) -> tuple[tuple[str, int, int], ...]:
    words = sorted({row[name] for row in rows})
    totals = [(word, *_total((row for row in rows if row[name] == word), code)) for word in words]
    return tuple(part for part in totals if part[2])


def _letters(days: Window, at: datetime) -> dict[int, Sums]:
    marks = marked.of_letters(at)
    return _plain(counted(marked.letters([days], at), marks), marks)


def _contacts(days: Window, at: datetime) -> dict[int, Sums]:
    marks = marked.of_contacts()
    return _plain(counted(marked.contacts([days], at), marks), marks)


def _resolutions(days: Window, at: datetime) -> dict[int, Sums]:
    marks = marked.of_resolutions()
    return _plain(counted(marked.resolutions([days], at), marks), marks)


def _calls(days: Window, quarter: Quarter, at: datetime) -> dict[int, Sums]:
    marks = marked.of_calls()
    return _plain(counted(marked.calls(days, quarter, at), marks), marks)


def _ratings(days: Window, at: datetime) -> dict[int, Sums]:
    """Two queries: the ratings and the closures, each by who had concluded the case; nobody's key is kept."""
    stood = Q(voided_at__isnull=True) | Q(voided_at__gt=OuterRef("rated_at"))
    closure = Closure.objects.filter(stood, complaint=OuterRef("complaint"), concluded_at__lte=OuterRef("rated_at"))
    marks = marked.of_ratings()
    by_official = lots.ratings([days], at).annotate(
        official=Subquery(closure.order_by("-concluded_at", "-pk").values("concluded_by")[:1])
    )
    rows = counted(by_official, {**marks, "all": marked.Mark(Q(), Q())}, "official")
    found = _plain(rows, marks)
    made: dict[int, Counter[int]] = defaultdict(Counter)
    concluded = lots.closures([days], at).exclude(outcome=Outcome.WITHDRAWN).filter(concluded_by__isnull=False)
    for pk, official, n in concluded.order_by().values_list("held_by", "concluded_by").annotate(n=Count("pk")):
        made[pk][official] = n
    for pk, sums in found.items():
        rated = {row["official"]: k_and_n(row, "all")[1] for row in rows if row["held_by"] == pk and row["official"]}
        if rated:
            most = max(rated, key=lambda official: (rated[official], -official))
            sums["one-official"] = Counts(rated[most], sum(rated.values()), (made[pk][most], made[pk].total()))
    return found


def _looked_at(seen: Iterable[Seen]) -> dict[int, Sums]:
    """Count what a pass saw, with its parts in the order of their words."""
    return _counts_of((each, 1) for each in seen)


def _counts_of(seen: Iterable[tuple[Seen, int]]) -> dict[int, Sums]:
    totals: dict[tuple[int, str], Counter[bool]] = defaultdict(Counter)
    parts: dict[tuple[int, str], dict[str, Counter[bool]]] = defaultdict(lambda: defaultdict(Counter))
    for each, n in seen:
        totals[each.department, each.code][each.marked] += n
        if each.part:
            parts[each.department, each.code][each.part][each.marked] += n
    found: dict[int, Sums] = defaultdict(dict)
    for (pk, code), total in totals.items():
        inside = tuple((word, c[True], c.total()) for word, c in sorted(parts[pk, code].items()))
        found[pk][code] = Counts(total[True], total.total(), parts=inside)
    return found


def _dated_back(days: Window, at: datetime, times: Mapping[int, Worktime]) -> dict[int, Sums]:
    return _counts_of(passes.dated_back(days, at, times))


def _waits(days: Window, at: datetime, times: Mapping[int, Worktime]) -> dict[int, Sums]:
    return {
        pk: {"after-due": Counts(*found.after, found.before, (("waiting", found.waiting, found.longest),))}
        for pk, found in passes.waits(days, at, times).items()
    }


def _procedures(departments: Sequence[Department], days: Window, at: datetime) -> dict[int, Sums]:
    found = softened(departments, days, at)
    return {
        pk: {"softer": Counts(changes.get(SOFTER, 0), sum(changes.values()),
                              parts=tuple((word, n, n) for word, n in sorted(changes.items())))}
        for pk, changes in found.items()
    }  # fmt: skip


def _add_directions(found: Mapping[int, Sums], seen: Iterable[Seen]) -> None:
    """Put what was reclassified into the counts of contacts, which know of how many."""
    by_department: dict[int, list[Seen]] = defaultdict(list)
    for each in seen:
        by_department[each.department].append(each)
    for pk, theirs in by_department.items():
        of = found[pk]["reclassified"].n if "reclassified" in found[pk] else 0
        lighter = {each.complaint for each in theirs if each.marked}
        directions = Counter(each.part for each in theirs)
        parts = tuple((word, n, len(theirs)) for word, n in sorted(directions.items()))
        found[pk]["reclassified"] = Counts(len(lighter), of, parts=parts)


def marked_queries(code: str, department: Department, quarter: Quarter, at: datetime) -> Sequence[int]:
    """Return the queries (primary keys, ascending) that a sign marks in a department's quarter, as of `at` (aware)."""
    with room():
        marked = Complaint.objects.filter(_behind(code, department, quarter, at)).order_by()
        return array("q", sorted(marked.values_list("pk", flat=True)))


def _behind(code: str, department: Department, quarter: Quarter, at: datetime) -> Q:
    (days,) = period([department], quarter.start, quarter.end)
    times = _times([department])
    seen: dict[str, Iterable[Seen]] = {}
    if code in ("late-pause", "contested-pause", "long-pause"):
        seen = {code: passes.pauses(days, at, times)}
    elif code in ("onward", "returned", "old-offer"):
        seen = {code: passes.offers(days, at, times)}
    elif code == "dated-back":
        seen = {code: passes.those_dated_back(days, at, times)}
    elif code == "reclassified":
        seen = {code: passes.lighter(days, at)}
    if seen:
        return Q(pk__in={each.complaint for each in seen[code] if each.marked and each.code == code})
    if code == "after-due":
        return Q(pk__in=passes.those_waiting(days, at))
    if code == "pause-share":
        begun = lots.pauses([days], at).filter(inadmissible="")
        return Q(pk__in=begun.values("complaint"))
    return _marked_by(code, days, at)


def _marked_by(code: str, days: Window, at: datetime) -> Q:
    sources: tuple[tuple[QuerySet[Any], Marks, str], ...] = (
        (lots.closures([days], at), marked.of_closures(at), "complaint"),
        (marked.letters([days], at), marked.of_letters(at), "complaint"),
        (marked.contacts([days], at), marked.of_contacts(), "pk"),
        (lots.ratings([days], at), marked.of_ratings(), "complaint"),
        (marked.resolutions([days], at), marked.of_resolutions(), "complaint"),
    )
    for rows, marks, complaint in sources:
        if code in marks:
            found = rows.filter(marks[code].of & marks[code].marked)
            if code == "unasked":
                found = found.filter(outcome__in=UNWELCOME)
            return Q(pk__in=found.order_by().values(complaint))
    raise KeyError(code)
