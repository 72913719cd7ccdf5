"""Walk the event chains; exit 1 and name the row where one is broken."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from complaints.trail import broken_links

SHOWN = 100


class Command(BaseCommand):
    help = "Check that no event was changed, removed or added after it was written."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for sentence in broken_links():
            broken += 1
            if broken <= SHOWN:
                self.stderr.write(sentence)
        if broken:
            raise CommandError(f"{broken} broken links in the event chains.", returncode=1)
        self.stdout.write("Every event chain is whole.")
