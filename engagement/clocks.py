"""How long a resolved query took: on the citizen's clock, net of pauses and of closures that did not hold, and on the
clock of the department that resolved it (measurement 2.6, net time). In working days; the day of receipt is day 0."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from complaints.models import Pause
from complaints.pausing import pause_days
from departments.worktime import Worktime, days_between

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Course:
    """Of one resolved query (moments aware): `pauses` in their order, as they stood at the moment of counting;
    `lapses` from a closure that did not hold to its reopening; `held` when the resolving department held it."""

    received_at: datetime
    resolved_at: datetime
    pauses: tuple[Pause, ...] = ()
    lapses: tuple[Span, ...] = ()
    held: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Clocks:
    """In working days: W from receipt to the closure, P of it admissible pauses, G of it closed by closures that did
    not hold; `own` is what of the net time the resolving department had it in hand."""

    gross: int
    paused: int
    lapsed: int
    own: int

    @property
    def net(self) -> int:
        """τ = W − P − G, on the citizen's clock: it runs through all transfers."""
        return max(self.gross - self.paused - self.lapsed, 0)


def clocks(course: Course, worktime: Worktime) -> Clocks:
    """Return what the clocks show. Without `held` the resolving department held the query all along."""
    gross = days_between(worktime, course.received_at, course.resolved_at)
    paused = pause_days(course.pauses, worktime)
    lapsed = _days(course.lapses, worktime)
    if not course.held:
        return Clocks(gross, paused, lapsed, max(gross - paused - lapsed, 0))
    own_pauses = [each for each in course.pauses if each.starts_at and _within(each.starts_at, course.held)]
    own_lapses = [lapse for lapse in course.lapses if _within(lapse[0], course.held)]
    own = _days(course.held, worktime) - pause_days(own_pauses, worktime) - _days(own_lapses, worktime)
    return Clocks(gross, paused, lapsed, max(own, 0))


def _days(spans: Iterable[Span], worktime: Worktime) -> int:
    return sum(days_between(worktime, start, end) for start, end in spans)


def _within(moment: datetime, spans: Iterable[Span]) -> bool:
    return any(start <= moment <= end for start, end in spans)


def median(days: Mapping[int, int]) -> int | None:
    """Return the least number of days in which at least half were resolved; None where none was. `days` is how many
    took so long."""
    total, reached = sum(days.values()), 0
    for number in sorted(days):
        reached += days[number]
        if 2 * reached >= total > 0:
            return number
    return None
