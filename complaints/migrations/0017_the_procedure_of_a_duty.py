"""Duties say by which procedure they are owed: who counts millions of them need not ask each one's query."""

import django.db.models.deletion
from django.db import migrations, models


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
    ]
