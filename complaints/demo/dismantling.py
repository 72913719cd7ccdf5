"""Takes indexes and constraints off PostgreSQL's tables for a bulk load, and puts them on again, whatever happened.

What was taken off is written down in the same transaction, in a table of its own; `rebuild` works that list off. A
load that was broken off, even by a power cut, is mended by the next `manage.py demo`.
"""

from collections.abc import Callable, Iterable

from django.db import connection, transaction

from complaints.demo.archetypes import Model
from departments.hands import shared

_LIST = "demo_dismantled"
_MAKE_LIST = f"CREATE TABLE {_LIST} (position serial PRIMARY KEY, turn integer NOT NULL, statement text NOT NULL)"

# Foreign keys are put on unchecked first, which is instant, and checked then, which lets others read and write.
_FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
    FROM pg_constraint
    WHERE contype = 'f' AND (conrelid = ANY(%(tables)s::regclass[]) OR confrelid = ANY(%(tables)s::regclass[]))
    ORDER BY conrelid, conname"""
_KEYS = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
    FROM pg_constraint WHERE contype IN ('p', 'u') AND conrelid = ANY(%(tables)s::regclass[])
    ORDER BY conrelid, conname"""
_INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
    FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
    WHERE i.indrelid = ANY(%(tables)s::regclass[]) AND c.oid IS NULL ORDER BY 1"""
# Sorting in memory makes an index in half the time.
_MEMORY = "SET maintenance_work_mem = '512MB'"


def is_dismantled() -> bool:
    """Whether a load was broken off before its tables were whole again."""
    return connection.vendor == "postgresql" and _LIST in connection.introspection.table_names()


@transaction.atomic
def dismantle(models: Iterable[Model]) -> None:
    """Take every index and constraint off the tables but the checks of single rows, and write down what to put on."""
    tables = [model._meta.db_table for model in models]
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_LIST)
        cursor.execute(_FOREIGN_KEYS, {"tables": tables})
        for table, name, definition in cursor.fetchall():
            _note(cursor, 2, f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition} NOT VALID")
            _note(cursor, 3, f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute(_KEYS, {"tables": tables})
        for table, name, definition in cursor.fetchall():
            _note(cursor, 1, f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute(_INDEXES, {"tables": tables})
        for index, definition in cursor.fetchall():
            _note(cursor, 1, definition)
            cursor.execute(f"DROP INDEX {index}")


def _note(cursor: object, turn: int, statement: str) -> None:
    cursor.execute(f"INSERT INTO {_LIST} (turn, statement) VALUES (%s, %s)", [turn, statement])  # type: ignore[attr-defined]


def rebuild(progress: Callable[[int], None]) -> None:
    """Put everything on again that the list names; may be broken off and repeated. `progress` gets each step done."""
    for turn in (1, 2, 3):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT position FROM {_LIST} WHERE turn = %s ORDER BY position", [turn])
            steps = [position for (position,) in cursor.fetchall()]
        for _done in shared(_put_on, steps) if turn != 2 else map(_put_on, steps):
            progress(1)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {_LIST}")


def steps_left() -> int:
    """Return how many statements `rebuild` has to run."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {_LIST}")
        return int(cursor.fetchone()[0])


def _put_on(position: int) -> None:
    """Run one statement of the list and strike it off."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_MEMORY)
        cursor.execute(f"DELETE FROM {_LIST} WHERE position = %s RETURNING statement", [position])
        cursor.execute(cursor.fetchone()[0])
