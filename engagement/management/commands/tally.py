"""`manage.py tally`: count the quarters of all departments ahead of time, or check what is kept; no Celery needed."""

from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from departments.models import Department
from departments.terminal import moment, stop_at_a_signal
from engagement.tallies import differing, due, quarters_since, tally
from messaging import heartbeats


class Command(BaseCommand):
    help = "Count the quarters whose turn it is, so that pages need not; --all counts every one, --check counts again."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--all", action="store_true", help="every quarter, whether or not it is its turn")
        which.add_argument(
            "--check", action="store_true", help="count again as of the same moments; exit 1 if it differs"
        )
        parser.add_argument("--at", type=moment, metavar="ISO", help="as it was known then; without it, now")

    def handle(self, *args: Any, **options: Any) -> None:
        at = options["at"] or timezone.now()
        departments = list(Department.objects.filter(live_since__lte=at).select_related("calendar").order_by("pk"))
        if options["check"]:
            self.check_kept(departments)
            return
        chosen = quarters_since(departments, at)
        if not options["all"]:
            chosen = list(due(chosen, at))
        with stop_at_a_signal() as stop:
            for done, quarter in enumerate(chosen, start=1):
                if stop.is_set():
                    raise CommandError(f"Stopped after {done - 1} of {len(chosen)} quarters; what was counted is kept.")
                began = monotonic()
                tally(departments, [quarter], at=at)
                self.stdout.write(f"{done} of {len(chosen)}: {quarter} counted in {monotonic() - began:.1f} s")
        heartbeats.beat("tally", at=timezone.now(), detail=f"{len(chosen)} quarters counted")
        if not chosen:
            self.stdout.write("No quarter is due; --all counts them all.")

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
