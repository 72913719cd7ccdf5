"""The periods for which figures are made: quarters of the calendar year, written like 2026Q3."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_WRITTEN = re.compile(r"(\d{4})Q([1-4])", re.ASCII)


@dataclass(frozen=True, order=True)
class Quarter:
    """Three whole months; `number` is 1 to 4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Quarter":
        """Return the quarter in which `day` lies."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def read(cls, text: str) -> "Quarter":
        """Read a quarter written like 2026Q3; raises ValueError for anything else."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(f"“{text}” is no quarter; write it like 2026Q3.")
        return cls(int(found[1]), int(found[2]))

    @property
    def start(self) -> date:
        """The first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def end(self) -> date:
        """The last day, included."""
        following = self.next
        return following.start - timedelta(days=1)

    @property
    def next(self) -> "Quarter":
        """The quarter after this one."""
        return Quarter(self.year, self.number + 1) if self.number < 4 else Quarter(self.year + 1, 1)

    @property
    def previous(self) -> "Quarter":
        """The quarter before this one."""
        return Quarter(self.year, self.number - 1) if self.number > 1 else Quarter(self.year - 1, 4)

    def __str__(self) -> str:
        return f"{self.year:04}Q{self.number}"


def quarters(first: date, last: date) -> Iterator[Quarter]:
    """Yield the quarters from that of `first` to that of `last`."""
    quarter = Quarter.of(first)
    while quarter <= Quarter.of(last):
        yield quarter
        quarter = quarter.next


def day_in(zone: str, at: datetime) -> date:
    """Return the day that `at` (aware) is in `zone`."""
    return at.astimezone(ZoneInfo(zone)).date()
