"""Which instant a city's printed time means. Every city prints a local wall clock, but not all print it straight.

The order of printed times is kept: what the file shows as later is never an earlier instant, also where clocks leap.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

# 4/12/2018 11:11:26 AM · 10/21/18 2:08 (as spreadsheets write it) · 10/21/2018 14:08
_AMERICAN = re.compile(r"(\d\d?)/(\d\d?)/(\d{4}|\d\d) (\d\d?):(\d\d)(?::(\d\d))? ?([AaPp][Mm])?")
_SHORTEST_ISO = len("2018-10-21T02:08")
# Outside these years a date is a mistake of the file.
_YEARS = range(1900, 2101)
_NOON = 12

Clock = Callable[[datetime], datetime]


def wall_clock(printed: str) -> datetime:
    """Return the time as it stands there, without a zone; "+00:00" and "UTC" behind it are not believed.

    Raises ValueError where it is no date with a time, or has some other zone.
    """
    match = _AMERICAN.fullmatch(printed)
    if match is not None:
        wall = _american(*match.groups())
    elif len(printed) >= _SHORTEST_ISO:
        wall = datetime.fromisoformat(printed.removesuffix(" UTC"))
    else:
        raise ValueError(f"“{printed}” is no date with a time")
    if wall.utcoffset():
        raise ValueError(f"“{printed}” has a zone of its own")
    if wall.year not in _YEARS:
        raise ValueError(f"“{printed}” lies in no sensible year")
    return wall.replace(tzinfo=None)


def _american(
    month: str, day: str, year: str, hour: str, minute: str, second: str | None, half: str | None
) -> datetime:
    hours = int(hour)
    if half is not None:
        if not 1 <= hours <= _NOON:
            raise ValueError(f"{hours} {half} is no hour")
        hours = hours % _NOON + (_NOON if half.upper() == "PM" else 0)
    century = 2000 if len(year) == 2 else 0
    return datetime(century + int(year), int(month), int(day), hours, int(minute), int(second or 0))


def straight(zone: ZoneInfo) -> Clock:
    """The printed time is the clock on the wall in `zone`."""
    return lambda wall: _instant(wall, zone)


def shifted(zone: ZoneInfo) -> Clock:
    """The printed time is the wall clock taken for UTC and then printed in `zone`: 4 or 5 hours before the true one.

    Baltimore's midnight batches stand at 20:00 in summer and 19:00 in winter; in Boston the closing text names the
    true time beside the shifted one.
    """
    return lambda printed: _instant(_instant(printed, zone).replace(tzinfo=None), zone)


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant (UTC) at which the clock in `zone` shows `wall` or, in the hour that it leaps over in
    spring, the instant of the leap. American clocks leap on the full hour."""
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    return wall.replace(minute=0, second=0, microsecond=0, tzinfo=zone).astimezone(UTC)
