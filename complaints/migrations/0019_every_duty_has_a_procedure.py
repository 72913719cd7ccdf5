"""What the migration before filled in is never empty from now on."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("complaints", "0018_filled_in_run_by_run")]

    operations = [
        migrations.AlterField(
            "duty",
            "sop_version",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                to="departments.sopversion",
            ),
        ),
    ]
