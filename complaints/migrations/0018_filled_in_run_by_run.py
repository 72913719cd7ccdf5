"""Fills in the procedures of the duties that are there. Each statement is a transaction of its own, so that nobody waits
for more than one of them, and what was interrupted is begun again without harm."""

from django.db import migrations
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
    atomic = False

    dependencies = [("complaints", "0017_the_procedure_of_a_duty")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
