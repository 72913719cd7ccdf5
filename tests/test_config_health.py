"""What /healthz and /readyz tell, part by part."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from config import health
from messaging.heartbeats import beat
from messaging.models import Heartbeat, Outgoing
from messaging.states import State


@pytest.fixture
def beating(db: None) -> datetime:
    """Relay and sweep ended well just now."""
    now = timezone.now()
    beat("relay", at=now)
    beat("sweep", at=now)
    return now


def waiting(state: State, due_at: datetime) -> Outgoing:
    return Outgoing.objects.create(
        kind="email",
        recipient="amina@example.com",
        language="en",
        body="An answer.",
        dedup_key="one",
        state=state,
        due_at=due_at,
        created_at=due_at,
        state_at=due_at,
    )


@pytest.mark.django_db
def test_alive_asks_no_database(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"


def test_all_is_well(client: Client, beating: datetime) -> None:
    response = client.get("/readyz")
    parts = response.json()
    assert response.status_code == 200, parts
    assert parts["ok"] is True
    expected = ["database", "migrations", "outbox", "relay", "sweep", "tracking", "figures"]
    assert [name for name in parts if name != "ok"] == expected
    assert parts["migrations"] == {"ok": True, "missing": 0}
    assert parts["outbox"] == {"ok": True, "oldest_pending": None, "some_need_a_person": False}
    assert parts["relay"]["last_ok"] < 5
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["relay", "sweep"])
def test_a_silent_task_is_told(client: Client, beating: datetime, name: str) -> None:
    turn = health.turn_of(name)
    Heartbeat.objects.filter(name=name).update(last_ok_at=beating - 3 * turn)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()[name]["ok"] is False
    Heartbeat.objects.filter(name=name).delete()
    assert client.get("/readyz").json()[name] == {"ok": False, "last_ok": None}


def test_turns_are_those_of_beat() -> None:
    assert health.turn_of("relay") == timedelta(seconds=5)
    assert health.turn_of("sweep") == timedelta(minutes=1)


@pytest.mark.parametrize(("minutes", "good"), [(9, True), (11, False)])
def test_a_letter_that_waits_too_long_is_told(client: Client, beating: datetime, minutes: int, good: bool) -> None:
    waiting(State.PENDING, beating - timedelta(minutes=minutes))
    assert client.get("/readyz").json()["outbox"]["ok"] is good


def test_a_letter_of_unknown_fate_is_shown_and_does_not_stop_traffic(client: Client, beating: datetime) -> None:
    waiting(State.UNKNOWN, beating - timedelta(hours=5))
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["outbox"]["some_need_a_person"] is True


def test_a_missing_migration_is_told(client: Client, beating: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'messaging'")
    parts = client.get("/readyz").json()
    assert parts["ok"] is False
    assert parts["migrations"]["missing"] >= 1


def test_a_database_that_is_away_is_told_without_a_crash(
    client: Client, beating: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", away)
        response = client.get("/readyz")
    assert response.status_code == 503
    assert {part["ok"] for name, part in response.json().items() if name != "ok"} == {False}
    assert "away" not in response.content.decode()
