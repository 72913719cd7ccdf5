"""Which files can be read at all: the rows of a CSV file, plain or packed with gzip, and the reject file."""

import csv
import gzip
import io
import zlib
from collections.abc import Generator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

_GZIP = b"\x1f\x8b"
# A spreadsheet takes what begins with these for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class FileTrouble(Exception):
    """A file as a whole cannot be read or written; the sentence says why."""


def rows_of(path: Path) -> Generator[list[str]]:
    """Yield the header and then every row that is not empty. Raises FileTrouble, wherever in the file it shows."""
    number = 0  # of records; those with line breaks inside are one
    try:
        with _text_of(path) as text:
            for cells in csv.reader(text, strict=True):
                number += 1
                if cells:
                    yield cells
    except UnicodeDecodeError as wrong:
        raise FileTrouble(f"{path.name} is not text in UTF-8 (after record {number}): {wrong.reason}.") from wrong
    except csv.Error as wrong:
        raise FileTrouble(f"{path.name} is broken CSV after record {number}: {wrong}.") from wrong
    except (EOFError, zlib.error, gzip.BadGzipFile) as wrong:
        raise FileTrouble(f"{path.name} is broken gzip after record {number}: {wrong}.") from wrong
    except OSError as wrong:
        raise FileTrouble(f"{path} cannot be read: {wrong.strerror or wrong}.") from wrong


def _text_of(path: Path) -> IO[str]:
    if not path.is_file():
        raise FileTrouble(f"There is no file {path}.")
    with path.open("rb") as file:
        start = file.read(len(_GZIP))
    if not start:
        raise FileTrouble(f"{path.name} is empty.")
    if path.suffix == ".gz" and start != _GZIP:
        raise FileTrouble(f"{path.name} is not gzip, although its name says so.")
    packed = start == _GZIP
    return io.TextIOWrapper(gzip.open(path) if packed else path.open("rb"), "utf-8-sig", newline="")


class RejectFile:
    """The rows that were not taken, with the reason behind their own columns, safe to open in a spreadsheet."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self.path = path
        self._header = header

    def __enter__(self) -> Self:
        try:
            self._file = self.path.open("w", encoding="utf-8", newline="")
        except OSError as wrong:
            raise FileTrouble(f"{self.path} cannot be written: {wrong.strerror}. Choose another --rejects.") from wrong
        self._writer = csv.writer(self._file, lineterminator="\n")
        self.write(self._header, "reason")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def write(self, cells: Sequence[str], reason: str) -> None:
        """Add a row, and hand it to the system at once, so that a killed import leaves what it knew."""
        self._writer.writerow([harmless(cell) for cell in (*cells, reason)])
        self._file.flush()


def harmless(cell: str) -> str:
    """Return the cell so that no spreadsheet runs it: an apostrophe before what could begin a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
