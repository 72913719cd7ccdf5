"""What a person decides about messages that no machine may move: send again, settle, hold."""

from datetime import datetime

from django.db.models import F

from messaging.models import Outgoing
from messaging.states import MAX_ATTEMPTS, State, WrongState, listed, sources_of


def resend(outgoing_id: int, *, at: datetime) -> None:
    """Send it (again) with a fresh round of attempts. The person who asks for it accepts that it may come twice."""
    _move(outgoing_id, State.PENDING, due_at=at, state_at=at, attempts_allowed=F("attempts") + MAX_ATTEMPTS)


def settle(outgoing_id: int, state: State, *, at: datetime) -> None:
    """Record what a person found out: `delivered` or `failed`."""
    if state not in (State.DELIVERED, State.FAILED):
        raise WrongState(f"a message is settled as delivered or failed, not as {state}")
    _move(outgoing_id, state, state_at=at)


def hold_all(*, at: datetime) -> int:
    """Hold everything that waits, and return how many. For the time after a restore from backup, when what the backup
    calls waiting may have been sent long ago; what is enqueued afterwards flows."""
    waiting = Outgoing.objects.filter(state__in=sources_of(State.HELD))
    return waiting.update(state=State.HELD, state_at=at)


def _move(outgoing_id: int, target: State, **changes: object) -> None:
    sources = sources_of(target)
    if Outgoing.objects.filter(pk=outgoing_id, state__in=sources).update(state=target, **changes):
        return
    state = Outgoing.objects.values_list("state", flat=True).get(pk=outgoing_id)
    raise WrongState(f"outgoing {outgoing_id} is {state}; only {listed(sources)} can become {target.value}")
