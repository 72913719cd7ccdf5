"""How fast the pages are, each beside an empty view of the same server. Run by script/bench."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench import visits  # noqa: E402
from bench.load import Ask, Seen, Visit, measured  # noqa: E402
from bench.server import gunicorn  # noqa: E402
from bench.sweep import moment_of, timed  # noqa: E402

SECONDS = 8.0
CLIENTS = (1, 8)
FILINGS = 4000
NEWLY_LATE = 10_000

_BENCHES: dict[str, Callable[[], Visit]] = {
    "queue": lambda: visits.always(f"{reverse('desk')}?queue=department", visits.official("works.officer1")),
    "queue_deep": visits.queue_deep,
    "query": visits.queries,
    "filing": lambda: visits.filings(FILINGS * len(CLIENTS)),
    "tracking": visits.tracked,
    "search_rare": visits.searches,
    "dashboard": lambda: visits.always(reverse("dashboard"), visits.official("centre.admin")),
    "performance": lambda: visits.always(reverse("performance")),
    **visits.figures(),
}


@dataclass(frozen=True)
class Row:
    """One line of the table; `ratio_to_empty` compares p50 with that of `/healthz` from as many clients."""

    name: str
    clients: int
    p50_ms: float
    p95_ms: float
    rps: float
    sql: int
    bytes: int
    ratio_to_empty: float


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench")
    parser.add_argument("--complaints", type=int, default=100_000, metavar="N", help="how many there are, at least")
    parser.add_argument("--only", choices=[*_BENCHES, "sweep"], metavar="NAME", help=", ".join([*_BENCHES, "sweep"]))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there too")
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    call_command("demo", complaints=options.complaints)
    call_command("tally")  # as the machine does every few minutes
    chosen = [name for name in _BENCHES if options.only in (None, name)]
    rows = _paged(chosen) if chosen else []
    found: list[dict[str, object]] = [asdict(row) for row in rows]
    if options.only in (None, "sweep"):
        found.append({"name": "sweep", "seconds": timed(f"sweep, {NEWLY_LATE:,} newly reached", moment_of(NEWLY_LATE))})
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0


def _paged(names: list[str]) -> list[Row]:
    rows = []
    with gunicorn() as port:
        alive = visits.always(reverse("healthz"))
        empty = {clients: measured(port, alive, clients=clients, seconds=SECONDS / 2) for clients in CLIENTS}
        print(
            f"{'':28} {'clients':>7} {'p50 ms':>8} {'p95 ms':>8} {'per s':>7} {'sql':>4} {'bytes':>8} {'to empty':>8}"
        )
        for name in names:
            visit = _BENCHES[name]()
            sql = _queries_of(visit(0))
            numbered = _shifted(visit, 1)
            for clients in CLIENTS:
                seen = measured(port, numbered, clients=clients, seconds=SECONDS)
                numbered = _shifted(visit, FILINGS)
                rows.append(_row(name, seen, sql, empty[clients]))
                print("{:28} {:7} {:8.1f} {:8.1f} {:7.0f} {:4} {:8} {:8.1f}".format(*asdict(rows[-1]).values()))
    return rows


def _shifted(visit: Visit, by: int) -> Visit:
    return lambda number: visit(number + by)


def _row(name: str, seen: Seen, sql: int, empty: Seen) -> Row:
    rounded = (round(seen.p50_ms, 2), round(seen.p95_ms, 2), round(seen.rps, 1))
    return Row(name, seen.clients, *rounded, sql, seen.bytes, round(seen.p50_ms / empty.p50_ms, 1))


def _queries_of(ask: Ask) -> int:
    """Return how many queries the answer takes, asked once before so that nothing is counted that is kept for good."""
    client = Client(SERVER_NAME="127.0.0.1")
    headers = {name.lower().replace("-", "_"): value for name, value in ask.headers.items()}
    extra = {f"HTTP_{name.upper()}": value for name, value in headers.items() if name != "content_type"}
    if ask.method == "GET":
        client.get(ask.path, **extra)
    with CaptureQueriesContext(connection) as seen:
        if ask.method == "GET":
            answer = client.get(ask.path, **extra)
        else:
            answer = client.post(ask.path, ask.body, content_type=ask.headers["Content-Type"], **extra)
    if answer.status_code != ask.expects:
        raise RuntimeError(f"{ask.path} answered {answer.status_code} to the test client")
    asked = [query["sql"] for query in seen.captured_queries]
    # Opening and closing transactions are no questions.
    return sum(not sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")) for sql in asked)


if __name__ == "__main__":
    print(f"{timezone.now():%Y-%m-%d}, {connection.vendor}, Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    sys.exit(main())
