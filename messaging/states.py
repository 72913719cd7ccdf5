"""What can become of a message: its states, who may move it where, when it is tried again, and when we give up."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from departments.errors import Stale


class State(models.TextChoices):
    """Where an outgoing message stands. `unknown` is not a failure: the provider may have sent it, so no machine
    may send it again without an idempotency key, and a person decides."""

    PENDING = "pending", _("Waiting to be sent")
    ATTEMPTING = "attempting", _("Being sent")
    ACCEPTED = "accepted", _("Accepted by the provider")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Perhaps sent")
    BY_HAND = "by_hand", _("To be done by a person")
    HELD = "held", _("Held for review")


class Result(models.TextChoices):
    """How one attempt ended; `lost` when the relay that made it never reported."""

    ACCEPTED = "accepted", _("Accepted")
    TEMPORARY = "temporary", _("Refused for now")
    PERMANENT = "permanent", _("Refused for good")
    UNCERTAIN = "uncertain", _("No clear answer")
    LOST = "lost", _("Not reported")


class WrongState(Stale):
    """A message is not in a state from which the wanted move is allowed; nothing was changed."""


# No machine moves a message out of these.
FINAL = frozenset({State.DELIVERED, State.FAILED})

# Shown to a person, who decides.
FOR_A_PERSON = (State.UNKNOWN, State.FAILED, State.BY_HAND, State.HELD)

# Moves that only a person makes. A message that may have been sent is never sent again but by him.
MOVES_BY_A_PERSON: dict[State, frozenset[State]] = {
    State.PENDING: frozenset({State.HELD}),
    State.UNKNOWN: frozenset({State.PENDING, State.DELIVERED, State.FAILED}),
    State.HELD: frozenset({State.PENDING, State.DELIVERED, State.FAILED}),
    State.FAILED: frozenset({State.PENDING}),
    State.BY_HAND: frozenset({State.DELIVERED, State.FAILED}),
}

# What the provider reports is applied only upwards, because its reports come late, twice and out of order.
# `delivered` stands above `failed`: a message that has arrived did arrive, whatever an earlier report said.
RANK: dict[State, int] = {
    State.PENDING: 0,
    State.HELD: 0,
    State.BY_HAND: 0,
    State.ATTEMPTING: 1,
    State.UNKNOWN: 2,
    State.ACCEPTED: 3,
    State.FAILED: 4,
    State.DELIVERED: 5,
}

# The states that a provider can report.
REPORTABLE = frozenset({State.ACCEPTED, State.DELIVERED, State.FAILED})

# Longer than any adapter's own time limit for one message; a lease covers one message, not a batch.
LEASE = timedelta(minutes=2)

# The wait after the first, second, ... attempt that was refused for now: about two days in all, so that a mail
# server may be away for a weekend night and a holiday morning. After the last one we give up.
BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
MAX_ATTEMPTS = len(BACK_OFF) + 1

# A provider that asks for a longer pause than this is taken to mean "tomorrow".
LONGEST_PAUSE = timedelta(hours=24)

# Refusals in a row after which a kind of channel is left alone for the rest of one run, so that a provider that is
# down neither holds up the other kinds nor uses up the attempts of every message.
STUMBLES = 3

# Kinds of channel on which one recipient gets at most so many messages in WINDOW: the backstop against two
# machines that answer each other (RFC 3834, section 2).
HOURLY_CAP = {"email": 3}
WINDOW = timedelta(hours=1)


def below(state: State) -> list[State]:
    """The states that a report of `state` may replace."""
    return [other for other in State if RANK[other] < RANK[state]]


def sources_of(target: State) -> list[State]:
    """The states from which a person may move a message to `target`."""
    return [state for state, targets in MOVES_BY_A_PERSON.items() if target in targets]


def after(result: Result, *, tries_left: int, repeatable: bool) -> State:
    """The state that follows an attempt. `repeatable`: the provider drops a second copy by its key."""
    if result is Result.ACCEPTED:
        return State.ACCEPTED
    if result is Result.PERMANENT:
        return State.FAILED
    if result is Result.TEMPORARY:
        return State.PENDING if tries_left else State.FAILED
    return State.PENDING if repeatable and tries_left else State.UNKNOWN


def retry_at(result: Result, at: datetime, *, tries_left: int, asked: timedelta | None = None) -> datetime:
    """The moment of the next attempt: by BACK_OFF, later when the provider asked for it. At once when the relay died,
    which says nothing about the provider. Without jitter, so that the same history gives the same moment."""
    if result is Result.LOST or not tries_left:
        return at
    own = BACK_OFF[MAX_ATTEMPTS - 1 - tries_left]
    return at + max(own, min(asked or own, LONGEST_PAUSE))


def listed(states: Iterable[State]) -> str:
    """The states as a person reads them in an error."""
    return ", ".join(sorted(state.value for state in states))


class IncomingState(models.TextChoices):
    """Where an arrival stands: waiting, taken over by the room that reads it, or put aside with the reason."""

    PENDING = "pending", _("Waiting")
    TAKEN = "taken", _("Taken")
    PARKED = "parked", _("Put aside")


# An arrival that was claimed and not taken is offered again after this, and put aside after so many claims: a body
# that kills its reader must not kill it for ever.
READING_LEASE = timedelta(minutes=5)
MAX_READINGS = 5

# Bytes of one arrival; mail servers commonly stop at 25 MB too.
LARGEST_ARRIVAL = 25 * 1024 * 1024
