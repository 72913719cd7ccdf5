"""`manage.py found_standard --by NAME`: a real installation begins with the uniform procedures, a calendar, the
districts and standard texts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from departments.errors import Refused
from departments.founding import found_calendar, found_districts, found_standard_texts, found_uniform_sops
from departments.models import User
from departments.plans import punjab_offices


class Command(BaseCommand):
    """Safe to repeat: what is there stays as it is."""

    help = (
        "Put version 1 of the uniform procedures in force; enter the Punjab government's calendar, the districts of"
        " Pakistan and standard texts."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, help="username of a superuser or an administrator of the centre")

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(username=options["by"]).first()
        if by is None:
            raise CommandError(f"There is no user “{options['by']}”; create one with `manage.py createsuperuser`.")
        at = timezone.now()
        try:
            versions = found_uniform_sops(by=by, at=at)
            calendar = found_calendar(punjab_offices(), by=by, at=at)
            districts = found_districts()
            texts = found_standard_texts(by=by, at=at)
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        for version in versions.values():
            self.stdout.write(f"{version} in force since {version.in_force_from:%Y-%m-%d}")
        self.stdout.write(f"calendar “{calendar.code}”: {calendar}")
        self.stdout.write(f"{len(districts)} districts")
        self.stdout.write(f"standard texts entered: {len(texts)}")
