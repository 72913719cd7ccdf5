"""The only writer and the only checker of the event trail."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from django.db.models import OuterRef, Subquery

from complaints.actors import By, kind_of, official_of
from complaints.chain import FIRST, EventKind, digest
from complaints.models import Complaint, Event


class Chained(Protocol):
    """What remembers the end of a chain: a complaint, or the few columns of it that a sweep reads."""

    pk: int
    trail_length: int
    trail_hash: str


class Link(NamedTuple):
    """One event, by the names of its columns."""

    complaint_id: int
    number: int
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    official_id: int | None
    data: dict[str, Any]
    previous_hash: str
    hash: str


def append(
    complaint: Complaint, kind: EventKind, *, by: By, at: datetime, occurred_at: datetime | None = None, **data: Any
) -> Event:
    """Write the next event of `complaint` and carry the chain's end on the instance; the caller saves it.

    Call under the complaint's lock. `data` holds identifiers and digests only, never personal text.
    """
    event = Event(**next_link(complaint, kind, by=by, at=at, occurred_at=occurred_at, data=data)._asdict())
    event.save(force_insert=True)
    return event


def next_link(
    complaint: Chained, kind: EventKind, *, by: By, at: datetime, occurred_at: datetime | None, data: dict[str, Any]
) -> Link:
    """Return the next event as a row, and move the chain's end on `complaint`; the sweep writes many at once."""
    official = official_of(by)
    official_id = official.pk if official else None
    number, previous, actor = complaint.trail_length + 1, complaint.trail_hash or FIRST, kind_of(by)
    occurred = occurred_at or at
    hashed = digest(previous, complaint.pk, number, kind, occurred, at, actor, official_id, data)
    complaint.trail_length, complaint.trail_hash = number, hashed
    return Link(complaint.pk, number, kind.value, occurred, at, actor, official_id, data, previous, hashed)


def hash_of(event: Event) -> str:
    """Return the hash that `event`'s own fields give."""
    return digest(
        event.previous_hash,
        event.complaint_id,
        event.number,
        event.kind,
        event.occurred_at,
        event.recorded_at,
        event.actor,
        event.official_id,
        event.data,
    )


def broken_links() -> Iterator[str]:
    """Yield a sentence for each place where a chain is broken: a changed, missing or added event, or a trail whose
    end is not the one that the complaint remembers. Walks all events once, in bounded memory."""
    number, previous = 0, FIRST
    current: int | None = None
    ends = Complaint.objects.order_by("pk").values_list("pk", "reference", "trail_length", "trail_hash")
    remembered = ends.iterator(chunk_size=2000)
    complaint = next(remembered, None)
    events = Event.objects.order_by("complaint_id", "number").iterator(chunk_size=2000)
    for event in events:
        if event.complaint_id != current:
            while complaint is not None and complaint[0] < event.complaint_id:
                yield from _wrong_end(complaint, number if complaint[0] == current else 0, previous)
                complaint = next(remembered, None)
            current, number, previous = event.complaint_id, 0, FIRST
        number += 1
        where = f"event {event.pk} (complaint {event.complaint_id}, number {event.number})"
        if event.number != number or event.previous_hash != previous:
            yield f"{where} does not follow the one before it: an event was removed or added."
            number = event.number
        if hash_of(event) != event.hash:
            yield f"{where} was changed after it was written."
        previous = event.hash
    while complaint is not None:
        yield from _wrong_end(complaint, number if complaint[0] == current else 0, previous)
        complaint = next(remembered, None)


def _wrong_end(complaint: tuple[int, str, int, str], number: int, last_hash: str) -> Iterator[str]:
    pk, reference, length, end_hash = complaint
    if number == length and last_hash == end_hash:
        return
    # Events are written while this walks; only what is still wrong when both are read in one statement is wrong.
    tail = Event.objects.filter(complaint=OuterRef("pk")).order_by("-number")
    now = Complaint.objects.annotate(
        last=Subquery(tail.values("number")[:1]), last_hash=Subquery(tail.values("hash")[:1])
    )
    row = now.values_list("trail_length", "trail_hash", "last", "last_hash").get(pk=pk)
    if (row[0], row[1]) != (row[2] or 0, row[3] or ""):
        yield f"the trail of complaint {pk} ({reference}) ends at event {row[2] or 0}, it should end at {row[0]}."
