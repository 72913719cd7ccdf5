"""The server that is measured: two gunicorn workers on this machine, stopped when the measuring ends."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
WORKERS = 2


@contextmanager
def gunicorn() -> Iterator[int]:
    """Yield the port of a running server; raises RuntimeError when it does not answer within a minute."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(WORKERS), "--worker-class", "gthread", "--threads", "4", "--no-control-socket"]
    command += ["--log-level", "warning", "--keep-alive", "30"]
    environment = {**os.environ, "JAWAB_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    process = subprocess.Popen(command, cwd=PROJECT, env=environment)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("The server did not answer within a minute.")
