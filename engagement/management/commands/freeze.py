"""`manage.py freeze`: freeze the quarters whose 45 days are over, restate what is otherwise now; no Celery needed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from departments.offices import live_departments
from departments.terminal import moment, stop_at_a_signal
from engagement.snapshots import due_to_freeze, freeze, restate
from messaging import heartbeats


class Command(BaseCommand):
    help = (
        "Freeze every finished quarter 45 days after its end, as it was known at that moment, and write down what a "
        "count has otherwise now. What is frozen never changes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", type=moment, metavar="ISO", help="what is due then; without it, now")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        at = options["at"] or now
        if at > now:
            raise CommandError("This moment has not come yet, and what is not over cannot be frozen. Leave --at out.")
        departments = list(live_departments(at))
        waiting = list(due_to_freeze(departments, at))
        with stop_at_a_signal() as stop:
            for done, due in enumerate(waiting, start=1):
                if stop.is_set():
                    raise CommandError(f"Stopped after {done - 1} of {len(waiting)}; what was frozen is kept.")
                made = freeze(due, at=now)
                self.stdout.write(f"{done} of {len(waiting)}: {due.quarter} frozen for {made} departments")
        if not waiting:
            self.stdout.write("No quarter is due to be frozen.")
        restated = restate(departments, at=at)
        self.stdout.write(f"{restated} restated." if restated else "Nothing frozen is otherwise now.")
        heartbeats.beat("freeze", at=timezone.now(), detail=f"{len(waiting)} frozen, {restated} restated")
