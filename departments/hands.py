"""What large work is done with: two processes where the machine and the database allow it, each with a connection of
its own and none left behind; and memory."""

import gc
import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections, transaction

HANDS = 2
# In which a quarter of a million queries is sorted and grouped without a disk.
MEMORY = "128MB"


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
        # They end by themselves; only where this is broken off are they told to.
        pool.close()
        pool.join()


def _begin() -> None:
    """What is still open here belongs to the first process: Django keeps the connections of a thread in which an event
    loop runs apart from its others, and closes only those of the moment."""
    for inherited in connections.all(initialized_only=True):
        del connections[inherited.alias]
    _leave_interruptions()
    # What the first process does at this signal is no answer for one that is to end.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _leave_interruptions() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def room() -> Iterator[None]:
    """Let each step of a question sort and group in much memory (MEMORY), within one transaction: PostgreSQL's usual
    4 MB are meant for many small questions at once. What is read row by row is read to its end: PostgreSQL
    expects that a reader stops after a tenth, and looks up one by one what it had better put side by side."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('work_mem', %s, true), set_config('cursor_tuple_fraction', '1', true)", [MEMORY]
                )
        yield


@contextmanager
def unsearched() -> Iterator[None]:
    """Let Python not search for cycles meanwhile: through a million rows that all stay until the end, and of which none
    is in a cycle, it would go again and again, for a tenth or more of its time."""
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searched:
            gc.enable()
