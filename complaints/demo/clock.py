"""When things happen in the demo: officials act in working hours, citizens at any hour, sweeps at fixed times."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from departments import worktime as clock
from departments.worktime import Worktime

# Local times of the sweeps. A rung of the ladder is reached at the end of a day or some open hours after it, and is
# found by the next of these.
SWEEPS = (time(0, 1), time(9, 31), time(13, 31), time(17, 1))

# Open hours of an ordinary working day.
HOURS_A_DAY = 7.3


def sweeps_between(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the moments of the sweeps after `start` and before `end` (aware), in order."""
    day = start.astimezone(zone).date()
    while True:
        for hour in SWEEPS:
            moment = datetime.combine(day, hour, zone).astimezone(UTC)
            if moment >= end:
                return
            if moment > start:
                yield moment
        day += timedelta(days=1)


def at_work(rng: Random, worktime: Worktime, after: datetime, hours: float) -> datetime:
    """Return a moment in open hours about `hours` open hours after `after`; never on the minute, as people are."""
    lag = timedelta(hours=hours * rng.uniform(0.6, 1.4)) + timedelta(microseconds=rng.randint(20_000_000, 900_000_000))
    return clock.add(worktime, after, lag)


def at_leisure(rng: Random, zone: ZoneInfo, after: datetime, days: float) -> datetime:
    """Return a moment about `days` days after `after` at an hour at which a citizen is awake, early or late."""
    day = (after + timedelta(days=days * rng.uniform(0.5, 1.5))).astimezone(zone).date()
    hour = min(23.98, max(0.2, rng.gauss(15, 4.5)))
    local = datetime.combine(day, time(0), zone) + timedelta(hours=hour, microseconds=rng.randint(0, 999_999))
    moment = local.astimezone(UTC)
    if moment > after:
        return moment
    return after + timedelta(microseconds=rng.randint(600_000_000, 7_200_000_000))


def open_days(worktime: Worktime, start: datetime, end: datetime) -> float:
    """Return how many working days of open time lie between two moments."""
    return clock.between(worktime, start, end) / timedelta(hours=HOURS_A_DAY)
