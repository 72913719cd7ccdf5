"""Frozen quarters, which the database itself refuses to change or delete; and a tally keeps M1 and M3 in its families."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = ("engagement_snapshot", "engagement_restatement")

SQLITE = tuple(
    f"CREATE TRIGGER {table}_never_{name} BEFORE {verb} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'frozen figures are append-only'); END"
    for table in TABLES
    for name, verb in (("changes", "UPDATE"), ("goes", "DELETE"))
)
POSTGRESQL = (
    "CREATE FUNCTION frozen_figures_are_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'frozen figures are append-only'; END $$",
    *(
        f"CREATE TRIGGER {table}_never_changes BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION frozen_figures_are_append_only()"
        for table in TABLES
    ),
)
UNDO_SQLITE = tuple(f"DROP TRIGGER {table}_never_{name}" for table in TABLES for name in ("changes", "goes"))
UNDO_POSTGRESQL = (
    *(f"DROP TRIGGER {table}_never_changes ON {table}" for table in TABLES),
    "DROP FUNCTION frozen_figures_are_append_only()",
)


def _run(schema_editor, sqlite, postgresql):
    for statement in sqlite if schema_editor.connection.vendor == "sqlite" else postgresql:
        schema_editor.execute(statement)


def forwards(apps, schema_editor):
    _run(schema_editor, SQLITE, POSTGRESQL)


def backwards(apps, schema_editor):
    _run(schema_editor, UNDO_SQLITE, UNDO_POSTGRESQL)


class Migration(migrations.Migration):
    dependencies = [("engagement", "0003_self_assessments_and_call_backs"), ("departments", "0001_who_is_who")]
    operations = [
        migrations.RemoveField(model_name="tally", name="answered"),
        migrations.RemoveField(model_name="tally", name="asked"),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quarter", models.CharField(max_length=6)),
                ("method_version", models.PositiveSmallIntegerField()),
                ("calendar_revision", models.PositiveIntegerField()),
                ("inputs_hash", models.CharField(max_length=64)),
                ("results", models.JSONField()),
                ("frozen_at", models.DateTimeField()),
                ("written_at", models.DateTimeField()),
                (
                    "department",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="departments.department",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("department", "quarter", "method_version"), name="one_snapshot_a_quarter_and_method"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Restatement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("counted_at", models.DateTimeField()),
                ("results", models.JSONField()),
                ("differences", models.JSONField()),
                ("reasons", models.JSONField()),
                (
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="restatements",
                        to="engagement.snapshot",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("snapshot", "counted_at"), name="one_restatement_a_count")
                ],
            },
        ),
        migrations.RunPython(forwards, backwards),
    ]
