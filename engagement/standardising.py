"""Are groups served alike? Rates as if every group had brought the same mix of cases (measurement 2.8).

The thresholds are the method's, for all departments alike.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from math import hypot, inf
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from engagement.newcombe import Difference, Rate, difference, rate

# A group of fewer cases is too small to be compared.
FEWEST_COMPARED = 30
RATIO = 0.80
SELECTIVE = 0.10
JUMPED = 0.20

# Cases answered in time, and all, by kind of case.
Cells = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Group:
    """One group: `raw` as it is; `standardised` as if it had the common mix of cases, None where it is too small, or
    where no kind of case is common to all groups that are compared."""

    name: str
    successes: int
    n: int
    raw: Rate
    standardised: Rate | None = None


@dataclass(frozen=True)
class Comparison:
    """Groups by name, and the two furthest apart of those that are compared. `covered` is which share of all their
    cases is of the kinds that all of them have; only these are compared."""

    groups: tuple[Group, ...]
    covered: float = 0.0
    lowest: Group | None = None
    highest: Group | None = None
    apart: Difference | None = None
    ratio: float | None = None  # of the lowest standardised rate to the highest

    @property
    def is_flagged(self) -> bool:
        """Whether the groups are served so unequally that chance alone hardly makes it."""
        return self.ratio is not None and self.ratio < RATIO and self.apart is not None and self.apart.excludes_none


def compare(groups: Mapping[str, Cells]) -> Comparison:
    """Return the groups with their rates, in the order of their names; those without a case are left out."""
    sums = {name: _sum(cells.values()) for name, cells in sorted(groups.items())}
    sums = {name: counts for name, counts in sums.items() if counts[1]}
    compared = [name for name, (_, n) in sums.items() if n >= FEWEST_COMPARED]
    weights, covered = _weights(groups, compared)
    found = tuple(
        Group(name, k, n, rate(k, n), _standardised(groups[name], weights) if weights and name in compared else None)
        for name, (k, n) in sums.items()
    )
    ranked = [(group.standardised, group) for group in found if group.standardised is not None]
    if len(ranked) < 2:
        return Comparison(found, covered)
    low, lowest = min(ranked, key=lambda pair: pair[0].share)
    high, highest = max(ranked, key=lambda pair: pair[0].share)
    ratio = low.share / high.share if high.share else None
    return Comparison(found, covered, lowest, highest, difference(high, low), ratio)


def _sum(cells: Iterable[tuple[int, int]]) -> tuple[int, int]:
    counts = list(cells)
    return sum(k for k, _ in counts), sum(n for _, n in counts)


def _weights(groups: Mapping[str, Cells], compared: list[str]) -> tuple[dict[str, float], float]:
    """The share of each kind in all cases of the compared groups, of the kinds that all of them have; and how much of
    all their cases these are. A rate of a kind that a group has not got would be a guess."""
    totals: dict[str, int] = {}
    for name in compared:
        for kind, counts in groups[name].items():
            totals[kind] = totals.get(kind, 0) + counts[1]
    common = {kind: n for kind, n in totals.items() if all(groups[name].get(kind, (0, 0))[1] for name in compared)}
    of = sum(common.values())
    return {kind: n / of for kind, n in common.items()}, of / (sum(totals.values()) or 1)


def _standardised(cells: Cells, weights: Mapping[str, float]) -> Rate:
    """Σ w·p of the kinds. The interval squares and adds the distances of their Wilson ends (Zou and Donner's MOVER,
    Statistics in Medicine 27 (2008), 1693-1702), of which Newcombe's is the case of a difference."""
    parts = [(weight, rate(*cells[kind])) for kind, weight in weights.items()]
    share = min(sum(weight * part.share for weight, part in parts), 1.0)
    below = hypot(*(weight * (part.share - part.lower) for weight, part in parts))
    above = hypot(*(weight * (part.upper - part.share) for weight, part in parts))
    return Rate(share, max(share - below, 0.0), min(share + above, 1.0))


class Selective(models.TextChoices):
    """What a difference between what is answered and what is not says."""

    FLAGGED = "flagged", _("Records under review: answered selectively")
    POSSIBLE = "possible", _("Possible, not flagged")
    NONE = "none", _("No sign")
    TOO_FEW = "too_few", _("Too few to say")


@dataclass(frozen=True)
class Selection:
    """The favoured less the other group, as it is and as if both had the same mix of cases."""

    raw: Difference | None
    standardised: Difference | None
    verdict: Selective


def selection(favoured: Cells, others: Cells) -> Selection:
    """Return by how much more often `favoured` are answered than `others`. The standardised difference decides, and
    where the groups have no kind of case in common the raw one."""
    found = {group.name: group for group in compare({"favoured": favoured, "others": others}).groups}
    if len(found) < 2 or any(group.n < FEWEST_COMPARED for group in found.values()):
        return Selection(None, None, Selective.TOO_FEW)
    one, other = found["favoured"], found["others"]
    raw = difference(one.raw, other.raw)
    alike = None
    if one.standardised is not None and other.standardised is not None:
        alike = difference(one.standardised, other.standardised)
    return Selection(raw, alike, _verdict((alike or raw).lower))


def _verdict(lower: float) -> Selective:
    if lower > SELECTIVE:
        return Selective.FLAGGED
    return Selective.POSSIBLE if lower > 0 else Selective.NONE


class Queued(NamedTuple):
    """A case in a queue; moments are seconds since one same instant. `left_at` is when it was answered or closed; None
    while it waits. A case without a due moment is never past due."""

    received_at: float
    due_at: float | None
    left_at: float | None
    is_answered: bool


def jumps(queue: Iterable[Queued]) -> tuple[int, int]:
    """Return how many answers were given while an older case of the same queue was past due, and how many answers
    there were. One sweep in the order of time."""
    cases = list(queue)
    # What left its queue by its date was never past due.
    owed = sorted(
        (case.due_at, case.received_at, inf if case.left_at is None else case.left_at)
        for case in cases
        if case.due_at is not None and (case.left_at is None or case.left_at > case.due_at)
    )
    answers = sorted(
        (case.left_at, case.received_at) for case in cases if case.is_answered and case.left_at is not None
    )
    overdue: list[tuple[float, float]] = []  # received, left: the oldest on top
    pushed = jumped = 0
    for answered_at, received_at in answers:
        while pushed < len(owed) and owed[pushed][0] < answered_at:
            heappush(overdue, owed[pushed][1:])
            pushed += 1
        while overdue and overdue[0][1] <= answered_at:
            heappop(overdue)
        jumped += bool(overdue) and overdue[0][0] < received_at
    return jumped, len(answers)
