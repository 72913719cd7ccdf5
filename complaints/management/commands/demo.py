"""`manage.py demo`: the nine departments with a lived-in history, for a first look; up to a million complaints."""

import re
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
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
from complaints.management.commands.sweep import moment
from departments.errors import Refused
from departments.founding import found

DEFAULT_COMPLAINTS = 700
DEFAULT_SEED = "jawab"
INTERRUPTED = 130


def seed(text: str) -> str:
    """Read a seed: it becomes part of submission tokens, so it is short and plain."""
    if not re.fullmatch(r"[A-Za-z0-9-]{1,40}", text):
        raise ArgumentTypeError("A seed has 1 to 40 letters, digits or hyphens.")
    return text


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
        at: datetime = options["at"] or timezone.now()
        try:
            self._run(options["complaints"], options["seed"], at, options["new_password"])
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        except KeyboardInterrupt as stop:
            sentence = "Stopped. What is there is whole; run the same command again to go on."
            raise CommandError(sentence, returncode=INTERRUPTED) from stop
