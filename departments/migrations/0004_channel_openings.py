"""When each channel was open. Of what was open before there are no records: it counts as open since its department
takes queries, and where it takes none yet, from now on."""

import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone


def open_what_is_open(apps, schema_editor):
    channels = apps.get_model("departments", "Channel").objects.filter(is_open=True)
    openings = apps.get_model("departments", "ChannelOpening").objects
    now = timezone.now()
    openings.bulk_create(
        (
            openings.model(channel_id=pk, since=live_since or now)
            for pk, live_since in channels.order_by("pk").values_list("pk", "department__live_since")
        ),
        batch_size=1000,
    )


class Migration(migrations.Migration):
    dependencies = [("departments", "0003_districts")]
    operations = [
        migrations.CreateModel(
            name="ChannelOpening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(blank=True, null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="openings",
                        to="departments.channel",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until__isnull", True)), fields=("channel",), name="one_opening_a_channel"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until__isnull", True), ("until__gt", models.F("since")), _connector="OR"
                        ),
                        name="channel_closes_after_it_opened",
                    ),
                ],
            },
        ),
        migrations.RunPython(open_what_is_open, migrations.RunPython.noop),
    ]
