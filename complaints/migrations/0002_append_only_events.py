"""Events are append-only whatever the code above does: the database itself refuses to change or delete one."""

from django.db import migrations

TABLE = "complaints_event"

SQLITE = (
    f"CREATE TRIGGER events_never_change BEFORE UPDATE ON {TABLE} "
    "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
    f"CREATE TRIGGER events_never_go BEFORE DELETE ON {TABLE} "
    "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
)
POSTGRESQL = (
    "CREATE FUNCTION events_are_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$",
    f"CREATE TRIGGER events_never_change BEFORE UPDATE OR DELETE ON {TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION events_are_append_only()",
)
UNDO_SQLITE = ("DROP TRIGGER events_never_change", "DROP TRIGGER events_never_go")
UNDO_POSTGRESQL = (f"DROP TRIGGER events_never_change ON {TABLE}", "DROP FUNCTION events_are_append_only()")


def _run(schema_editor, sqlite, postgresql):
    for statement in sqlite if schema_editor.connection.vendor == "sqlite" else postgresql:
        schema_editor.execute(statement)


def forwards(apps, schema_editor):
    _run(schema_editor, SQLITE, POSTGRESQL)


def backwards(apps, schema_editor):
    _run(schema_editor, UNDO_SQLITE, UNDO_POSTGRESQL)


class Migration(migrations.Migration):
    dependencies = [("complaints", "0001_a_query_and_its_life")]
    operations = [migrations.RunPython(forwards, backwards)]
