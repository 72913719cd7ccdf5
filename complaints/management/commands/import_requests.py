"""`manage.py import_requests FILE --source CITY`: real 311 requests of other cities, through the same verbs."""

import os
import time
from argparse import ArgumentParser
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from complaints.importing.files import FileTrouble, RejectFile, rows_of
from complaints.importing.founding import found_agencies
from complaints.importing.lives import Fate
from complaints.importing.run import CHUNK, Import
from complaints.importing.sources import SOURCES, WrongColumns, layout_of
from complaints.importing.survey import survey
from departments.errors import Refused
from departments.terminal import INTERRUPTED, moment, stop_at_a_signal


class Command(BaseCommand):
    help = "Import 311 requests of another city. It may be stopped at any time; running it again goes on from there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a CSV file, plain or packed with gzip")
        parser.add_argument("--source", required=True, choices=sorted(SOURCES), help="the city whose file it is")
        parser.add_argument("--department-prefix", metavar="P", help="put before each agency's name (default: SOURCE-)")
        parser.add_argument("--rejects", type=Path, metavar="FILE", help="where the rows go that are not taken")
        parser.add_argument("--at", type=moment, metavar="ISO", help="as if it were this moment")

    def handle(self, *args: Any, **options: Any) -> None:
        source, path = SOURCES[options["source"]], options["file"]
        at = options["at"] or timezone.now()
        prefix = f"{source.code}-" if options["department_prefix"] is None else options["department_prefix"]
        try:
            layout = layout_of(source, _header(path))
            found = survey(layout, islice(rows_of(path), 1, None), at=at)
            with RejectFile(_rejects_path(path, options["rejects"]), layout.header) as rejects:
                agencies = found_agencies(source, found, prefix=prefix)
                self._import(Import(layout, agencies, rejects.write, at), path, found.rows)
                self.stdout.write(f"rejected rows: {rejects.path}")
        except (FileTrouble, WrongColumns) as wrong:
            raise CommandError(str(wrong)) from wrong
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal

    def _import(self, run: Import, path: Path, rows: int) -> None:
        begun = time.monotonic()
        bar = tqdm(total=rows, unit=" rows", mininterval=0.5, dynamic_ncols=True)
        with stop_at_a_signal() as stop, bar:
            for done in run.chunks(islice(rows_of(path), 1, None), CHUNK):
                bar.update(done)
                if stop.is_set():
                    break
        self._report(run, path, time.monotonic() - begun)
        if run.tally.read < rows:
            raise CommandError("Stopped. Run the same command again to go on.", returncode=INTERRUPTED)

    def _report(self, run: Import, path: Path, seconds: float) -> None:
        tally, layout = run.tally, run.layout
        say = self.stdout.write
        say(f"{path.name}, requests of {layout.source.city}: {tally.read:,} rows read in {seconds:,.1f} s", ending="")
        say(f" ({tally.read / max(seconds, 0.001):,.0f} rows/s)")
        for fate in (Fate.OPEN, Fate.CLOSED, Fate.CLOSED_NOW, Fate.KNOWN):
            say(f"{tally.fates[fate]:>9,}  {fate}")
        say(f"{tally.rejected.total():>9,}  rejected")
        for reason, count in tally.rejected.most_common():
            say(f"{count:>9,}    {reason}")
        say("odd, but taken:")
        for oddity, count in tally.oddities.most_common():
            say(f"{count:>9,}    {oddity}")
        for name in layout.repeated:
            say(f"           a column that the file has more than once, not read: {name}")
        say(f"{'open':>9} {'closed':>9} {'now closed':>10} {'known':>9} {'refused':>9}  agency")
        for agency, fates in sorted(tally.agencies.items()):
            counts = [fates[fate] for fate in Fate]
            say("{:>9,} {:>9,} {:>10,} {:>9,} {:>9,}  {}".format(*counts, agency))


def _header(path: Path) -> list[str]:
    rows = rows_of(path)
    try:
        return next(rows, [])
    finally:
        rows.close()


def _rejects_path(path: Path, wanted: Path | None) -> Path:
    """Return the reject file: where it is wanted, else beside the file, else (a folder that we may not write to) with
    what this machine keeps for itself."""
    name = f"{path.name.removesuffix('.gz').removesuffix('.csv')}.rejects.csv"
    beside = path.with_name(name)
    found = wanted or (beside if os.access(path.parent, os.W_OK) else settings.VAR_DIR / name)
    if found.exists() and found.samefile(path):
        raise CommandError("The rejected rows would overwrite the file itself; choose another --rejects.")
    return found
