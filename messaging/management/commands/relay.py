"""`manage.py relay`: deliver the outbox, and let a person decide about what no machine may move."""

from argparse import SUPPRESS, ArgumentParser
from datetime import timedelta
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

from departments.terminal import stop_at_a_signal
from messaging.masking import masked
from messaging.models import Outgoing
from messaging.relay import Report, relay_once
from messaging.review import hold_all, resend, settle
from messaging.states import LEASE, State, WrongState

# Seconds between two looks at an outbox in which nothing was due.
POLL = 2

# Rows that --list shows; whoever has more has another problem.
LISTED = 200


class Command(BaseCommand):
    help = "Send what is due in the outbox until it is told to stop (SIGTERM, SIGINT), or once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--once", action="store_true", help="one run, then stop")
        what.add_argument("--list", action="store_true", help="show what waits for a person")
        what.add_argument("--resend", nargs="+", type=int, metavar="ID", help="send again: it may come twice")
        what.add_argument("--settle", nargs=2, metavar=("ID", "STATE"), help="record 'delivered' or 'failed'")
        what.add_argument("--hold", action="store_true", help="hold all that waits, for review after a restore")
        parser.add_argument("--lease", type=float, default=LEASE.total_seconds(), help=SUPPRESS)

    def handle(self, **options: Any) -> None:
        lease = timedelta(seconds=options["lease"])
        if options["list"]:
            self._list()
        elif options["resend"]:
            for outgoing_id in options["resend"]:
                self._decide(resend, outgoing_id)
        elif options["settle"]:
            outgoing_id, state = options["settle"]
            self._settle(outgoing_id, state)
        elif options["hold"]:
            self.stdout.write(f"held: {hold_all(at=timezone.now())}")
        elif options["once"]:
            self._say(relay_once(clock=timezone.now, lease=lease))
        else:
            self._run_until_stopped(lease)

    def _run_until_stopped(self, lease: timedelta) -> None:
        with stop_at_a_signal() as stop:
            self.stdout.write("relay: running", ending="\n")
            self.stdout.flush()
            while not stop.is_set():
                if self._run(lease, stop).is_empty:
                    stop.wait(POLL)

    def _run(self, lease: timedelta, stop: Event) -> Report:
        """One run; a database that is away for a moment is waited for, like a provider that is."""
        try:
            close_old_connections()
            report = relay_once(clock=timezone.now, lease=lease, stopping=stop.is_set)
        except (OperationalError, InterfaceError) as away:
            self.stderr.write(f"relay: database not reached: {type(away).__name__}")
            return Report()
        self._say(report)
        return report

    def _say(self, report: Report) -> None:
        if report.is_held:
            self.stdout.write("relay: held, nothing is sent (JAWAB_RESTORED is set)")
        elif not report.is_empty:
            counts = {
                **report.results,
                "leases over": report.leases_over,
                "deferred": report.deferred,
                "given to a person": report.given_to_a_person,
            }
            told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
            self.stdout.write(f"relay: {told}")
        self.stdout.flush()

    def _list(self) -> None:
        rows = Outgoing.objects.for_a_person()[: LISTED + 1]
        line = "{:>8}  {:<8}  {:<8}  {:<24}  {:<16}  {}"
        self.stdout.write(line.format("id", "state", "kind", "recipient", "since (UTC)", "key / failure"))
        for row in rows[:LISTED]:
            since = f"{row.state_at:%Y-%m-%d %H:%M}"
            told = f"{row.dedup_key} {row.failure}".strip()
            self.stdout.write(line.format(row.pk, row.state, row.kind, masked(row.recipient), since, told))
        if len(rows) > LISTED:
            self.stdout.write(f"... and more; these are the first {LISTED}")

    def _settle(self, outgoing_id: str, state: str) -> None:
        if not outgoing_id.isdecimal() or state not in State.values:
            raise CommandError("--settle takes the number of a message, and 'delivered' or 'failed'")
        self._decide(lambda pk, *, at: settle(pk, State(state), at=at), int(outgoing_id))

    def _decide(self, decision: Any, outgoing_id: int) -> None:
        try:
            decision(outgoing_id, at=timezone.now())
        except Outgoing.DoesNotExist as absent:
            raise CommandError(f"there is no outgoing {outgoing_id}") from absent
        except WrongState as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"outgoing {outgoing_id}: done")
