"""Two processes where the machine and the database allow it: each with a connection of its own, none left behind."""

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db import connection, connections

HANDS = 2


def can_share() -> bool:
    """Whether work may be shared: only a server lets two write at once, and only a fork carries patterns over."""
    return connection.vendor == "postgresql" and "fork" in multiprocessing.get_all_start_methods()


def shared(work: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
    """Yield what `work` (a function of a module) returns for each item, as it comes.

    No connection is carried into the other processes. They leave an interruption to this one, which ends them.
    """
    connections.close_all()
    context = multiprocessing.get_context("fork")
    with context.Pool(HANDS, initializer=_begin) as pool:
        yield from pool.imap_unordered(work, items)


def _begin() -> None:
    """What is still open here belongs to the first process: Django keeps the connections of a thread in which an event
    loop runs apart from its others, and closes only those of the moment."""
    for inherited in connections.all(initialized_only=True):
        del connections[inherited.alias]
    _leave_interruptions()


def _leave_interruptions() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
