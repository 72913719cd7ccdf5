from django.db import migrations
from django.db.models import Case, F, OuterRef, Subquery, When
from django.db.models.functions import Coalesce


def fill(apps, schema_editor):
    """The earliest date still owed, for the entries that are open; the others are in no queue."""
    StageEntry = apps.get_model('complaints', 'StageEntry')
    Duty = apps.get_model('complaints', 'Duty')
    Section = apps.get_model('departments', 'Section')
    owed = Duty.objects.filter(complaint=OuterRef('complaint'), ended_at__isnull=True, replaced_at__isnull=True)
    of_section = Section.objects.filter(pk=OuterRef('section')).values('department')
    earliest = Coalesce(Subquery(owed.order_by('due_at').values('due_at')[:1]), F('entered_at'))
    StageEntry.objects.update(
        department=Subquery(of_section),
        due_at=Case(When(left_at__isnull=True, then=earliest), default=F('entered_at')),
    )


class Migration(migrations.Migration):
    """Apart from the columns, because PostgreSQL alters no table with changes that wait for their constraints."""

    dependencies = [('complaints', '0005_room_for_what_a_queue_reads')]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
