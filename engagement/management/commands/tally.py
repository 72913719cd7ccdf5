"""`manage.py tally`: count the quarters of all departments ahead of time, or check what is kept; no Celery needed."""

from collections.abc import Generator, Sequence
from contextlib import closing
from datetime import datetime
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from departments.hands import can_share, shared
from departments.models import Department
from departments.offices import live_departments
from departments.terminal import moment, stop_at_a_signal
from engagement.figures import duties
from engagement.periods import Quarter
from engagement.tallies import UNDER_WAY, differing, due, keep_up, quarters_since, tally
from messaging import heartbeats

# Duties from which on two quarters are counted side by side.
SHARED_FROM = 200_000


class Command(BaseCommand):
    help = (
        "Count the quarters whose turn it is, so that pages need not, and bring the procedures of the others up to "
        "now; --all counts every one in full, --check counts again what is kept."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--all", action="store_true", help="every quarter, whether or not it is its turn")
        which.add_argument(
            "--check", action="store_true", help="count again as of the same moments; exit 1 if it differs"
        )
        parser.add_argument("--at", type=moment, metavar="ISO", help="as it was known then; without it, now")

    def handle(self, *args: Any, **options: Any) -> None:
        at = options["at"] or timezone.now() - UNDER_WAY
        departments = list(live_departments(at))
        if options["check"]:
            self.check_kept(departments)
            return
        chosen = quarters_since(departments, at)
        if not options["all"]:
            chosen = list(due(chosen, at))
        bar = tqdm(total=len(chosen), unit=" quarters", dynamic_ncols=True, disable=None)
        with stop_at_a_signal() as stop, bar, closing(_each_counted(departments, chosen, at)) as counted:
            for done, (quarter, took) in enumerate(counted, start=1):
                bar.update()
                bar.write(f"{done} of {len(chosen)}: {quarter} counted in {took:.1f} s", file=self.stdout)
                if stop.is_set() and done < len(chosen):
                    raise CommandError(f"Stopped after {done} of {len(chosen)} quarters; what was counted is kept.")
        kept_up = keep_up(departments, at=at)
        heartbeats.beat("tally", at=timezone.now(), detail=f"{len(chosen)} quarters counted")
        if not chosen:
            self.stdout.write(f"No quarter is due; {kept_up} tallies were kept up. --all counts them all.")

    def check_kept(self, departments: list[Department]) -> None:
        """Raise CommandError naming each tally that a new count as of its moment does not come to."""
        wrong = [
            f"{each.department.code} {each.quarter} (as of {each.counted_at.isoformat()})"
            for each in differing(departments)
        ]
        if wrong:
            raise CommandError(
                f"{len(wrong)} kept figures are not what their records come to now: {', '.join(wrong)}. "
                "Something became known later, or was under way then; `manage.py tally --all` counts them again."
            )
        self.stdout.write("Every kept figure is what its records come to.")


def _each_counted(
    departments: Sequence[Department], chosen: Sequence[Quarter], at: datetime
) -> Generator[tuple[Quarter, float]]:
    """Count the quarters, side by side where that pays; yield each with its seconds once it is kept."""
    work = [(departments, quarter, at) for quarter in chosen]
    if len(work) > 1 and can_share() and duties() >= SHARED_FROM:
        yield from shared(_counted, work)
    else:
        yield from map(_counted, work)


def _counted(work: tuple[Sequence[Department], Quarter, datetime]) -> tuple[Quarter, float]:
    departments, quarter, at = work
    began = monotonic()
    tally(departments, [quarter], at=at)
    return quarter, monotonic() - began
