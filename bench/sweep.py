"""How long a sweep takes, and that its cost follows what is newly late, not the table.

    DATABASE_URL=postgres://… .venv/bin/python -m bench.sweep [--newly 10000]

Needs a database with the demo's complaints (manage.py demo --complaints 1000000). Moves the clock to the moments at
which 10, then `--newly`, then 0 duties have newly passed a rung, sweeps each time, and prints seconds and plans. It
writes flags: run it on a throwaway database.
"""

import argparse
import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from complaints.models import Complaint, Duty  # noqa: E402
from complaints.sweep import sweep  # noqa: E402


def moment_of(newly: int) -> datetime:
    """Return the moment at which about `newly` more duties have passed their next rung."""
    ahead = Duty.objects.filter(next_rung_at__isnull=False).order_by("next_rung_at")
    reached = ahead.values_list("next_rung_at", flat=True)[newly - 1]
    return reached + timedelta(microseconds=1)


def timed(label: str, at: datetime) -> float:
    """Sweep as of `at`, print what was done, and return the seconds that it took."""
    waiting = Duty.objects.rung_due(at).count()
    start = time.perf_counter()
    swept = sweep(at=at)
    seconds = time.perf_counter() - start
    print(
        f"{label:<28} {waiting:>7} due   {swept.overdue:>6} overdue {swept.escalated:>6} escalated   {seconds:7.3f} s"
    )
    return seconds


def explain(at: datetime) -> None:
    query = str(Duty.objects.rung_due(at).order_by("next_rung_at").values("pk", "complaint_id")[:2000].query)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS) " + query.replace(f"{at}", f"'{at}'"))
        print("\n".join(row[0] for row in cursor.fetchall()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--newly", type=int, default=10_000)
    newly = parser.parse_args().newly
    print(f"{connection.vendor}, {Complaint.objects.count():,} complaints, {Duty.objects.count():,} duties")
    timed("to catch up until now", timezone.now())
    timed("nothing new", timezone.now())
    timed("10 newly reached", moment_of(10))
    at = moment_of(newly)
    explain(at)
    timed(f"{newly:,} newly reached", at)
    timed("nothing new, after it", at)


if __name__ == "__main__":
    main()
