"""A complaint's row changes with every fact of its life. PostgreSQL can do that in place, without touching any index,
where the page has room left: so pages are filled to four fifths. SQLite has no such choice."""

from django.db import migrations


def _fill(schema_editor, parameter):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE complaints_complaint {parameter}")


def forwards(apps, schema_editor):
    _fill(schema_editor, "SET (fillfactor = 80)")


def backwards(apps, schema_editor):
    _fill(schema_editor, "RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [("complaints", "0002_append_only_events")]
    operations = [migrations.RunPython(forwards, backwards)]
