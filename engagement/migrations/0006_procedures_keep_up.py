from typing import Any

import django.utils.timezone
from django.db import migrations, models
from django.db.models import F


def as_of_the_full_count(apps: Any, schema_editor: Any) -> None:
    """So far a tally had one moment."""
    apps.get_model("engagement", "Tally").objects.update(rows_at=F("counted_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('engagement', '0005_calendar_of_a_count'),
    ]

    operations = [
        migrations.AddField(
            model_name='tally',
            name='rows_at',
            field=models.DateTimeField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
        migrations.RunPython(as_of_the_full_count, migrations.RunPython.noop),
    ]
