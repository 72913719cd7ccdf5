"""The relay: claims what is due, hands it to the adapters, and records what became of it.

Kill it at any moment and no message is lost, and none is sent twice by a machine: the claim is committed before the
call, the call is made outside any transaction, and what a dead relay left behind is tried again only where the
provider drops a second copy by its key. Everywhere else it becomes `unknown` and waits for a person.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from messaging.adapters import Adapter, Parcel, PermanentFailure, TemporaryFailure, Uncertain, adapter_for
from messaging.envelopes import PROVIDER_REF_LENGTH, storable
from messaging.heartbeats import beat
from messaging.masking import without
from messaging.models import Attempt, Outgoing, OutgoingQuerySet
from messaging.receipts import forward
from messaging.states import HOURLY_CAP, LEASE, STUMBLES, WINDOW, Result, State, after, retry_at

HEARTBEAT = "relay"

# Characters kept of what a provider said.
DETAIL_LENGTH = 1000


@dataclass
class Report:
    """What one run did: `results` of its calls, and what it did without a call."""

    is_held: bool = False
    results: Counter[str] = field(default_factory=Counter)
    leases_over: int = 0
    deferred: int = 0
    given_to_a_person: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.results or self.leases_over or self.deferred or self.given_to_a_person)


@dataclass(frozen=True)
class Answer:
    """What came of one call."""

    result: Result
    detail: str = ""
    provider_ref: str = ""
    retry_after: timedelta | None = None


def _never() -> bool:
    return False


def relay_once(
    *,
    clock: Callable[[], datetime],
    batch: int = 100,
    lease: timedelta = LEASE,
    stopping: Callable[[], bool] = _never,
) -> Report:
    """Settle the leases that are over, then send up to `batch` due messages, oldest first.

    Takes a clock where every other verb takes `at`: a run lasts as long as its providers take, and a lease or an
    ending written with the moment of its start would be wrong by minutes. `stopping` is asked between two messages.
    Must not be called inside a transaction. With settings.RELAY_HELD nothing is touched and the report says so.
    """
    report = Report(is_held=settings.RELAY_HELD)
    if not report.is_held:
        _settle_leases(clock, batch, report)
        _send_due(clock, batch, lease, stopping, report)
    beat(HEARTBEAT, at=clock(), detail="held" if report.is_held else "")
    return report


def _settle_leases(clock: Callable[[], datetime], batch: int, report: Report) -> None:
    """A relay that lets its lease run out is dead or stuck, and what it did is not known."""
    now = clock()
    for row in Outgoing.objects.leases_over(now).order_by("lease_until")[:batch]:
        lost = Answer(Result.LOST, "the relay that sent it never reported")
        report.leases_over += _settle(row, lost, now)


def _send_due(
    clock: Callable[[], datetime], batch: int, lease: timedelta, stopping: Callable[[], bool], report: Report
) -> None:
    stumbles: Counter[str] = Counter()
    for row in Outgoing.objects.due(clock()).oldest_first().select_related("channel")[:batch]:
        if stopping():
            return
        adapter = adapter_for(row.kind)
        if adapter is None:
            report.given_to_a_person += _give_to_a_person(row, clock())
        elif stumbles[row.kind] < STUMBLES:
            result = _send(row, adapter, clock, lease, report)
            stumbles[row.kind] = stumbles[row.kind] + 1 if result is Result.TEMPORARY else 0


def _send(
    row: Outgoing, adapter: Adapter, clock: Callable[[], datetime], lease: timedelta, report: Report
) -> Result | None:
    """Claim, call, record; None when there was nothing to call for."""
    number = row.attempts + 1
    if not _claim(row, number, clock(), lease):
        report.deferred += _defer(row, clock())
        return None
    try:
        answer = _call(adapter, row)
    except Exception as fault:
        # A fault of ours in the adapter: whether it sent is not known. Recorded, then raised to be seen.
        _record(row, number, Answer(Result.UNCERTAIN, f"fault in the adapter: {type(fault).__name__}"), clock())
        raise
    _record(row, number, answer, clock())
    report.results[answer.result.value] += 1
    return answer.result


def _claim(row: Outgoing, number: int, now: datetime, lease: timedelta) -> bool:
    """Take the row by compare-and-swap and count the attempt, committed before the call. Of any number of relays on
    either database one wins; it loses too when the recipient had as much as he may get in an hour."""
    with transaction.atomic(durable=True):
        free = Outgoing.objects.due(now).within_cap(row.kind, now).filter(pk=row.pk, attempts=row.attempts)
        won = free.update(
            state=State.ATTEMPTING,
            attempts=number,
            attempted_at=now,
            lease_until=now + lease,
            state_at=now,
        )
        if won:
            Attempt.objects.create(outgoing=row, number=number, started_at=now)
    return won == 1


def _defer(row: Outgoing, now: datetime) -> int:
    """Put a message off until its recipient may get one more; 0 when that is not why it could not be claimed."""
    cap = HOURLY_CAP.get(row.kind)
    if cap is None:
        return 0
    sent = Outgoing.objects.perhaps_reached(row.kind, row.recipient, now - WINDOW)
    oldest = sent.values_list("attempted_at", flat=True)[cap - 1 : cap].first()
    if oldest is None:
        return 0
    return Outgoing.objects.due(now).filter(pk=row.pk, attempts=row.attempts).update(due_at=oldest + WINDOW)


def _give_to_a_person(row: Outgoing, now: datetime) -> int:
    """The kind lost its adapter after the message was written: it must not wait for a machine for ever."""
    return Outgoing.objects.due(now).filter(pk=row.pk).update(state=State.BY_HAND, state_at=now)


def _call(adapter: Adapter, row: Outgoing) -> Answer:
    parcel = Parcel(
        dedup_key=row.dedup_key,
        recipient=row.recipient,
        language=row.language,
        subject=row.subject,
        body=row.body,
        reply_to=row.channel.address if row.channel else "",
    )
    try:
        receipt = adapter.deliver(parcel)
    except TemporaryFailure as refusal:
        return Answer(Result.TEMPORARY, str(refusal), retry_after=refusal.retry_after)
    except PermanentFailure as refusal:
        return Answer(Result.PERMANENT, str(refusal))
    except Uncertain as doubt:
        return Answer(Result.UNCERTAIN, str(doubt))
    return Answer(Result.ACCEPTED, provider_ref=receipt.provider_ref)


def _record(row: Outgoing, number: int, answer: Answer, now: datetime) -> None:
    """Write what became of attempt `number`, unless someone else has by now: compare-and-swap on state and attempts.

    A yes of the provider is a fact even when it comes after the lease: then it is applied forward, which takes the
    message off the list of a person or spares a second call.
    """
    changes = _changes(row, number, answer, now)
    with transaction.atomic(durable=True):
        moved = _under_way(row, number).update(**changes)
        if not moved and answer.result is Result.ACCEPTED:
            forward(row.pk, State.ACCEPTED, at=now, provider_ref=changes["provider_ref"])
        _close(row, number, answer, now)


def _settle(row: Outgoing, answer: Answer, now: datetime) -> bool:
    """Write that the attempt under way is lost, unless its relay or another one has written something by now."""
    with transaction.atomic(durable=True):
        over = _under_way(row, row.attempts).filter(lease_until__lt=now)
        moved = over.update(**_changes(row, row.attempts, answer, now)) == 1
        if moved:
            _close(row, row.attempts, answer, now)
    return moved


def _under_way(row: Outgoing, number: int) -> OutgoingQuerySet:
    return Outgoing.objects.filter(pk=row.pk, state=State.ATTEMPTING, attempts=number)


def _changes(row: Outgoing, number: int, answer: Answer, now: datetime) -> dict[str, Any]:
    adapter = adapter_for(row.kind)
    tries_left = max(0, row.attempts_allowed - number)
    repeatable = adapter is not None and adapter.has_idempotency_key
    return {
        "state": after(answer.result, tries_left=tries_left, repeatable=repeatable),
        "due_at": retry_at(answer.result, now, tries_left=tries_left, asked=answer.retry_after),
        "lease_until": None,
        "provider_ref": storable(answer.provider_ref)[:PROVIDER_REF_LENGTH],
        "failure": _told(row, answer),
        "state_at": now,
    }


def _close(row: Outgoing, number: int, answer: Answer, now: datetime) -> None:
    tries = Attempt.objects.filter(outgoing=row, number=number)
    tries.update(ended_at=now, result=answer.result, detail=_told(row, answer))


def _told(row: Outgoing, answer: Answer) -> str:
    return without(row.recipient, storable(answer.detail))[:DETAIL_LENGTH]
