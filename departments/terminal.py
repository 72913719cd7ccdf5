"""What every management command reads from its words and hears while it runs."""

import signal
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event

from django.utils import timezone
from django.utils.dateparse import parse_datetime

# What a shell expects of a command that was interrupted: 128 + SIGINT.
INTERRUPTED = 130


def moment(text: str) -> datetime:
    """Read an ISO moment; one without a zone is taken in the installation's zone. Raises ArgumentTypeError."""
    try:
        found = parse_datetime(text)
    except ValueError as wrong:
        raise ArgumentTypeError(f"“{text}” is no moment: {wrong}. Write it like 2026-11-21T09:00.") from wrong
    if found is None:
        raise ArgumentTypeError(f"“{text}” is no moment. Write it like 2026-11-21T09:00 or 2026-11-21T09:00+05:00.")
    return found if found.tzinfo else timezone.make_aware(found)


@contextmanager
def stop_at_a_signal() -> Iterator[Event]:
    """An event that SIGTERM and SIGINT set, so that the piece of work in hand is finished first."""
    stop = Event()
    signals = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda *_: stop.set()) for number in signals]
    try:
        yield stop
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
