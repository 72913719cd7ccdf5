"""`script/server` as a person meets it: it answers, mends itself, stops cleanly, and says so when it cannot start."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOUNDED = """
from departments.models import Calendar, Department
from django.utils import timezone
calendar = Calendar.objects.create(code="c", name={"en": "C"})
Department.objects.create(code="d", name={"en": "Office of proof"}, calendar=calendar, live_since=timezone.now())
"""

pytestmark = [pytest.mark.processes, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(var: Path) -> dict[str, str]:
    """A local installation in `var`, on SQLite; Redis stays the broker when this run has one."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("JAWAB_", "DATABASE"))}
    return {**clean, "JAWAB_VAR": str(var), "PYTHONUNBUFFERED": "1"}


def wait_for(fact: Callable[[], object], seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.1)


def children(pid: int) -> dict[str, int]:
    """The programs under the supervisor by their names, as /proc shows them."""
    found = {}
    for task in Path("/proc").glob("[0-9]*"):
        try:
            if int((task / "stat").read_text().rsplit(")", 1)[1].split()[1]) != pid:
                continue
            words = (task / "cmdline").read_text().split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        for name in ("gunicorn", "worker", "beat"):
            if name in words:
                found[name] = int(task.name)
    return found


def gone(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    response = connection.getresponse()
    return response.status, response.read().decode()


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with one department, so that no demo is loaded."""
    folder = tmp_path_factory.mktemp("server") / "var"
    for command in (["migrate", "-v0"], ["shell", "-v0", "-c", FOUNDED]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment(folder), check=True, timeout=120
        )
    return folder


class Server:
    """One supervisor under test, with what it printed in a file."""

    def __init__(self, var: Path, port: int) -> None:
        self.port = port
        self.log = var / f"server-{port}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "script/supervise.py", "--port", str(port)],
                cwd=ROOT, env=environment(var), stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def said(self) -> str:
        return self.log.read_text()


@pytest.fixture
def server(var: Path) -> Iterator[Server]:
    server = Server(var, free_port())
    try:
        wait_for(lambda: "Jawab is running" in server.said() or server.process.poll() is not None)
        assert server.process.poll() is None, server.said()
        yield server
    finally:
        if server.process.poll() is None:
            server.process.terminate()
            server.process.wait(40)


def test_answers_mends_itself_and_stops_all(server: Server) -> None:
    assert get(server.port, "/healthz") == (200, "ok\n")
    assert "Office of proof" in get(server.port, "/")[1]
    assert f"http://127.0.0.1:{server.port}/" in server.said()
    wait_for(lambda: get(server.port, "/readyz")[0] == 200)

    before = children(server.process.pid)
    assert set(before) == {"gunicorn", "worker", "beat"}
    os.kill(before["worker"], signal.SIGKILL)
    wait_for(lambda: children(server.process.pid).get("worker", before["worker"]) != before["worker"])

    after = children(server.process.pid)
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(40) == 0, server.said()
    assert all(gone(pid) for pid in after.values())
    assert "Traceback" not in server.said()


@pytest.mark.own_environment
def test_is_open_to_this_machine_only_and_leaves_nothing_behind_when_it_is_killed(server: Server) -> None:
    listening = [
        line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"
    ]
    assert f"0100007F:{server.port:04X}" in listening
    assert f"00000000:{server.port:04X}" not in listening

    left = children(server.process.pid)
    server.process.kill()
    server.process.wait()
    wait_for(lambda: all(gone(pid) for pid in left.values()))


@pytest.mark.own_environment
@pytest.mark.parametrize("arguments", [["--port", "0"], ["--port", "70000"], ["--port", "many"], ["--nonsense"]])
def test_refuses_arguments_that_make_no_sense(var: Path, arguments: list[str]) -> None:
    command = [sys.executable, "script/supervise.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment(var), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--port" in done.stderr


@pytest.mark.own_environment
def test_says_that_the_port_is_taken(var: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        command = [sys.executable, "script/supervise.py", "--port", str(other.getsockname()[1])]
        done = subprocess.run(command, cwd=ROOT, env=environment(var), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "is taken by another program" in done.stdout


@pytest.mark.own_environment
def test_an_installation_that_may_not_start_says_why_and_ends(var: Path) -> None:
    command = [sys.executable, "script/supervise.py", "--port", str(free_port())]
    env = {**environment(var), "JAWAB_ENV": "production", "JAWAB_HOSTS": "*"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "JAWAB_HOSTS" in done.stderr
