"""Whether this process lives (/healthz) and whether the installation keeps its promises now (/readyz)."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseProblem
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from complaints import lookups
from messaging import health, heartbeats

# A letter that waits longer is late, whatever the channel.
LONGEST_WAIT = timedelta(minutes=10)
# A task that missed this many of its turns has stopped.
MISSED_TURNS = 3

Part = dict[str, Any]


@login_not_required
def alive(request: HttpRequest) -> HttpResponse:
    """This process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})


@login_not_required
def ready(request: HttpRequest) -> HttpResponse:
    """Each part with what was measured (ages in seconds); 503 when any is bad."""
    parts = parts_at(timezone.now())
    good = all(part["ok"] for part in parts.values())
    return JsonResponse({"ok": good, **parts}, status=200 if good else 503, headers={"Cache-Control": "no-store"})


def parts_at(at: datetime) -> dict[str, Part]:
    """Return what is measured at `at` (aware), part by part."""
    measures: dict[str, Callable[[datetime], Part]] = {
        "database": _database,
        "migrations": _migrations,
        "outbox": _outbox,
        "relay": lambda at: _heartbeat("relay", at),
        "sweep": lambda at: _heartbeat("sweep", at),
        "tracking": _tracking,
        "figures": _figures,
    }
    return {name: _measured(measure, at) for name, measure in measures.items()}


def _tracking(at: datetime) -> Part:
    """Guessing of tracking codes is told, but takes no server out of service: that would do the guesser's work."""
    wrong = lookups.wrong_lately(at)
    return {"ok": True, "wrong_a_minute": wrong, "alarm": wrong > lookups.WRONG_IN_ALL}


def _measured(measure: Callable[[datetime], Part], at: datetime) -> Part:
    try:
        return measure(at)
    except DatabaseProblem:
        return {"ok": False, "why": "the database does not answer"}


def _database(at: datetime) -> Part:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"ok": True}


def _migrations(at: datetime) -> Part:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    return {"ok": missing == 0, "missing": missing}


def _outbox(at: datetime) -> Part:
    """Letters whose fate is unknown wait for a person; they are shown, and do not make the site unready."""
    age = health.oldest_pending_age(at)
    return {
        "ok": age is None or age < LONGEST_WAIT,
        "oldest_pending": _seconds(age),
        "some_need_a_person": health.has_unknown(),
    }


def _heartbeat(name: str, at: datetime) -> Part:
    age = heartbeats.age(name, at)
    return {"ok": age is not None and age < MISSED_TURNS * turn_of(name), "last_ok": _seconds(age)}


def _figures(at: datetime) -> Part:
    """Each page says as of when it was counted; a count that stopped or differs is shown, and the site stays ready."""
    return {"ok": True, "last_ok": _seconds(heartbeats.age("tally", at)), "recount": heartbeats.detail("recount")}


def turn_of(name: str) -> timedelta:
    """Return how often Celery beat calls the task that writes the heartbeat `name`."""
    entries: Iterable[dict[str, Any]] = settings.CELERY_BEAT_SCHEDULE.values()
    return timedelta(seconds=next(entry["schedule"] for entry in entries if entry["task"].endswith(f".{name}")))


def _seconds(age: timedelta | None) -> float | None:
    return None if age is None else round(age.total_seconds(), 1)
