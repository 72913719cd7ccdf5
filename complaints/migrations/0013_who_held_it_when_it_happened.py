"""Letters, closures and ratings say which department held the query when they were made: who reads a quarter of them
need not find it out from the transfers, row by row."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce


def fill(apps, schema_editor):
    complaints = apps.get_model("complaints", "Complaint").objects
    accepted = apps.get_model("complaints", "Transfer").objects.filter(accepted=True)
    today = complaints.filter(pk=OuterRef("complaint")).values("department")[:1]
    for name, moment in (("Letter", "sent_at"), ("Closure", "concluded_at"), ("Rating", "rated_at")):
        later = accepted.filter(complaint=OuterRef("complaint"), answered_at__gt=OuterRef(moment))
        sender = later.order_by("answered_at").values("from_department")[:1]
        rows = apps.get_model("complaints", name).objects
        rows.update(department=Coalesce(Subquery(sender), Subquery(today)))


def held_then():
    return models.ForeignKey(
        null=True, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+",
        to="departments.department",
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("complaints", "0012_what_happened_by_moment"),
        ("departments", "0003_districts"),
    ]

    operations = [
        *(migrations.AddField(name, "department", held_then()) for name in ("letter", "closure", "rating")),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
