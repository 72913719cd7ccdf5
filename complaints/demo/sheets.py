"""How fillings become rows: lines for PostgreSQL's COPY, parameters for any other database."""

import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, Protocol

from django.db import connection

from complaints.demo.archetypes import Model, columns_of
from complaints.demo.patterns import Dialect, Pattern, Pick

_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"})
_CHUNK = 1 << 20  # bytes handed to the driver at once


class Writer(Dialect, Protocol):
    """Writes many fillings at once."""

    def sheet(self, pattern: Pattern) -> Any:
        """Return what `add` needs to know of a pattern, made once."""

    def add(self, sheet: Any, values: Sequence[Any]) -> None:
        """Put the rows of one filling on the pile."""

    def write(self, tables: Sequence[Model]) -> int:
        """Write the pile into the tables, and return how many rows that were. The caller's transaction."""


class Copying:
    """Lines of text for COPY: several times faster than INSERT on PostgreSQL."""

    def __init__(self) -> None:
        self._pile: list[list[str]] = []
        self._rows = 0

    def constant(self, field: Any, value: Any) -> str:
        if value is None:
            return "\\N"
        if isinstance(value, bool):
            return "t" if value else "f"
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat()
        return self.text(json.dumps(value) if isinstance(value, dict | list) else str(value))

    def moment(self, iso: str) -> str:
        return f"{iso}+00"

    def text(self, text: str) -> str:
        return text.translate(_ESCAPES) if "\n" in text or "\\" in text or "\t" in text or "\r" in text else text

    def sheet(self, pattern: Pattern) -> list[tuple[str, Pick, int] | None]:
        return [self._lines(pattern, rows) for rows in pattern.rows.values()]

    def _lines(self, pattern: Pattern, rows: Sequence[Any]) -> tuple[str, Pick, int] | None:
        """Return the lines of one table as a template, its constants filled in already."""
        lines, places = [], []
        for row in rows:
            cells = []
            for gap in row:
                if gap.kind == "constant":
                    cells.append(pattern.constants[gap.number].replace("%", "%%"))
                else:
                    cells.append("%s")
                    places.append(pattern.place_of(gap))
            lines.append("\t".join(cells))
        return ("".join(f"{line}\n" for line in lines), itemgetter(*places), len(lines)) if lines else None

    def add(self, sheet: list[tuple[str, Pick, int] | None], values: Sequence[Any]) -> None:
        if not self._pile:
            self._pile = [[] for _ in sheet]
        for pile, table in zip(self._pile, sheet, strict=True):
            if table is not None:
                lines, pick, rows = table
                pile.append(lines % pick(values))
                self._rows += rows

    def write(self, tables: Sequence[Model]) -> int:
        with connection.cursor() as cursor:
            for model, pile in zip(tables, self._pile, strict=True):
                if pile:
                    lines = io.BytesIO("".join(pile).encode())
                    cursor.copy_expert(f"COPY {_table(model)} ({_columns(model)}) FROM STDIN", lines, _CHUNK)
        written, self._pile, self._rows = self._rows, [], 0
        return written


class Inserting:
    """Parameters for INSERT, prepared as Django's fields do."""

    def __init__(self) -> None:
        self._pile: list[list[Any]] = []

    def constant(self, field: Any, value: Any) -> Any:
        return field.get_db_prep_save(value, connection)

    def moment(self, iso: str) -> Any:
        return iso.replace("T", " ").removesuffix(".000000")  # as str(datetime) writes it, which Django keeps

    def text(self, text: str) -> str:
        return text

    def sheet(self, pattern: Pattern) -> list[list[Pick]]:
        return [[itemgetter(*(pattern.place_of(gap) for gap in row)) for row in rows] for rows in pattern.rows.values()]

    def add(self, sheet: list[list[Pick]], values: Sequence[Any]) -> None:
        if not self._pile:
            self._pile = [[] for _ in sheet]
        for pile, picks in zip(self._pile, sheet, strict=True):
            pile.extend(pick(values) for pick in picks)

    def write(self, tables: Sequence[Model]) -> int:
        written = 0
        with connection.cursor() as cursor:
            for model, pile in zip(tables, self._pile, strict=True):
                if pile:
                    marks = ", ".join(["%s"] * len(columns_of(model)))
                    cursor.executemany(f"INSERT INTO {_table(model)} ({_columns(model)}) VALUES ({marks})", pile)
                    written += len(pile)
        self._pile = []
        return written


def writer() -> Writer:
    """Return the writer for the database in use."""
    return Copying() if connection.vendor == "postgresql" else Inserting()


def _table(model: Model) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _columns(model: Model) -> str:
    return ", ".join(connection.ops.quote_name(str(field.column)) for field in model._meta.concrete_fields)
