"""Whether messages flow: the few numbers that a watcher outside needs, at a price that does not grow with the table."""

from datetime import datetime, timedelta

from messaging.models import Incoming, Outgoing
from messaging.states import IncomingState, State

# Rows are counted up to here: "100 or more" is alarm enough, and counting further costs most when there is least time.
COUNTED_TO = 100


def oldest_pending_age(at: datetime) -> timedelta | None:
    """For how long the first waiting message has been due; None when none is. It grows when no relay runs; a message
    that waits for its next attempt is not due, see `retrying_count`."""
    first = Outgoing.objects.due(at).oldest_first().values_list("due_at", flat=True).first()
    return None if first is None else at - first


def retrying_count() -> int:
    """Messages that were refused for now: a few are full mailboxes, many are a provider that is down."""
    return Outgoing.objects.retried()[:COUNTED_TO].count()


def unknown_count() -> int:
    """Messages that were perhaps sent, and wait for a person."""
    return Outgoing.objects.for_a_person().filter(state=State.UNKNOWN)[:COUNTED_TO].count()


def has_unknown() -> bool:
    return Outgoing.objects.for_a_person().filter(state=State.UNKNOWN).exists()


def parked_count() -> int:
    """Arrivals that no reader could read."""
    return Incoming.objects.filter(state=IncomingState.PARKED)[:COUNTED_TO].count()
