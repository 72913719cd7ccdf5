"""Web workers killed at random while citizens file: every acknowledged reference is found, and none is half-written
(checklist Keep-1)."""

import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.import_rows import environment, own_database

PROJECT = Path(__file__).resolve().parent.parent
CITIZENS, FILINGS_EACH, KILLS = 4, 6, 8
PATIENCE = 120.0  # seconds, on a machine that is busy with other things

TELL = """
import json
from complaints.models import Complaint
from complaints.trail import broken_links
whole = {}
for c in Complaint.objects.all():
    parts = (c.entries.count() == 1, c.duties.count() > 2, c.events.count() == 1, c.trail_length == 1)
    whole[c.reference] = all(parts)
print(json.dumps({"whole": whole, "broken": list(broken_links())}))
"""


class Citizen:
    """A browser without scripts: cookies, forms, and the patience to press the button again."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def ask(self, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Return status, place and page; asks again as long as nobody answers."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return self._once(path, fields)
            except (OSError, http.client.HTTPException):
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def _once(self, path: str, fields: dict[str, str] | None) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if fields is None:
            connection.request("GET", path, headers=headers)
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode({**fields, "csrfmiddlewaretoken": self.cookies.get("csrftoken", "")})
            connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        page = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers.get("Location", ""), page

    def file(self, text: str) -> str:
        """Go through the pages of /complain/; returns the reference that the last page shows."""
        _, _, page = self.ask("/complain/")
        self.ask("/complain/", {"reason": "complaint"})
        _, _, page = self.ask("/complain/topic/")
        topic = found(r'name="topic" value="(\d+)"', page)
        self.ask("/complain/topic/", {"topic": topic})
        self.ask("/complain/words/", {"text": text, "place": "Multan"})
        self.ask("/complain/name/", {"anonymity": "named", "name": "Ali"})
        self.ask("/complain/reach/", {"reach": "none"})
        _, _, page = self.ask("/complain/check/")
        status, place, page = self.ask("/complain/check/", {"seen": found(r'name="seen" value="(\w+)"', page)})
        assert (status, place) == (302, "/complain/filed/"), page
        _, _, page = self.ask("/complain/filed/")
        reference = found(r'id="reference">([\d-]+)<', page)
        self.ask("/complain/finish/", {})
        return reference


def found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match is not None, f"{pattern} is not in: {page}"
    return match.group(1)


class Site:
    """An installation of its own, served by three gunicorn workers."""

    def __init__(self, folder: Path, database: str) -> None:
        self.environment = environment(folder, database)
        self.run("migrate", "-v0")
        self.run("demo", "--complaints", "1")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{self.port}"]
        command += ["--workers", "3", "--no-control-socket", "--log-level", "error"]
        self.master = subprocess.Popen(command, cwd=PROJECT, env=self.environment, stderr=subprocess.DEVNULL)

    def run(self, *words: str) -> str:
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=PROJECT, env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout

    def kill_a_worker(self) -> bool:
        """Kill one of the workers without warning; the master starts another."""
        children = Path(f"/proc/{self.master.pid}/task/{self.master.pid}/children").read_text().split()
        if not children:
            return False
        os.kill(int(random.choice(children)), signal.SIGKILL)
        return True

    def stop(self) -> None:
        self.master.terminate()
        self.master.wait(PATIENCE)


@pytest.mark.processes
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the workers by Linux' /proc")
def test_fault_F1_workers_killed_under_load_lose_no_acknowledged_reference(tmp_path: Path) -> None:
    with own_database(tmp_path, "web_kill") as database:
        site = Site(tmp_path, database)
        acknowledged: list[str] = []
        troubles: list[str] = []

        def live(number: int) -> None:
            citizen = Citizen(site.port)
            try:
                for turn in range(FILINGS_EACH):
                    acknowledged.append(citizen.file(f"The well of village {number}-{turn} is dry."))
            except (AssertionError, OSError, http.client.HTTPException) as trouble:
                troubles.append(repr(trouble))

        try:
            killed = under_load(live, site)
        finally:
            site.stop()
        assert troubles == []
        told = json.loads(site.run("shell", "-v0", "-c", TELL))
        assert killed == KILLS
        assert len(set(acknowledged)) == len(acknowledged) == CITIZENS * FILINGS_EACH
        assert set(acknowledged) <= set(told["whole"])
        halves = [reference for reference, whole in told["whole"].items() if not whole and reference in acknowledged]
        assert halves == []
        # The demo's own one, those acknowledged, and nothing twice: a repeated click is the same complaint.
        assert len(told["whole"]) == 1 + len(acknowledged)
        assert told["broken"] == []


def under_load(live: Callable[[int], None], site: Site) -> int:
    """Let the citizens file, and kill workers meanwhile; returns how many were killed."""
    threads = [threading.Thread(target=live, args=(number,)) for number in range(CITIZENS)]
    for thread in threads:
        thread.start()
    killed = 0
    while killed < KILLS and any(thread.is_alive() for thread in threads):
        time.sleep(random.uniform(0.2, 0.9))
        killed += site.kill_a_worker()
    for thread in threads:
        thread.join(PATIENCE)
    return killed
