import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0006_what_a_queue_reads'),
        ('departments', '0001_who_is_who'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='stageentry',
            name='open_entries_by_section',
        ),
        migrations.RemoveIndex(
            model_name='stageentry',
            name='open_entries_by_owner',
        ),
        migrations.AlterField(
            model_name='stageentry',
            name='department',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='departments.department'),
        ),
        migrations.AlterField(
            model_name='stageentry',
            name='due_at',
            field=models.DateTimeField(),
        ),
        migrations.AddIndex(
            model_name='pause',
            index=models.Index(condition=models.Q(('contested_at__isnull', False), ('judged_at__isnull', True)), fields=['complaint'], name='pauses_to_judge'),
        ),
        migrations.AddIndex(
            model_name='duty',
            index=models.Index(condition=models.Q(('ended_at__isnull', True), ('paused_at__isnull', False), ('replaced_at__isnull', True)), fields=['paused_until'], name='duty_paused'),
        ),
        migrations.AddIndex(
            model_name='stageentry',
            index=models.Index(condition=models.Q(('left_at__isnull', True)), fields=['section', 'due_at', 'id'], name='open_entries_by_section'),
        ),
        migrations.AddIndex(
            model_name='stageentry',
            index=models.Index(condition=models.Q(('left_at__isnull', True)), fields=['department', 'due_at', 'id'], name='open_entries_by_office'),
        ),
        migrations.AddIndex(
            model_name='stageentry',
            index=models.Index(condition=models.Q(('left_at__isnull', True)), fields=['department', 'stage', 'due_at', 'id'], name='open_entries_by_stage'),
        ),
        migrations.AddIndex(
            model_name='stageentry',
            index=models.Index(condition=models.Q(('left_at__isnull', True)), fields=['due_at', 'id'], name='open_entries_by_date'),
        ),
        migrations.AddIndex(
            model_name='stageentry',
            index=models.Index(condition=models.Q(('left_at__isnull', True), ('owner__isnull', False)), fields=['owner', 'due_at', 'id'], name='open_entries_by_owner'),
        ),
        migrations.AddIndex(
            model_name='stageentry',
            index=models.Index(condition=models.Q(('left_at__isnull', True), ('owner__isnull', True)), fields=['department', 'due_at', 'id'], name='open_entries_without_owner'),
        ),
    ]
