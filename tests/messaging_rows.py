"""What the tests of messaging have in common: envelopes, a channel, a clock that is told, and two adapters."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from departments.channels import ChannelKind
from departments.models import Calendar, Channel, Department
from messaging.adapters import Parcel, Receipt
from messaging.models import Outgoing
from messaging.outbox import Envelope, enqueue
from messaging.relay import Report, relay_once

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def envelope(key: str, **changes: Any) -> Envelope:
    given: dict[str, Any] = {
        "kind": ChannelKind.EMAIL,
        "recipient": f"{key}@example.pk",
        "language": "en",
        "subject": "Your query",
        "body": "We have it.",
        "dedup_key": key,
    }
    return Envelope(**given | changes)


def outgoing(key: str, *, at: datetime = AT, **changes: Any) -> Outgoing:
    """A row as `enqueue` makes it, then changed as told."""
    columns = {name: changes.pop(name) for name in list(changes) if name not in Envelope.__dataclass_fields__}
    enqueue(envelope(key, **changes), at=at)
    Outgoing.objects.filter(dedup_key=key).update(**columns)
    return Outgoing.objects.get(dedup_key=key)


def channel(kind: ChannelKind = ChannelKind.EMAIL, address: str = "help@law.example.pk") -> Channel:
    calendar, _ = Calendar.objects.get_or_create(code="office", name={"en": "Office"})
    department, _ = Department.objects.get_or_create(code="law", name={"en": "Law"}, calendar=calendar)
    return Channel.objects.create(department=department, kind=kind, name={"en": "Mail"}, address=address)


def clock_at(at: datetime) -> Callable[[], datetime]:
    return lambda: at


def run(at: datetime = AT, **options: Any) -> Report:
    """One run of the relay with the clock standing still."""
    return relay_once(clock=clock_at(at), **options)


def fresh(row: Outgoing) -> Outgoing:
    return Outgoing.objects.get(pk=row.pk)


@contextmanager
def just_before(statement: str, action: Callable[[], object]) -> Iterator[None]:
    """Do `action` once, just before the first statement that begins so: what another process would do in between."""
    left = [action]

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if left and sql.startswith(statement):
            left.pop()()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield


class Recording:
    """An adapter that keeps what it got, and does what `then` says."""

    name = "recording"
    has_idempotency_key = False

    def __init__(self) -> None:
        self.got: list[Parcel] = []
        self.then: Callable[[Parcel], str] = lambda parcel: f"ref-{parcel.dedup_key}"

    def deliver(self, parcel: Parcel) -> Receipt:
        self.got.append(parcel)
        return Receipt(self.then(parcel))


class RecordingWithKey(Recording):
    has_idempotency_key = True
