"""Flag what is overdue and climb the escalation ladder; does the whole job without Celery."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from complaints.pulling import pull_arrivals, pull_bounces, pull_deliveries
from complaints.sweep import sweep
from departments.terminal import moment
from messaging import heartbeats


class Command(BaseCommand):
    help = "Flag overdue duties and escalate them, once each, whatever ran before."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", type=moment, default=None, metavar="ISO", help="as if it were this moment")

    def handle(self, *args: Any, **options: Any) -> None:
        at = options["at"] or timezone.now()
        pull_deliveries(at=at)
        pull_bounces(at=at)
        pull_arrivals(at=at)
        swept = sweep(at=at)
        heartbeats.beat("sweep", at=at, detail=f"{swept.overdue} overdue, {swept.escalated} escalated")
        self.stdout.write(f"{swept.overdue} newly overdue, {swept.escalated} escalated, as of {at.isoformat()}")
