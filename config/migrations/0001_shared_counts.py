"""The table of Django's database cache, which counts wrong guesses where there is no Redis. It is made in any case, so
that taking Redis away needs no other step."""

from django.core.management import call_command
from django.db import migrations

TABLE = "config_shared"


def create(apps, editor):
    call_command("createcachetable", TABLE, database=editor.connection.alias, verbosity=0)


def drop(apps, editor):
    editor.execute(f"DROP TABLE IF EXISTS {editor.quote_name(TABLE)}")


class Migration(migrations.Migration):
    dependencies = []
    operations = [migrations.RunPython(create, drop)]
