"""By which ways, why, in which language and from where citizens came: what a quarter's contacts are counted by."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from departments.models import Department
from engagement.contacts import cohort
from engagement.periods import Quarter

# The counts of each are [recorded by itself, written down by an official] (measurement 2.2, classes A and B).
Pair = list[int]
BY = ("channel", "reason", "language", "district")


def contacts_by(departments: Sequence[Department], quarter: Quarter, at: datetime) -> Mapping[int, Any]:
    """Return by a department's primary key the contacts received in the quarter, as of `at`: for each of BY, value to
    Pair. A citizen's sixth and later ones are counted too; without a district the value is ""."""
    found: dict[int, dict[str, Counter[tuple[str, bool]]]] = {each.pk: defaultdict(Counter) for each in departments}
    # Most contacts are like many others: each kind of them is added once.
    contacts = cohort(departments, quarter.start, quarter.end, at).contacts
    alike = Counter(map(attrgetter("department", "captured", *BY), contacts))
    for (department, captured, *values), n in alike.items():
        for name, value in zip(BY, values, strict=True):
            found[department][name][value, captured] += n
    return {pk: {name: _pairs(counted[name]) for name in BY} for pk, counted in found.items()}


def _pairs(counted: Mapping[tuple[str, bool], int]) -> dict[str, Pair]:
    values = sorted({value for value, _captured in counted})
    return {value: [counted.get((value, True), 0), counted.get((value, False), 0)] for value in values}


def together(counts: Sequence[Any], name: str) -> dict[str, Pair]:
    """Add up what several departments' counts say of `name`."""
    sums: dict[str, Pair] = {}
    for each in counts:
        for value, (captured, assisted) in each[name].items():
            before = sums.get(value, [0, 0])
            sums[value] = [before[0] + captured, before[1] + assisted]
    return sums
