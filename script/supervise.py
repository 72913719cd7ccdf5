"""Runs web, worker and beat as one: restarts what crashes, stops all together, leaves nothing behind.

`script/server` calls it inside the virtual environment. On larger installations systemd does this work.
"""

import argparse
import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
# Seconds that a child gets to finish its work after SIGTERM (a Celery task, a request), before SIGKILL.
GRACE = 25
# A child that ran this long (seconds) has recovered: its next crash starts the back-off anew.
STEADY = 60
LONGEST_PAUSE = 30
# Seconds in which the web server must answer for the first time.
START_LIMIT = 60
PR_SET_PDEATHSIG = 1


def dies_with(parent: int) -> Callable[[], None]:
    """Return what a new child runs before its program: the kernel sends it SIGTERM when `parent` dies, even by -9."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def bind() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it died before the line above
                os._exit(1)

    return bind


class Child:
    """One program, kept running: started again after 1, 2, 4 … 30 seconds when it ends by itself."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self.command = command
        self.pause = 1.0
        self.start_at = 0.0
        self.started = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def tend(self, now: float) -> None:
        """Start the program if it is due; note that it ended and when it is due again. `now` is monotonic seconds."""
        if self.process is None:
            if now >= self.start_at:
                self.started = now
                self.process = start(self.command)
        elif self.process.poll() is not None:
            self.pause = 1.0 if now - self.started > STEADY else min(self.pause * 2, LONGEST_PAUSE)
            self.start_at = now + self.pause
            say(f"{self.name} ended with {self.process.returncode}; starting it again in {self.pause:.0f} s")
            self.process = None

    def ended(self) -> bool:
        """Whether the program was started and has ended."""
        return self.process is not None and self.process.poll() is not None


def start(command: list[str]) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, so that Ctrl-C reaches only the supervisor, which stops all in order."""
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, preexec_fn=dies_with(os.getpid()))


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """End `processes` and whatever they started: politely, and after GRACE seconds for good."""
    living = [process for process in processes if process.poll() is None]
    for process in living:
        process.terminate()
    until = time.monotonic() + GRACE
    for process in living:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def say(text: str) -> None:
    print(text, flush=True)


def children_of(port: int) -> list[Child]:
    """Return the three programs of a one-machine installation."""
    python = sys.executable
    celery = [python, "-W", "ignore::UserWarning:celery.platforms", "-m", "celery", "--quiet", "-A", "config"]
    web = [python, "-m", "gunicorn", "config.wsgi:application", "--bind", f"{HOST}:{port}", "--worker-class", "gthread"]
    return [
        Child("web", [*web, "--workers", "2", "--threads", "4", "--no-control-socket", "--log-level", "warning"]),
        Child("worker", [*celery, "worker", "-P", "solo", "--without-gossip", "--without-mingle", "-l", "WARNING"]),
        Child("beat", [*celery, "beat", "-l", "WARNING"]),
    ]


def is_free(port: int) -> bool:
    """Whether the web server will be able to listen on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether the web server gives /healthz its answer; asked under a name of ours, as it refuses all others."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": os.environ.get("JAWAB_HOSTS", "").split(",")[0] or HOST})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def welcome(port: int) -> str:
    """Return what a person needs to begin: the address, and who may sign in."""
    var = Path(os.environ.get("JAWAB_VAR") or ROOT / "var")
    users = var / "demo-users.txt"
    lines = ["", f"Jawab is running at http://{HOST}:{port}/"]
    if users.exists():
        lines += [
            f"Who may sign in, at http://{HOST}:{port}/accounts/sign-in/:",
            users.read_text().rstrip(),
            "Their password was shown once, when the demo was made. A new one: "
            ".venv/bin/python manage.py demo --new-password",
        ]
    return "\n".join([*lines, "Ctrl-C stops it.", ""])


class Supervisor:
    """The life of one `script/server`: prepare, start, tend, stop."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.stopping = False
        self.children: list[Child] = []

    def ask_to_stop(self, *_: object) -> None:
        self.stopping = True

    def prepare(self) -> int:
        """Bring the database up to date (see manage.py prepare) and return the exit code; a signal ends it."""
        process = start([sys.executable, "manage.py", "prepare"])
        while process.poll() is None and not self.stopping:
            time.sleep(0.05)
        stop([process])
        return 0 if self.stopping else process.returncode

    def wait_until_ready(self) -> bool:
        """Tend the children until the web server answers; False when it cannot start."""
        web = self.children[0]
        until = time.monotonic() + START_LIMIT
        while not self.stopping:
            if web.ended() or time.monotonic() > until:
                return False
            for child in self.children:
                child.tend(time.monotonic())
            if answers(self.port):
                return True
            time.sleep(0.1)
        return True

    def run(self) -> int:
        """Return the exit code: 0 after Ctrl-C or SIGTERM, 1 when Jawab could not start."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.ask_to_stop)
        code = self.prepare()
        if code or self.stopping:
            return code
        self.children = children_of(self.port)
        try:
            if not self.wait_until_ready():
                say("The web server did not start; the lines above say why.")
                return 1
            if not self.stopping:
                say(welcome(self.port))
            while not self.stopping:
                for child in self.children:
                    child.tend(time.monotonic())
                time.sleep(0.2)
        finally:
            stop([child.process for child in self.children if child.process])
        return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/server", description="Start Jawab on this machine.")
    parser.add_argument("--port", type=int, default=8000, help="the port to listen on, on this machine only")
    port = parser.parse_args().port
    if not 0 < port < 65536:
        parser.error("--port takes a number from 1 to 65535")
    if not is_free(port):
        say(f"Port {port} is taken by another program; stop it, or choose another: script/server --port {port + 1}")
        return 1
    os.environ.setdefault("JAWAB_PUBLIC_URL", f"http://{HOST}:{port}")
    return Supervisor(port).run()


if __name__ == "__main__":
    sys.exit(main())
