"""`manage.py import_requests` when it is interrupted or raced, and when a file is not as it should be."""

import csv
import signal
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from complaints.importing import lives, run
from complaints.importing.founding import found_agencies
from complaints.importing.lives import Fate
from complaints.importing.run import Import
from complaints.importing.sources import SOURCES, layout_of
from complaints.importing.survey import survey
from complaints.management.commands import import_requests
from complaints.models import Complaint, Event, Flag, StageEntry
from complaints.sweep import sweep
from complaints.trail import broken_links
from departments.models import Department
from tests.import_rows import GOOD, header, many, row, write
from tests.import_runs import AT, imported, rejects, snapshot, trouble

pytestmark = pytest.mark.django_db


class TestInterruption:
    @pytest.fixture
    def path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(import_requests, "CHUNK", 4)
        return write(tmp_path / "n.csv", "nyc", *many("nyc", "Unique_Key", 10), row("nyc", Unique_Key=""))

    @pytest.fixture
    def killed(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Ctrl-C at the seventh request, in the middle of the second chunk, which is finished."""
        close, done = lives._close, []

        def interrupted(*args: object, **more: object) -> None:
            close(*args, **more)  # type: ignore[arg-type]
            done.append(1)
            if len(done) == 7:
                signal.raise_signal(signal.SIGINT)

        with monkeypatch.context() as patch:
            patch.setattr(lives, "_close", interrupted)
            yield

    @pytest.mark.usefixtures("killed")
    def test_whole_chunks_are_left(self, path: Path) -> None:
        out = StringIO()
        with pytest.raises(CommandError, match="Run the same command again") as stopped:
            call_command("import_requests", path, "--source=nyc", stdout=out)
        assert stopped.value.returncode == 130
        assert "8 rows read" in out.getvalue()
        assert Complaint.objects.count() == 8
        assert StageEntry.objects.filter(left_at__isnull=True).count() == 8

    def test_running_again_goes_on_and_then_changes_nothing(
        self, path: Path, killed: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(CommandError):
            imported(path, "nyc")
        monkeypatch.undo()
        monkeypatch.setattr(import_requests, "CHUNK", 4)
        report = imported(path, "nyc")
        assert "2  imported, closed" in report
        assert "8  known, unchanged" in report
        assert len(rejects(path.with_name("n.rejects.csv"))) == 1
        before = snapshot()
        assert "10  known, unchanged" in imported(path, "nyc")
        assert snapshot() == before
        assert Event.objects.count() == 10 * 5  # received, drafted, answered, delivered, concluded
        assert list(broken_links()) == []

    def test_known_rows_cost_one_query_a_chunk(self, path: Path, django_assert_num_queries: object) -> None:
        imported(path, "nyc")
        layout = layout_of(SOURCES["nyc"], header("nyc"))
        rows = many("nyc", "Unique_Key", 10)
        at = datetime.fromisoformat(AT)
        agencies = found_agencies(SOURCES["nyc"], survey(layout, rows, at=at), prefix="nyc-")
        again = Import(layout, agencies, lambda *_: None, at)
        assert callable(django_assert_num_queries)
        with django_assert_num_queries(3):  # with the beginning and the end of the chunk
            assert list(again.chunks(rows)) == [10]
        assert again.tally.fates == {Fate.KNOWN: 10}

    def test_another_import_that_was_faster(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        imported(path, "nyc")
        before = snapshot()
        monkeypatch.setattr(lives, "_known", lambda _tokens: {})
        assert "10  known, unchanged" in imported(path, "nyc")
        assert snapshot() == before

    def test_rows_added_while_it_is_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        layout = layout_of(SOURCES["nyc"], header("nyc"))
        at = datetime.fromisoformat(AT)
        agencies = found_agencies(SOURCES["nyc"], survey(layout, [row("nyc")], at=at), prefix="nyc-")
        bad: list[str] = []
        growing = Import(layout, agencies, lambda _cells, reason: bad.append(reason), at)
        added = [row("nyc", Agency="NEW"), row("nyc", Complaint_Type="New"), row("nyc", Open_Data_Channel_Type="New")]
        assert list(growing.chunks(added)) == [3]
        assert bad == ["added to the file while it was read: run again"] * 3
        assert Complaint.objects.count() == 0


class TestTrouble:
    def test_files(self, tmp_path: Path) -> None:
        assert "There is no file" in trouble(tmp_path / "missing.csv", "nyc")
        (tmp_path / "empty.csv").touch()
        assert "is empty" in trouble(tmp_path / "empty.csv", "nyc")
        (tmp_path / "blank.csv").write_text("\n\n")
        assert "lacks the columns Unique Key" in trouble(tmp_path / "blank.csv", "nyc")
        path = write(tmp_path / "b.csv", "boston", row("boston"))
        assert "It has the columns of --source boston" in trouble(path, "nyc")

    def test_trouble_at_the_end_of_the_file_writes_nothing_either(self, tmp_path: Path) -> None:
        path = write(tmp_path / "n.csv", "nyc", row("nyc"))
        path.write_bytes(path.read_bytes() + b"2," + b"x" * 200_000)
        assert "larger than field limit" in trouble(path, "nyc")
        assert not (tmp_path / "n.rejects.csv").exists()

    def test_a_header_alone_is_an_import_of_nothing(self, tmp_path: Path) -> None:
        assert "0 rows read" in imported(write(tmp_path / "n.csv", "nyc"), "nyc")
        assert Department.objects.count() == 0

    def test_a_source_that_nobody_knows(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError):
            call_command("import_requests", str(tmp_path), "--source", "gotham")

    def test_the_report(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        doubled = [*header("boston"), "resolution_hours", "resolution_hours"]
        monkeypatch.setitem(GOOD, "boston", dict.fromkeys(doubled, "") | GOOD["boston"])
        path = tmp_path / "b.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([doubled, [*row("boston")[:13], "1", "1"]])
        report = imported(path, "boston")
        assert "a column that the file has more than once, not read: resolution_hours" in report
        assert report.splitlines()[-2].split() == ["0", "1", "0", "0", "0", "PWDx"]

    def test_flags_come_after_an_import_like_for_everybody(self, tmp_path: Path) -> None:
        imported(write(tmp_path / "n.csv", "nyc", row("nyc", Closed_Date="", Status="Open")), "nyc")
        assert run.CHUNK == 200
        for _ in range(2):
            sweep(at=datetime.fromisoformat(AT))
        assert Flag.objects.get().level == 0
