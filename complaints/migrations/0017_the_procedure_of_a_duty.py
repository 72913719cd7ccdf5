"""Duties say by which procedure they are owed: who counts millions of them need not ask each one's query."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Max, OuterRef, Subquery

# As many duties (by their keys) are filled in by one statement.
AT_ONCE = 100_000


def fill(apps, schema_editor):
    duties = apps.get_model("complaints", "Duty").objects
    theirs = apps.get_model("complaints", "Complaint").objects.filter(pk=OuterRef("complaint")).values("sop_version")
    last = duties.aggregate(last=Max("pk"))["last"] or 0
    for first in range(0, last + 1, AT_ONCE):
        duties.filter(pk__gte=first, pk__lt=first + AT_ONCE).update(sop_version=Subquery(theirs))


class Migration(migrations.Migration):
    dependencies = [
        ("complaints", "0016_citizens_letters_and_resolutions"),
        ("departments", "0005_standard_texts"),
    ]

    operations = [
        migrations.AddField(
            "duty",
            "sop_version",
            models.ForeignKey(
                null=True, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                to="departments.sopversion",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
