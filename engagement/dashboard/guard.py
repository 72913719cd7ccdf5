"""Keeps the public from counting too much at once: what is costly is counted for one reader at a time, and kept."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import TypeVar

from django.core.cache import cache
from redis import RedisError

# Counting an earlier moment takes seconds at a million queries; of one process, one reader at a time may ask for it,
# and what was counted is kept for so many seconds.
KEPT = 3600
_counting = Lock()

Counted = TypeVar("Counted")


class Busy(Exception):
    """Somebody else's question is just being counted."""


@contextmanager
def alone() -> Iterator[None]:
    """Hold the one place in which something costly is counted; raises Busy when it is taken."""
    if not _counting.acquire(blocking=False):
        raise Busy
    try:
        yield
    finally:
        _counting.release()


def kept(key: str, count: Callable[[], Counted]) -> Counted:
    """Return what was counted under `key` within the last hour, else count it alone; raises Busy."""

    def count_alone() -> Counted:
        with alone():
            return count()

    return remembered(key, count_alone)


def remembered(key: str, count: Callable[[], Counted]) -> Counted:
    """Return what was counted under `key` within the last hour, else count it now: for readers who need not wait for
    each other, because officials are few. Without Redis everything is counted, and no page fails."""
    there: Counted | None = None
    with suppress(RedisError):
        there = cache.get(key)
    if there is None:
        there = count()
        with suppress(RedisError):
            cache.set(key, there, KEPT)
    return there
