"""Citizens and the ways to reach them."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Upper

from departments.channels import ChannelKind


class Citizen(models.Model):
    """A person who asked. Never keyed on a telephone number: numbers change hands and are shared by families."""

    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES, default="en")

    def __str__(self) -> str:
        return self.name or f"citizen {self.pk}"


class ContactPoint(models.Model):
    """An address of a citizen. Until it is verified it gets one short message without the citizen's text."""

    citizen = models.ForeignKey(Citizen, models.CASCADE, related_name="contacts")
    kind = models.CharField(max_length=12, choices=ChannelKind)
    address = models.CharField(max_length=320)
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["citizen", "kind", "address"], name="one_contact_an_address")]
        indexes = [models.Index(Upper("address"), name="contact_by_address")]  # as iexact asks for it

    def __str__(self) -> str:
        return f"{self.kind} of {self.citizen_id}"
