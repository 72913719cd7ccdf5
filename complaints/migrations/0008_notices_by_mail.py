from django.db import migrations, models


class Migration(migrations.Migration):
    """What is there was told long ago: the first default, which costs no rewriting, says that no mail waits."""

    dependencies = [('complaints', '0007_queues_from_one_index')]

    operations = [
        migrations.AddField(
            model_name='notice',
            name='mail_waits',
            field=models.BooleanField(db_default=False, default=True),
        ),
        migrations.AlterField(
            model_name='notice',
            name='mail_waits',
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('mail_waits', True)), fields=['told_at'], name='notices_to_mail'),
        ),
    ]
