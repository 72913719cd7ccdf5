"""`manage.py prepare`: what a start needs once: the tables, the static files, and demo data for a first look."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from departments.models import Department


class Command(BaseCommand):
    """Safe to run at every start: each part does nothing when it is done already."""

    help = "Bring the database up to date; collect static files (production) or load the demo (first start); sweep."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0, stdout=self.stdout)
        if settings.PRODUCTION:
            # Real departments are entered, never invented.
            call_command("collectstatic", interactive=False, verbosity=0, stdout=self.stdout)
        elif not Department.objects.exists():
            self.stdout.write("First start: loading the demo …")
            call_command("demo", stdout=self.stdout)
            call_command("demo_readings", stdout=self.stdout)
            call_command("freeze", stdout=self.stdout)
        # What came due while nothing ran is flagged before the first page is shown.
        call_command("sweep", stdout=self.stdout)
