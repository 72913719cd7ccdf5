"""Flag what is overdue and climb the escalation ladder; does the whole job without Celery."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from complaints.pulling import pull_arrivals, pull_deliveries
from complaints.sweep import sweep
from messaging import heartbeats


def moment(text: str) -> datetime:
    """Read an ISO moment; one without a zone is taken in the installation's zone. Raises ArgumentTypeError."""
    try:
        found = parse_datetime(text)
    except ValueError as wrong:
        raise ArgumentTypeError(f"“{text}” is no moment: {wrong}. Write it like 2026-11-21T09:00.") from wrong
    if found is None:
        raise ArgumentTypeError(f"“{text}” is no moment. Write it like 2026-11-21T09:00 or 2026-11-21T09:00+05:00.")
    return found if found.tzinfo else timezone.make_aware(found)


class Command(BaseCommand):
    help = "Flag overdue duties and escalate them, once each, whatever ran before."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", type=moment, default=None, metavar="ISO", help="as if it were this moment")

    def handle(self, *args: Any, **options: Any) -> None:
        at = options["at"] or timezone.now()
        pull_deliveries(at=at)
        pull_arrivals(at=at)
        swept = sweep(at=at)
        heartbeats.beat("sweep", at=at, detail=f"{swept.overdue} overdue, {swept.escalated} escalated")
        self.stdout.write(f"{swept.overdue} newly overdue, {swept.escalated} escalated, as of {at.isoformat()}")
