"""Once-1 and Say-1 with real processes: relays are killed at random, and the provider's ledger is the judge."""

import json
import os
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest

from tests.fake_provider import duplicates

PROJECT = Path(__file__).resolve().parent.parent
MESSAGES = 150  # half of them on a kind whose provider knows our key
RELAYS = 3
KILLS = 12
KILLING = 120.0  # seconds, at most: how long a relay takes to begin depends on what else the machine does
BETWEEN_KILLS = 0.3  # so that the last of them is killed long before the messages are told
LEASE = 3.0
DELAY = 0.15  # what a call takes, so that most kills fall into one
PATIENCE = 30.0  # seconds for draining, on a machine that is busy with other things

ENQUEUE = """
from django.utils import timezone
from messaging.outbox import Envelope, enqueue
enqueue(*(
    Envelope(kind=kind, recipient=f"r{number}@example.pk", language="en", body="text", dedup_key=f"{kind}:{number}")
    for number in range(COUNT // 2) for kind in ("email", "sms")
), at=timezone.now())
"""
WAIT_AND_TELL = """
import json, time
from messaging.models import Outgoing
end = time.monotonic() + PATIENCE
moving = Outgoing.objects.filter(state__in=("pending", "attempting"))
while moving.exists() and time.monotonic() < end:
    time.sleep(0.2)
print(json.dumps(list(Outgoing.objects.values("dedup_key", "kind", "state", "attempts"))))
"""


@dataclass
class Relay:
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def is_running(self) -> bool:
        return self.log.stat().st_size > 0


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    """The address of a database of this test's own, on the kind of server that the test run uses."""
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith("postgres"):
        yield f"sqlite:///{tmp_path / 'kill.sqlite3'}"
        return
    name = f"kill_{os.getpid()}"
    _on_server(given, f'CREATE DATABASE "{name}"')
    yield urlunsplit(urlsplit(given)._replace(path=f"/{name}"))
    _on_server(given, f'DROP DATABASE "{name}" WITH (FORCE)')


def _on_server(address: str, statement: str) -> None:
    connection = psycopg2.connect(address)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


@contextmanager
def provider() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fake_provider", "--delay", str(DELAY)],
        cwd=PROJECT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


class House:
    """An installation of its own: database, folder, settings; and the relays that run in it."""

    def __init__(self, folder: Path, database: str, provider_url: str) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "DATABASE_URL": database,
            "JAWAB_VAR": str(folder / "var"),
            "DJANGO_SETTINGS_MODULE": "tests.settings_fake_provider",
            "FAKE_PROVIDER_URL": provider_url,
        }
        self.relays: list[Relay] = []
        self.started = 0

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            self._command(*arguments), cwd=PROJECT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, code: str) -> str:
        return self.manage("shell", "--no-imports", "-c", code)

    def start_relay(self) -> None:
        self.started += 1
        log = self.folder / f"relay-{self.started}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                self._command("relay", "--skip-checks", "--lease", str(LEASE)),
                cwd=PROJECT,
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self.relays.append(Relay(process, log))

    def kill_a_relay(self, dice: random.Random) -> bool:
        """Kill -9 one that has begun to work, and start another; False when none has yet."""
        running = [relay for relay in self.relays if relay.is_running]
        if not running:
            return False
        victim = dice.choice(running)
        assert victim.process.poll() is None, victim.log.read_text()
        victim.process.kill()
        victim.process.wait()
        self.relays.remove(victim)
        self.start_relay()
        return True

    def stop_relays(self) -> list[int]:
        for relay in self.relays:
            relay.process.terminate()
        return [relay.process.wait(timeout=20) for relay in self.relays]

    def destroy(self) -> None:
        for relay in self.relays:
            relay.process.kill()
            relay.process.wait()

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "manage.py", *arguments]


@pytest.mark.processes
def test_fault_F2_relays_killed_at_random_tell_nobody_twice_and_leave_nothing_unsaid(
    tmp_path: Path, database: str
) -> None:
    dice = random.Random(2026)
    kills = 0
    with ExitStack() as stack:
        url = stack.enter_context(provider())
        house = House(tmp_path, database, url)
        stack.callback(house.destroy)
        house.manage("migrate", "messaging", "-v0", "--skip-checks")
        house.run(ENQUEUE.replace("COUNT", str(MESSAGES)))
        for _ in range(RELAYS):
            house.start_relay()
        end = time.monotonic() + KILLING
        while kills < KILLS and time.monotonic() < end:
            time.sleep(BETWEEN_KILLS)
            kills += house.kill_a_relay(dice)
        rows = json.loads(house.run(WAIT_AND_TELL.replace("PATIENCE", str(PATIENCE))))
        listed = house.manage("relay", "--list", "--skip-checks")
        endings = house.stop_relays()
        ledger = json.loads(urllib.request.urlopen(f"{url}/", timeout=10).read())

    states = {row["dedup_key"]: row["state"] for row in rows}
    unknown = {key for key, state in states.items() if state == "unknown"}
    assert len(states) == MESSAGES
    assert set(states.values()) <= {"accepted", "unknown"}  # SAY: nothing is left between
    assert duplicates(ledger) == []  # ONCE
    assert {key for key in states if key not in unknown} <= set(ledger)  # what is called accepted was sent
    assert all(key in listed for key in unknown)  # the uncertain are shown to a person
    assert all(key.startswith("email:") for key in unknown)  # with a key: all accepted, exactly once
    assert len(unknown) <= kills
    assert kills == KILLS  # else nothing was shown
    assert unknown or any(row["attempts"] > 1 for row in rows)  # and some kill fell into a call
    assert endings == [0] * RELAYS
