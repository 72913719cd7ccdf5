"""Which files can be read at all, and the file of rejected rows."""

import csv
import gzip
from pathlib import Path

import pytest

from complaints.importing.files import FileTrouble, RejectFile, harmless, rows_of


def saved(folder: Path, content: bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def trouble(path: Path) -> str:
    with pytest.raises(FileTrouble) as caught:
        list(rows_of(path))
    return str(caught.value)


@pytest.mark.parametrize("name", ["file.csv", "file.csv.gz", "packed-without-saying.csv"])
def test_rows(tmp_path: Path, name: str) -> None:
    content = '\ufeffa,b\n1,"two\nlines"\n\n3,"say ""four"""\n'.encode()
    path = saved(tmp_path, content if name == "file.csv" else gzip.compress(content), name)
    assert list(rows_of(path)) == [["a", "b"], ["1", "two\nlines"], ["3", 'say "four"']]


def test_what_is_no_file(tmp_path: Path) -> None:
    assert "There is no file" in trouble(tmp_path / "missing.csv")
    assert "There is no file" in trouble(tmp_path)


def test_empty(tmp_path: Path) -> None:
    assert trouble(saved(tmp_path, b"")) == "file.csv is empty."


def test_not_gzip(tmp_path: Path) -> None:
    assert "is not gzip" in trouble(saved(tmp_path, b"a,b\n", "file.csv.gz"))


def test_gzip_cut_short_or_damaged(tmp_path: Path) -> None:
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 5000)
    assert "broken gzip" in trouble(saved(tmp_path, packed[:-20]))
    assert "broken gzip" in trouble(saved(tmp_path, packed[:-8] + b"12345678"))
    assert "broken gzip" in trouble(saved(tmp_path, packed[:10] + b"\xff" * 40))


def test_binary(tmp_path: Path) -> None:
    assert "is not text in UTF-8" in trouble(saved(tmp_path, bytes(range(256))))


def test_a_huge_field(tmp_path: Path) -> None:
    assert "larger than field limit" in trouble(saved(tmp_path, b"a,b\n1," + b"x" * 200_000))


def test_a_quote_that_never_ends(tmp_path: Path) -> None:
    assert "broken CSV after record 1" in trouble(saved(tmp_path, b'a,b\n1,"2\n3,4\n'))


def test_what_the_system_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, b"a,b\n")

    def refuse(*_args: object, **_more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "cannot be read: Permission denied" in trouble(path)


def test_no_spreadsheet_runs_a_reject(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    with RejectFile(path, ["key", "=note"]) as rejects:
        rejects.write(["1", "=HYPERLINK()"], "bad")
        written = path.read_text()
    assert written.endswith("\n")  # there already while the import runs
    with path.open(newline="") as file:
        assert list(csv.reader(file)) == [["key", "'=note", "reason"], ["1", "'=HYPERLINK()", "bad"]]
    assert [harmless(cell) for cell in ("+1", "-1", "@a", "\tx", "\rx", "1-2", "")] == [
        *("'+1", "'-1", "'@a", "'\tx", "'\rx", "1-2", "")
    ]


def test_a_reject_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(FileTrouble, match="cannot be written"), RejectFile(tmp_path / "no" / "folder.csv", ["a"]):
        pass
