"""What a department offers and by which ways it can be reached."""

from django.db import models
from django.db.models import F, Q

from departments.channels import ChannelKind
from departments.models.people import Department, Section
from departments.names import NameField
from departments.sops import Reason, Unit


class Channel(models.Model):
    """A way in and out that a department runs; `address` is its number, mailbox, account or counter. `is_open` is true
    while one of its openings has no end; departments/administration/channels.py keeps the two together."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="channels")
    kind = models.CharField(max_length=12, choices=ChannelKind)
    name = NameField()
    address = models.CharField(max_length=200, blank=True)
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "kind", "address"], name="one_channel_an_address")]

    def __str__(self) -> str:
        return f"{self.department.code} {self.kind} {self.address}".strip()


class ChannelOpening(models.Model):
    """From when to when a channel was open; of those still open there is one a channel."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="openings")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel"], condition=Q(until__isnull=True), name="one_opening_a_channel"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")), name="channel_closes_after_it_opened"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.since}"


class District(models.Model):
    """A district of the country, as citizens name the place where they live or which their query is about."""

    code = models.SlugField(unique=True)
    province = models.SlugField()
    name = NameField()

    def __str__(self) -> str:
        return str(self.name)


class Category(models.Model):
    """One line of a department's service catalogue. A category may carry a limit of its own for the resolution
    (step R6); without one the SOP's limit holds."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="categories")
    code = models.SlugField(max_length=80)
    name = NameField()
    reason = models.CharField(max_length=16, choices=Reason, default=Reason.COMPLAINT)
    section = models.ForeignKey(Section, models.PROTECT, related_name="categories", null=True, blank=True)
    questions = models.JSONField(default=list, blank=True, help_text="Questions to ask the citizen, as names.")
    resolution_limit = models.PositiveIntegerField(null=True, blank=True)
    resolution_unit = models.CharField(max_length=16, choices=Unit, blank=True)
    is_open = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "categories"
        constraints = [
            models.UniqueConstraint(fields=["department", "code"], name="one_category_a_code"),
            models.CheckConstraint(
                condition=models.Q(resolution_limit__isnull=True) | ~models.Q(resolution_unit=""),
                name="category_limit_has_unit",
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)
