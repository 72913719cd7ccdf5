"""What one row of a city's file says: a request with its own times, or the reason why it cannot be taken.

Where a row contradicts itself:
- The closing date decides. A row with one is closed, whatever its status says; "Closed" without one stays open,
  because nobody can say when it ended. "Closed (Duplicate)" and "Closed (Transferred)" end like any other.
- Closed before it was created: not taken. Due before it was created: the city's date is its promise, so it is kept.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from complaints.importing.channels import kind_of
from complaints.importing.moments import wall_clock
from complaints.importing.sources import Layout, Source
from complaints.wording import LONGEST_LINE, LONGEST_TEXT, cleaned
from departments.channels import ChannelKind

# The imported departments are there from this day on; nothing older can have been lodged with them.
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
NOT_STATED = "not stated"

# Room for the sentence that a closing learnt late begins with.
_LONGEST_CLOSING = LONGEST_TEXT - 500
_LONGEST_KEY = 70
_LONGEST_NAME = 150
_YEAR = timedelta(days=365)
_DAY = timedelta(days=1)
# Texts that only say that there is none.
_NO_TEXT = frozenset({"", "n/a", "null", "none"})
# UTF-8 read as Latin-1: a lead byte and its one to three followers, each shown as a character of its own.
_DOUBLE = re.compile(
    "[\u00c2-\u00df][\u0080-\u00bf]|[\u00e0-\u00ef][\u0080-\u00bf]{2}|[\u00f0-\u00f4][\u0080-\u00bf]{3}"
)


class Unusable(Exception):
    """The row cannot be taken. `kind` is the same for all rows with this fault; the text tells of this one."""

    def __init__(self, kind: str, sentence: str = "") -> None:
        super().__init__(sentence or kind)
        self.kind = kind


class Oddity(StrEnum):
    """What is strange in a row that was taken all the same, in the words of the report."""

    CLOSED_BUT_STATUS_OPEN = "has a closing date but another status than closed: taken as closed"
    CLOSED_WITHOUT_DATE = "has the status closed but no closing date: taken as open"
    DUPLICATE = "the city calls it a duplicate"
    TRANSFERRED = "the city calls it transferred"
    CLOSED_AT_ONCE = "closed in the moment of its creation"
    DUE_AT_ONCE = "due in the moment of its creation"
    DUE_BEFORE_CREATED = "due before its creation: the date is kept"
    OVER_A_YEAR = "closed after more than a year"
    MOJIBAKE = "text encoded twice: repaired"
    LINE_BREAK = "line break in a field"
    CUT = "text longer than can be kept: cut, and says so"
    NO_CLOSING_TEXT = "closed without a word: a plain sentence stands for it"
    CHANNEL_UNKNOWN = "channel not known: taken as entered by an official"
    LEARNT_LATE = "its closing was learnt only after later events here: told now, judged by the city's own time"


@dataclass(frozen=True)
class Request:
    """One row, understood. Times are aware; `days` are the whole days from creation to due date as printed.

    `closing` is the city's last word and `status` its status, where the request is closed; `refused` if it says no.
    """

    key: str
    agency: str
    subject: str
    channel: str
    kind: ChannelKind
    text: str
    place: str
    created: datetime
    closed: datetime | None
    due: datetime | None
    days: int | None
    closing: str
    status: str
    refused: bool
    oddities: tuple[Oddity, ...]


def request_of(layout: Layout, cells: Sequence[str], *, at: datetime) -> Request:
    """Read a row as of `at` (aware): what it says of later times cannot be true. Raises Unusable."""
    if len(cells) != len(layout.header):
        raise Unusable(
            "another number of columns than the header", f"It has {len(cells)} columns, not {len(layout.header)}."
        )
    return _Reading(layout, cells).request(at)


class _Reading:
    """One row while it is read, collecting what is odd about it."""

    def __init__(self, layout: Layout, cells: Sequence[str]) -> None:
        self._layout = layout
        self._cells = cells
        self._source: Source = layout.source
        self._odd: dict[Oddity, None] = {}

    def request(self, at: datetime) -> Request:
        source = self._source
        key = self._key()
        agency = self._name(source.agency, "agency")
        subject = ": ".join(filter(None, (self._line(column) for column in source.subject)))
        if not 0 < len(subject) <= _LONGEST_NAME:
            raise Unusable("no type of request that could name a category")
        channel, kind = self._channel()
        created, closed, due, days = self._times(at)
        status = self._line(source.status)
        self._weigh_status(status, closed)
        closing = self._closing(status) if closed else ""
        return Request(
            key=key,
            agency=agency,
            subject=subject,
            channel=channel,
            kind=kind,
            text=self._cut("\n".join(self._words(subject)), LONGEST_TEXT),
            place=self._cut(", ".join(filter(None, map(self._line, source.place))), LONGEST_LINE),
            created=created,
            closed=closed,
            due=due,
            days=days,
            closing=closing,
            status=status,
            refused=bool(closed and source.refusal and source.refusal.match(closing)),
            oddities=tuple(self._odd),
        )

    def _key(self) -> str:
        # Spreadsheets write 40,605,866 for a number.
        key = self._line(self._source.key).replace(",", "")
        if not key:
            raise Unusable("no key")
        if len(key) > _LONGEST_KEY:
            raise Unusable("a key that is too long", f"Its key has {len(key)} characters, {_LONGEST_KEY} are allowed.")
        return key

    def _name(self, column: str, what: str) -> str:
        name = self._line(column)
        if not 0 < len(name) <= _LONGEST_NAME:
            raise Unusable(f"no {what}", f"Its column {column} names no {what} that could be kept.")
        return name

    def _channel(self) -> tuple[str, ChannelKind]:
        name = self._line(self._source.channel)[:_LONGEST_NAME] or NOT_STATED
        kind = kind_of(name)
        if kind is None:
            self._odd[Oddity.CHANNEL_UNKNOWN] = None
        return name, kind or ChannelKind.COUNTER

    def _words(self, subject: str) -> Iterator[str]:
        """The lines of the request's text: its type and each detail that says something new."""
        said = {subject}
        yield subject
        for column in self._source.details:
            words = self._text(column)
            if words and words not in said:
                said.add(words)
                yield words

    def _closing(self, status: str) -> str:
        source = self._source
        words = self._text(source.closing) if source.closing else ""
        if words.lower() not in _NO_TEXT:
            return self._cut(words, _LONGEST_CLOSING)
        self._odd[Oddity.NO_CLOSING_TEXT] = None
        return f"{source.city} closed this request (status: {status or NOT_STATED}). Its record gives no text."

    def _times(self, at: datetime) -> tuple[datetime, datetime | None, datetime | None, int | None]:
        created, wall = self._moment(self._source.created, "creation date")
        closed, _ = self._moment(self._source.closed, "closing date")
        due, due_wall = self._moment(self._source.due, "due date") if self._source.due else (None, None)
        if created is None or wall is None:
            raise Unusable("no creation date")
        if created < BEGINNING:
            raise Unusable(f"created before {BEGINNING.year}")
        if max(created, closed or created) > at:
            raise Unusable("created or closed after the moment of this import")
        if closed is not None:
            self._weigh_length(closed - created)
        if due is None or due_wall is None:
            return created, closed, None, None
        if due <= created:
            self._odd[Oddity.DUE_AT_ONCE if due == created else Oddity.DUE_BEFORE_CREATED] = None
        days, rest = divmod(due_wall - wall, _DAY)
        return created, closed, due, days if not rest and days >= 0 else None

    def _moment(self, column: str, what: str) -> tuple[datetime, datetime] | tuple[None, None]:
        printed = self._line(column)
        if not printed:
            return None, None
        try:
            wall = wall_clock(printed)
        except ValueError as wrong:
            raise Unusable(f"a {what} that cannot be read", f"Its {what} cannot be read: {wrong}.") from wrong
        return self._source.clock(wall), wall

    def _weigh_length(self, open_for: timedelta) -> None:
        if open_for < timedelta(0):
            raise Unusable("closed before it was created", f"It was closed {-open_for} before it was created.")
        if not open_for:
            self._odd[Oddity.CLOSED_AT_ONCE] = None
        if open_for > _YEAR:
            self._odd[Oddity.OVER_A_YEAR] = None

    def _weigh_status(self, status: str, closed: datetime | None) -> None:
        says = status.lower()
        if closed and not says.startswith("closed"):
            self._odd[Oddity.CLOSED_BUT_STATUS_OPEN] = None
        if not closed and says.startswith("closed"):
            self._odd[Oddity.CLOSED_WITHOUT_DATE] = None
        if "duplicate" in says:
            self._odd[Oddity.DUPLICATE] = None
        if "transferred" in says:
            self._odd[Oddity.TRANSFERRED] = None

    def _text(self, column: str) -> str:
        """What stands in the column, cleaned and, where it was encoded twice, repaired."""
        text = cleaned(self._layout.cell(self._cells, column))
        if "\n" in text:
            self._odd[Oddity.LINE_BREAK] = None
        if not text.isascii() and (plain := _DOUBLE.sub(_once, text)) != text:
            self._odd[Oddity.MOJIBAKE] = None
            return plain
        return text

    def _line(self, column: str) -> str:
        return " ".join(self._text(column).split())

    def _cut(self, text: str, longest: int) -> str:
        if len(text) <= longest:
            return text
        self._odd[Oddity.CUT] = None
        mark = f" … [cut: the source has {len(text):,} characters]"
        return text[: longest - len(mark)] + mark


def _once(twice: re.Match[str]) -> str:
    try:
        return twice.group().encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return twice.group()
