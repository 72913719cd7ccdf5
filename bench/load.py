"""Clients that ask one thing again and again, and what they saw."""

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import quantiles

Headers = dict[str, str]


@dataclass(frozen=True)
class Ask:
    """One request; `expects` is the status that counts as an answer."""

    path: str
    method: str = "GET"
    body: str | None = None
    headers: Headers = field(default_factory=dict)
    expects: int = 200


@dataclass(frozen=True)
class Seen:
    """What the clients saw together: times of single requests in milliseconds, requests a second, bytes of a body."""

    clients: int
    p50_ms: float
    p95_ms: float
    rps: float
    bytes: int


# Each client has its own visit, which returns its next request by its number.
Visit = Callable[[int], Ask]


def measured(port: int, visit: Visit, *, clients: int, seconds: float) -> Seen:
    """Ask for so many seconds from so many clients at once, after a short warming up; raises RuntimeError at the
    first answer that is not the expected one."""
    numbers = iter(range(10**9))
    lock = threading.Lock()
    times: list[float] = []
    sizes: list[int] = []
    troubles: list[str] = []
    begin = time.monotonic() + min(1.0, seconds / 5)
    end = begin + seconds

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.monotonic() < end and not troubles:
            with lock:
                ask = visit(next(numbers))
            start = time.perf_counter()
            connection.request(ask.method, ask.path, ask.body, ask.headers)
            answer = connection.getresponse()
            body = answer.read()
            took = time.perf_counter() - start
            if answer.status != ask.expects:
                troubles.append(f"{ask.method} {ask.path} answered {answer.status}: {body[:300]!r}")
            elif time.monotonic() > begin:
                times.append(took * 1000)
                sizes.append(len(body))

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles or len(times) < 2:
        raise RuntimeError(troubles[0] if troubles else "No request was answered in time.")
    cuts = quantiles(times, n=100, method="inclusive")
    elapsed = time.monotonic() - begin
    return Seen(clients, cuts[49], cuts[94], len(times) / elapsed, max(sizes))
