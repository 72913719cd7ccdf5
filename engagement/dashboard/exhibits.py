"""What every page of figures is made of: a sentence, the picture, the formula, the rows (measurement 2.10), and whose
page it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from departments.models import Department
from engagement.dashboard.panels import Reader
from engagement.periods import Quarter
from engagement.showing import number

# Texts are shown as they are; numbers keep their type so that a spreadsheet can reckon with them. None is not told.
Cell = str | int | float | date | datetime | None


@dataclass(frozen=True)
class Table:
    """The rows of an exhibit: each is as long as `head`, and its first cell names it."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Exhibit:
    """One figure. `name` is unique on its page, and part of the address under which it is exported; `n` is of how many
    cases it is made, "" where that has no meaning. `more` leads to the records behind it, where the reader may see
    them: pairs of address and text. `counted_at` is the moment as of which it was counted, where that is not the moment
    asked for; `status` what is to be said of it instead of provisional or final, such as restated. `filters` narrow
    this figure alone, beside those of its page."""

    name: str
    title: str
    sentence: str
    table: Table
    formula: str
    n: str = ""
    picture: SafeString | None = None
    notes: tuple[str, ...] = ()
    more: tuple[tuple[str, str], ...] = ()
    counted_at: datetime | None = None
    status: str = ""
    filters: tuple["Narrowed", ...] = ()

    @property
    def cells(self) -> list[list[tuple[str, str, bool]]]:
        """The rows as a page writes them: of each cell the head of its column, its text, and whether it is a number."""
        return [
            [(name, written(cell), not isinstance(cell, str)) for name, cell in zip(self.table.head, row, strict=True)]
            for row in self.table.rows
        ]

    @property
    def columns(self) -> list[tuple[str, bool]]:
        """The heads of the columns, and whether all that stands below is numbers."""
        return [
            (name, all(not isinstance(row[place], str) for row in self.table.rows))
            for place, name in enumerate(self.table.head)
        ]


def written(cell: Cell) -> str:
    """Write a cell for a reader: thousands apart, a dash for what is not told."""
    if cell is None:
        return "–"
    if isinstance(cell, int):
        return number(cell)
    if isinstance(cell, datetime):
        return date_format(localtime(cell), "DATETIME_FORMAT")
    if isinstance(cell, date):
        return date_format(cell, "DATE_FORMAT")
    return f"{cell:,.1f}" if isinstance(cell, float) else cell


@dataclass(frozen=True)
class Filter:
    """What a page may be narrowed by: `name` in its address, and what `choices` of these departments there are, pairs
    of value and text."""

    name: str
    label: object  # lazy text
    choices: Callable[[Sequence[Department]], Sequence[tuple[str, object]]]


@dataclass(frozen=True)
class Narrowed:
    """A filter that is on: `said` is written in the title of every picture and export (measurement 2.10)."""

    name: str
    value: str
    said: str


@dataclass(frozen=True)
class Asked:
    """What a report is asked for: of these departments (one, or all that the reader may see), of this quarter, as of
    `at` (None: as of now, for which what was counted last will do). `now` is the moment of asking, `filters` are those
    of the report's that are on."""

    departments: Sequence[Department]
    quarter: Quarter
    at: datetime | None
    now: datetime
    reader: Reader
    filters: tuple[Narrowed, ...] = ()

    @property
    def moment(self) -> datetime:
        """The moment as of which the reader asks."""
        return self.at or self.now

    def only(self, name: str) -> str:
        """The value of the filter `name`; "" when it is off."""
        return next((each.value for each in self.filters if each.name == name), "")


class Audience(Enum):
    """Who may read a report."""

    EVERYBODY = "everybody"  # the public too, without small cells
    OFFICIALS = "officials"  # who sees the whole department
    REVIEWERS = "reviewers"  # who watches over it: monitor, administrator, auditor, and the centre


class Span(Enum):
    """Of which departments a report can be asked for."""

    EITHER = "either"
    ONE = "one"  # of one department at a time
    ALL = "all"  # of all departments together: for the public and for the centre


class Opening(Enum):
    """Which quarter a report shows to whom asks for none."""

    PRESENT = "present"
    FINISHED = "finished"  # the last that is over: of the present one what the report says is not shown yet


@dataclass(frozen=True)
class Report:
    """One page of exhibits. `slug` is its address below the department's; `lead` says in a sentence what it answers.
    `build` makes its exhibits in a fixed number of queries; none where nothing was recorded."""

    slug: str
    title: object  # lazy text
    lead: object  # lazy text
    audience: Audience
    build: Callable[[Asked], Sequence[Exhibit]]
    span: Span = Span.EITHER
    opens_on: Opening = Opening.PRESENT
    filters: tuple[Filter, ...] = ()
