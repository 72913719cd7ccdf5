"""Standard texts: wordings with which an answer may begin."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from departments.models.people import Department
from departments.names import NameField
from departments.sops import Reason

# Half of the longest letter: there must be room for what the officer has to say.
_LONGEST_TEXT = 10_000


class StandardTextQuerySet(models.QuerySet["StandardText"]):
    def of(self, department: int) -> "StandardTextQuerySet":
        """Texts of the department (primary key) and those of all, open or not."""
        return self.filter(Q(department=None) | Q(department=department))

    def offered(self, department: int, reason: str) -> "StandardTextQuerySet":
        """Open texts with which an answer of the department to a query of `reason` may begin; the narrowest first."""
        return self.of(department).filter(reason__in=("", reason), is_open=True).order_by("-reason", "pk")


class StandardText(models.Model):
    """A wording of one department, or of all, for one reason or any.

    Never rewritten: letters are measured by how much of them is not from it (measurement 2.3). Who wants to say it
    differently closes it and writes another.
    """

    department = models.ForeignKey(Department, models.PROTECT, related_name="+", null=True, blank=True)
    reason = models.CharField(max_length=16, choices=Reason, blank=True)
    name = NameField()
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    text = models.TextField(max_length=_LONGEST_TEXT)
    is_open = models.BooleanField(default=True)

    objects = StandardTextQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.name)
