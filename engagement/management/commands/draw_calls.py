"""`manage.py draw_calls`: draw whom the random call-back of a quarter asks, as Celery does every night."""

import secrets
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from departments.errors import Refused
from departments.offices import live_departments
from departments.terminal import moment
from engagement.calling import draw, to_be_drawn
from engagement.periods import Quarter


def quarter(text: str) -> Quarter:
    """Read a quarter written like 2026Q3."""
    try:
        return Quarter.read(text)
    except ValueError as wrong:
        raise ArgumentTypeError(str(wrong)) from wrong


class Command(BaseCommand):
    """Safe to repeat: a quarter is drawn once for a department. The seed comes from the system and nobody can give one,
    so that nobody chooses who is asked."""

    help = "Draw the call-back of the quarter that ended last, or of --quarter, where it is not drawn yet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quarter", type=quarter, metavar="2026Q3", help="another quarter that is over")
        parser.add_argument("--at", type=moment, metavar="ISO", help="the moment of the draw; without it, now")

    def handle(self, *args: Any, **options: Any) -> None:
        at = options["at"] or timezone.now()
        if at > timezone.now():
            raise CommandError("--at has not come yet; leave it out to draw now.")
        chosen = to_be_drawn(at)
        if options["quarter"]:
            live = live_departments(at)
            chosen = [(each, options["quarter"]) for each in live]
        for department, its_quarter in chosen:
            try:
                made = draw(department, its_quarter, seed=secrets.token_hex(16), at=at)
            except Refused as refusal:
                raise CommandError(f"{department.code}: {refusal.sentence}") from refusal
            self.stdout.write(
                f"{department.code} {its_quarter}: {made.size} of {made.contacts} contacts are to be called"
            )
        if not chosen:
            self.stdout.write("Every department's last quarter is drawn already.")
