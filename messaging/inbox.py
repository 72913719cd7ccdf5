"""The way in: an arrival is kept raw before anything is read from it, once, and offered until a reader took it."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from departments.channels import ChannelKind
from departments.models import Channel
from messaging.envelopes import storable
from messaging.models import Incoming
from messaging.states import LARGEST_ARRIVAL, MAX_READINGS, READING_LEASE, IncomingState, WrongState

_ID_LENGTH = 255


class TooLarge(ValueError):
    """The arrival is larger than we keep; nothing was written."""


def receive(
    channel: Channel, external_id: str, raw: bytes, headers: Mapping[str, str], *, at: datetime
) -> tuple[Incoming, bool]:
    """Keep an arrival, and say whether it is new. Of copies that come at once one is kept, on every database; the
    sender may be answered when this has returned and the transaction is committed."""
    if len(raw) > LARGEST_ARRIVAL:
        raise TooLarge(f"{len(raw)} bytes; at most {LARGEST_ARRIVAL} are kept")
    if not external_id:
        raise ValueError("an arrival needs an external id, else its copies could not be told")
    return Incoming.objects.get_or_create(
        channel=channel,
        external_id=_id_of(external_id),
        defaults={
            "raw": raw,
            "headers": {storable(name): storable(value) for name, value in headers.items()},
            "received_at": at,
            "due_at": at,
            "state_at": at,
        },
    )


def claim(kinds: Collection[ChannelKind], *, at: datetime, limit: int = 10) -> list[Incoming]:
    """Take up to `limit` arrivals on these kinds of channel for reading, oldest first.

    The claim is counted before the work. An arrival that was claimed MAX_READINGS times and never taken is put aside
    here with the last reason that is known. Who claims must call `taken`, `put_back` or `parked` within READING_LEASE.
    """
    waiting = Incoming.objects.filter(state=IncomingState.PENDING, due_at__lte=at, channel__kind__in=list(kinds))
    claimed = []
    for arrival in waiting.order_by("due_at", "pk")[:limit]:
        if arrival.attempts >= MAX_READINGS:
            reason = arrival.note or "its reader never came back"
            _change(arrival, IncomingState.PARKED, at, note=f"given up after {arrival.attempts} readings: {reason}")
        elif _change(arrival, IncomingState.PENDING, at, attempts=arrival.attempts + 1, due_at=at + READING_LEASE):
            arrival.attempts += 1
            claimed.append(arrival)
    return claimed


def taken(arrival: Incoming, *, at: datetime) -> None:
    """It was read. Call this in the transaction that writes what was read: of two readers whose leases overlapped,
    the second gets WrongState, and its transaction must not commit."""
    _finish(arrival, IncomingState.TAKEN, at)


def put_back(arrival: Incoming, reason: str, *, at: datetime, pause: timedelta = READING_LEASE) -> None:
    """It could not be read now; it is offered again after `pause`, with the reason kept."""
    _finish(arrival, IncomingState.PENDING, at, note=reason, due_at=at + pause)


def parked(arrival: Incoming, reason: str, *, at: datetime) -> None:
    """It can never be read as it is; a person sees it with the reason."""
    _finish(arrival, IncomingState.PARKED, at, note=reason)


def reread(incoming_id: int, *, at: datetime) -> None:
    """Offer a parked arrival again, as if it had just come."""
    parked_one = Incoming.objects.filter(pk=incoming_id, state=IncomingState.PARKED)
    if not parked_one.update(state=IncomingState.PENDING, attempts=0, due_at=at, state_at=at):
        raise WrongState(f"incoming {incoming_id} is not put aside")


def _change(arrival: Incoming, state: IncomingState, at: datetime, **changes: object) -> bool:
    """Compare and swap: only the reader who saw the row as it is now may change it."""
    same = Incoming.objects.filter(pk=arrival.pk, state=IncomingState.PENDING, attempts=arrival.attempts)
    if state != IncomingState.PENDING:
        changes["state_at"] = at
    return same.update(state=state, **changes) == 1


def _finish(arrival: Incoming, state: IncomingState, at: datetime, **changes: object) -> None:
    if not _change(arrival, state, at, **changes):
        raise WrongState(f"incoming {arrival.pk} has another reader by now")


def _id_of(external_id: str) -> str:
    """Senders choose their ids: one that is too long or cannot be stored is kept by its hash, never refused."""
    if len(external_id) <= _ID_LENGTH and external_id == storable(external_id):
        return external_id
    return "sha256:" + hashlib.sha256(external_id.encode("utf-8", "surrogatepass")).hexdigest()
