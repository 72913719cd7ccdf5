import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('complaints', '0004_bounces_and_addresses'),
        ('departments', '0001_who_is_who'),
    ]

    operations = [
        migrations.AddField(
            model_name='stageentry',
            name='department',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='departments.department'),
        ),
        migrations.AddField(
            model_name='stageentry',
            name='due_at',
            field=models.DateTimeField(null=True),
        ),
    ]
