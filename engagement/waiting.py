"""How long each department's citizens wait: counts by days, over all and by channel, reason, language and district, of
which engagement/survival.py makes the curves (measurement 2.7). Fit for JSON."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from departments.models import Department
from engagement.contacts import Contact, Fate, PassedOn, cohort
from engagement.periods import Quarter
from engagement.survival import Waits

DIMENSIONS = ("channel", "reason", "language", "district")


def waiting(departments: Sequence[Department], quarter: Quarter, at: datetime) -> dict[int, Any]:
    """Return for each department (primary key) its counts of the quarter as of `at`: `all` and, by dimension and
    group, `by`; `own` is on the department's clock, which stops where it passed a query on; `beyond` is how many were
    left out because one citizen brought more than five."""
    contacts: dict[int, list[Contact]] = defaultdict(list)
    passed_on: dict[int, list[PassedOn]] = defaultdict(list)
    found = cohort(departments, quarter.start, quarter.end, at)
    for contact in found.contacts:
        contacts[contact.department].append(contact)
    for each in found.passed_on:
        passed_on[each.department].append(each)
    return {each.pk: _counts(contacts[each.pk], passed_on[each.pk]) for each in departments}


def _counts(contacts: Sequence[Contact], passed_on: Sequence[PassedOn]) -> dict[str, Any]:
    counted = [contact for contact in contacts if contact.counts]
    whole, own = _Histogram(), _Histogram()
    by: dict[str, dict[str, _Histogram]] = {dimension: defaultdict(_Histogram) for dimension in DIMENSIONS}
    # Most contacts are like many others: each kind of them is added once.
    alike = Counter((contact[2:6], contact.fate, contact.waited, contact.in_time) for contact in counted)
    for (groups, fate, waited, in_time), n in alike.items():
        for histogram in (whole, own, *(by[name][group] for name, group in zip(DIMENSIONS, groups, strict=True))):
            histogram.add(fate, waited, in_time, n)
    for each in passed_on:
        own.add_passed_on(each)
    return {
        "all": whole.counts,
        "own": own.counts,
        "passed_on": len(passed_on),
        "by": {name: {group: each.counts for group, each in groups.items()} for name, groups in by.items()},
        "beyond": len(contacts) - len(counted),
    }


_SIDES = {
    Fate.ANSWERED: ("answered",),
    Fate.WAITING: ("left",),
    Fate.WITHDRAWN: ("left", "withdrawn"),
    Fate.NEVER: (),
}


class _Histogram:
    """Counts by days waited. In `trials` and `successes` are the contacts whose horizon has passed, or that ended."""

    def __init__(self) -> None:
        self._sides: dict[str, dict[int, int]] = {"answered": {}, "left": {}, "withdrawn": {}}
        self._never = self._followed = self._trials = self._successes = 0
        self._longest: int | None = None

    def add(self, fate: Fate, waited: int, in_time: bool | None, n: int) -> None:  # noqa: FBT001 - a contact's fields
        for name in _SIDES[fate]:
            side = self._sides[name]
            side[waited] = side.get(waited, 0) + n
        self._never += n if fate is Fate.NEVER else 0
        if fate is Fate.WAITING and (self._longest is None or waited > self._longest):
            self._longest = waited
        self._followed = max(self._followed, waited)
        if in_time is not None:
            self._trials += n
            self._successes += n if in_time else 0

    def add_passed_on(self, each: PassedOn) -> None:
        side = self._sides["answered" if each.answered else "left"]
        side[each.waited] = side.get(each.waited, 0) + 1
        self._followed = max(self._followed, each.waited)

    @property
    def counts(self) -> dict[str, Any]:
        sides = {name: {str(day): n for day, n in side.items()} for name, side in self._sides.items()}
        return sides | {
            "never": self._never,
            "followed": self._followed,
            "longest": self._longest,
            "trials": self._trials,
            "successes": self._successes,
        }


def waits_of(counts: Mapping[str, Any]) -> Waits:
    """Read one group's counts as engagement/survival.py takes them."""
    answered, left, withdrawn = (
        {int(day): n for day, n in counts[name].items()} for name in ("answered", "left", "withdrawn")
    )
    return Waits(answered, left, withdrawn, counts["never"], counts["followed"])


def still_open(waits: Waits) -> int:
    """How many wait for an answer and may still get one."""
    return sum(waits.left.values()) - sum(waits.withdrawn.values())
