"""The cities whose files can be read: which of their columns says what, and what their clocks print."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from complaints.importing.moments import Clock, shifted, straight

_EASTERN = "America/New_York"
_PACIFIC = "America/Los_Angeles"
# 2022-09-12 11:13:13.283 or Wed Sep 07 08:11:46 EDT 2022
_BOSTON_TIME = r"\d{4}-\d\d-\d\d [\d:.]+|\w{3} \w{3} \d\d [\d:]+ \w{3} \d{4}"


class WrongColumns(Exception):
    """The file is not of this source; the sentence names what is missing."""


@dataclass(frozen=True)
class Source:
    """One city's file. Columns are named as the city writes them; case and punctuation do not matter.

    `subject` is the type of the request, from which the category comes; `details` only add to its text. `due` and
    `closing` are empty where the city publishes no due date or no closing text. `days_by_subject` holds where each
    type is due after one number of calendar days, so that the days belong into the catalogue. `refusal` is how a
    closing text begins that says no.
    """

    code: str
    city: str
    zone: str
    clock: Clock
    key: str
    agency: str
    subject: tuple[str, ...]
    channel: str
    status: str
    created: str
    closed: str
    due: str = ""
    closing: str = ""
    details: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    days_by_subject: bool = False
    refusal: re.Pattern[str] | None = None

    def needed(self) -> tuple[str, ...]:
        """Return the columns without which a file is not this city's."""
        one_each = (self.key, self.agency, self.channel, self.status, self.created, self.closed, self.due, self.closing)
        return tuple(name for name in (*one_each, *self.subject) if name)


BALTIMORE = Source(
    code="baltimore",
    city="Baltimore",
    zone=_EASTERN,
    clock=shifted(ZoneInfo(_EASTERN)),
    key="SRRecordID",
    agency="Agency",
    subject=("SRType",),
    channel="MethodReceived",
    status="SRStatus",
    created="CreatedDate",
    closed="CloseDate",
    due="DueDate",
    place=("Address", "Neighborhood"),
    days_by_subject=True,
)
BOSTON = Source(
    code="boston",
    city="Boston",
    zone=_EASTERN,
    clock=shifted(ZoneInfo(_EASTERN)),
    key="CASE_ENQUIRY_ID",
    agency="Department",
    subject=("TYPE",),
    channel="Source",
    status="CASE_STATUS",
    created="OPEN_DT",
    closed="CLOSED_DT",
    due="TARGET_DT",
    closing="CLOSURE_REASON",
    details=("CASE_TITLE", "REASON", "SUBJECT"),
    place=("Location",),
    # "Case Closed. Closed date : 2022-09-12 11:13:13.283 Case Invalid no dumpster in area": the city's code for a
    # request on which it does not act.
    refusal=re.compile(rf"Case Closed(\. Closed date : ({_BOSTON_TIME}))? (Case )?Invalid\b"),
)
NYC = Source(
    code="nyc",
    city="New York City",
    zone=_EASTERN,
    clock=straight(ZoneInfo(_EASTERN)),
    key="Unique Key",
    agency="Agency",
    subject=("Complaint Type",),
    channel="Open Data Channel Type",
    status="Status",
    created="Created Date",
    closed="Closed Date",
    due="Due Date",
    closing="Resolution Description",
    details=("Descriptor", "Location Type"),
    place=("Incident Address", "City"),
)
SF = Source(
    code="sf",
    city="San Francisco",
    zone=_PACIFIC,
    clock=straight(ZoneInfo(_PACIFIC)),
    key="unique_key",
    agency="agency_name",
    subject=("category", "complaint_type"),
    channel="source",
    status="status",
    created="created_date",
    closed="closed_date",
    closing="status_notes",
    details=("descriptor",),
    place=("incident_address", "neighborhood"),
)
SOURCES: dict[str, Source] = {source.code: source for source in (BALTIMORE, BOSTON, NYC, SF)}


@dataclass(frozen=True)
class Layout:
    """Where the columns of a source stand in one file. Names that occur twice mean the first, unless it is needed."""

    source: Source
    header: tuple[str, ...]
    positions: dict[str, int]
    repeated: tuple[str, ...]

    def cell(self, cells: Sequence[str], column: str) -> str:
        """Return what stands in the column, as it stands there; "" where the file has no such column."""
        position = self.positions.get(column)
        return "" if position is None else cells[position]


def layout_of(source: Source, header: Sequence[str]) -> Layout:
    """Find the columns of `source` in a file's header; raise WrongColumns where a needed one is not there just once."""
    plain = [_plain(name) for name in header]
    needed = source.needed()
    missing = [name for name in needed if _plain(name) not in plain]
    if missing:
        raise WrongColumns(_not_of(source, missing, plain))
    twice = [name for name in needed if plain.count(_plain(name)) > 1]
    if twice:
        raise WrongColumns(f"Which column is meant? More than one is called {', '.join(twice)}.")
    wanted = (*needed, *source.details, *source.place)
    positions = {name: plain.index(_plain(name)) for name in wanted if _plain(name) in plain}
    repeated = tuple(dict.fromkeys(name for name in header if list(header).count(name) > 1))
    return Layout(source, tuple(header), positions, repeated)


def _not_of(source: Source, missing: Sequence[str], plain: Sequence[str]) -> str:
    others = [other.code for other in SOURCES.values() if all(_plain(name) in plain for name in other.needed())]
    hint = f" It has the columns of --source {others[0]}." if others else ""
    return f"This is no file of {source.city}: it lacks the columns {', '.join(missing)}.{hint}"


def _plain(name: str) -> str:
    """Make “Unique Key” and “unique_key” the same column."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
