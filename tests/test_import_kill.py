"""An import that is interrupted and killed as a process leaves whole chunks and goes on where it was."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.import_rows import environment, many, own_database, write

PROJECT = Path(__file__).resolve().parent.parent
ROWS = 1700
PATIENCE = 120.0  # seconds, on a machine that is busy with other things

TELL = """
import json
from complaints.models import Complaint, Duty, Event, StageEntry
from complaints.trail import broken_links
counts = [model.objects.count() for model in (Complaint, Event, Duty, StageEntry)]
print(json.dumps({"counts": counts, "broken": list(broken_links())}))
"""


def _interruptible() -> None:
    """A shell starts background jobs with SIGINT ignored, and children inherit that; at a terminal it is not so."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _done(log: Path) -> int:
    return max(map(int, re.findall(rf"(\d+)/{ROWS}\b", log.read_text())), default=0)


class Importer:
    """An installation of its own, and imports into it."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.environment = environment(folder, database)
        rows = many("nyc", "Unique_Key", ROWS, Closed_Date="", Status="Open")
        self.file = write(folder / "many.csv.gz", "nyc", *rows)
        self.run("migrate", "-v0")

    def run(self, *words: str) -> str:
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=PROJECT, env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout

    def stopped(self, how: signal.Signals, after: int) -> int:
        """Import until at least so many rows are done, then send the signal; returns how the process ended.

        The progress bar does not print every step, so none in particular can be waited for."""
        log = self.folder / f"{how.name}.log"
        command = [sys.executable, "manage.py", "import_requests", str(self.file), "--source=nyc"]
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, cwd=PROJECT, env=self.environment, stdout=out, stderr=out, preexec_fn=_interruptible
            )
        end = time.monotonic() + PATIENCE
        while _done(log) < after and time.monotonic() < end and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(how)
        return process.wait(PATIENCE)

    def found(self) -> list[int]:
        """Counts of complaints, events, duties and stage entries; fails where a trail is broken."""
        told = json.loads(self.run("shell", "-v0", "-c", TELL))
        assert told["broken"] == []
        return list(map(int, told["counts"]))


@pytest.mark.processes
def test_interrupted_then_killed_then_finished(tmp_path: Path) -> None:
    with own_database(tmp_path, "import_kill") as database:
        importer = Importer(tmp_path, database)
        assert importer.stopped(signal.SIGINT, after=200) == 130
        first = importer.found()
        assert importer.stopped(signal.SIGKILL, after=first[0] + 1) == -signal.SIGKILL
        second = importer.found()
        for counts in (first, second):
            assert counts[0] % 200 == 0
            assert counts == [counts[0]] * 4
        assert 200 <= first[0] < second[0] < ROWS
        report = importer.run("import_requests", str(importer.file), "--source=nyc")
        assert f"{ROWS - second[0]:,}  imported, open" in report
        assert importer.found() == [ROWS] * 4
