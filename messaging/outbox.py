"""The way out: messages are written in the transaction of the decision they tell, and nothing is called."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from messaging.adapters import kinds_with_adapter
from messaging.envelopes import BadEnvelope, Envelope
from messaging.models import Outgoing
from messaging.states import State, WrongState

__all__ = ["BadEnvelope", "Envelope", "by_hand_done", "enqueue", "outgoing_by_key"]

# Rows a statement: far below SQLite's limit of variables.
_ROWS = 500


@transaction.atomic
def enqueue(*envelopes: Envelope, at: datetime) -> list[str]:
    """Write the messages in the caller's transaction, and return their keys.

    A key that is already in the outbox changes nothing: the message is there, sent or not. Because of that no row can
    be returned; ask `outgoing_by_key`. What no machine can send is `by_hand` from the start. Never calls a broker or a
    network, so the request that decides does not wait for either.
    """
    sendable = kinds_with_adapter()
    Outgoing.objects.bulk_create(
        [_row(envelope, at, envelope.kind in sendable) for envelope in envelopes],
        batch_size=_ROWS,
        ignore_conflicts=True,
    )
    return [envelope.dedup_key for envelope in envelopes]


def _row(envelope: Envelope, at: datetime, sendable: object) -> Outgoing:
    return Outgoing(
        kind=envelope.kind,
        channel_id=envelope.channel_id,
        recipient=envelope.recipient,
        language=envelope.language,
        subject=envelope.subject,
        body=envelope.body,
        dedup_key=envelope.dedup_key,
        state=State.PENDING if sendable else State.BY_HAND,
        due_at=at,
        created_at=at,
        state_at=at,
    )


def outgoing_by_key(keys: Iterable[str]) -> dict[str, Outgoing]:
    """The rows of these keys; a key that was never enqueued is absent."""
    return {row.dedup_key: row for row in Outgoing.objects.filter(dedup_key__in=list(keys))}


def by_hand_done(outgoing_id: int, *, at: datetime) -> None:
    """A person said, handed over or posted it. WrongState when it was not waiting for that (or already is done)."""
    done = Outgoing.objects.filter(pk=outgoing_id, state=State.BY_HAND)
    if not done.update(state=State.DELIVERED, state_at=at):
        raise WrongState(f"outgoing {outgoing_id} is not waiting to be done by a person")
