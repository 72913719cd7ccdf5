"""`manage.py demo`: the nine departments with a lived-in history, for a first look; up to a million complaints."""

import re
import time
from argparse import ArgumentParser, ArgumentTypeError
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from complaints.demo import accounts, growth
from complaints.demo.dismantling import is_dismantled
from complaints.demo.offices import offices
from complaints.demo.playing import MEMORY
from departments.errors import Refused
from departments.founding import found, found_districts
from departments.terminal import INTERRUPTED, moment

DEFAULT_COMPLAINTS = 700
DEFAULT_SEED = "jawab"


def seed(text: str) -> str:
    """Read a seed: it becomes part of submission tokens, so it is short and plain."""
    if not re.fullmatch(r"[A-Za-z0-9-]{1,40}", text):
        raise ArgumentTypeError("a seed has 1 to 40 letters, digits or hyphens")
    return text


class Bars:
    """A progress bar for each piece of work, on standard error and only where somebody looks."""

    def __init__(self) -> None:
        self._bar: Any = None

    def begin(self, what: str, size: int) -> None:
        """Show a new bar in the place of the last."""
        self.end()
        self._bar = tqdm(total=size, unit="", desc=what, mininterval=0.5, dynamic_ncols=True, disable=None)

    def advance(self, more: int) -> None:
        """Move the bar on."""
        self._bar.update(more)

    def end(self) -> None:
        """Leave the last bar as it is."""
        if self._bar is not None:
            self._bar.close()


class Command(BaseCommand):
    """Safe to repeat: what is there stays as it is, and only what is missing up to --complaints is added."""

    help = "The nine departments with a lived-in year, or a million complaints. Not for production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--complaints", type=int, default=DEFAULT_COMPLAINTS, metavar="N", help="how many in all")
        parser.add_argument("--seed", type=seed, default=DEFAULT_SEED, metavar="S", help="another seed, another story")
        parser.add_argument("--at", type=moment, metavar="ISO", help="the moment up to which the history goes")
        parser.add_argument("--new-password", action="store_true", help="choose and print another password")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo invents people and complaints; it has no place in production (JAWAB_ENV).")
        bars = Bars()
        try:
            self._run(options, growth.Reporter(bars.begin, bars.advance))
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        except KeyboardInterrupt as stop:
            sentence = "Stopped. What is there is whole; run the same command again to go on."
            raise CommandError(sentence, returncode=INTERRUPTED) from stop
        finally:
            bars.end()

    def _run(self, options: dict[str, Any], reporter: growth.Reporter) -> None:
        if is_dismantled():
            self.stdout.write("A load was broken off; its indexes and constraints are put on again first.")
            growth.make_whole(reporter)
        at: datetime = options["at"] or timezone.now()
        there = growth.complaints_there()
        wanted = max(0, options["complaints"] - there)
        # A first look is founded whole or not at all; a long load is committed bit by bit, and may be broken off.
        is_long = wanted >= growth.SHARED_FROM
        with nullcontext() if is_long else transaction.atomic():
            password = self._open_accounts(at, options["new_password"])
            if password and is_long:
                self._print_accounts(password)
            sentences = self._grow(wanted, options["seed"], at, reporter) if wanted else []
        for sentence in sentences:
            self.stdout.write(sentence)
        if password and not is_long:
            self._print_accounts(password)
        if not wanted and not password:
            self.stdout.write(f"The demo is there already, with {there:,} complaints. Nothing was changed.")
            self.stdout.write("--complaints N adds more, up to N in all; --new-password chooses another password.")

    def _open_accounts(self, at: datetime, another: object) -> str:
        """Found what is missing; return the password if there is a new one."""
        is_new = not accounts.demo_users().exists()
        if is_new:
            found(at=at - MEMORY - growth.BEFORE)
            accounts.open_accounts()
        return accounts.choose_password() if is_new or another else ""

    def _grow(self, wanted: int, seed: str, at: datetime, reporter: growth.Reporter) -> list[str]:
        """Add what is wanted, and return what there is to say of it."""
        found_districts()  # a demo that was founded before they were kept has none
        begun = time.monotonic()
        rows = growth.grow(wanted, seed, offices(), at=at, reporter=reporter)
        seconds = time.monotonic() - begun
        done = f"{wanted:,} complaints added in {seconds:,.0f} s"
        if rows:
            done += f"; {rows:,} rows of them were cloned ({rows / seconds:,.0f} rows/s)"
        sentences = [f"{done}. In all there are {growth.complaints_there():,}."]
        for stage, reference, code in growth.tracking_examples():
            sentences.append(f"One in “{stage}”: reference {reference}, tracking code {code}")
        return sentences

    def _print_accounts(self, password: str) -> None:
        self.stdout.write("Who may sign in, all with the same password:")
        for place, people in accounts.who_may_sign_in().items():
            self.stdout.write(f"  {place}: {', '.join(people)}")
        self.stdout.write(f"“{accounts.SUPERUSER}” may use /admin/ too.")
        self.stdout.write(f"Password: {password}   (shown only now; --new-password chooses another)")
