"""Conclusions, provisional until they hold, and the citizen's rating."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.complaint import Complaint
from complaints.models.letters import Letter
from complaints.outcomes import Outcome
from departments.models import Department, User


class Closure(models.Model):
    """A conclusion with its outcome. Provisional: an objection, a failed call-back or the monitor voids it; it
    holds as complaints/outcomes.py::held_closure says."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="closures")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", db_index=False)  # that held it then
    outcome = models.CharField(max_length=12, choices=Outcome)
    statement = models.TextField(blank=True)
    concluded_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    concluded_at = models.DateTimeField()
    notice = models.ForeignKey(Letter, models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    delivered_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["complaint"], condition=Q(voided_at__isnull=True), name="one_standing_closure"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(voided_at__isnull=True), name="confirmed_is_not_voided"
            ),
        ]
        indexes = [
            models.Index(fields=["department", "concluded_at"], name="closure_by_department"),
            models.Index(
                fields=["delivered_at"],
                condition=Q(voided_at__isnull=True, confirmed_at__isnull=True),
                name="closure_held_by_silence",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.complaint_id}"


class Rating(models.Model):
    """The citizen's judgement of a concluded case, once: 1 (very bad) to 5 (very good), and the questions of
    measurement 2.5, each of which may be left out (empty, null)."""

    class Answered(models.TextChoices):
        """Did the office answer what you asked?"""

        YES = "yes", _("Yes")
        PARTLY = "partly", _("Partly")
        NO = "no", _("No")

    class Used(models.TextChoices):
        """Was your opinion used, or were you told why not?"""

        YES = "yes", _("Yes")
        NO = "no", _("No")
        NONE_GIVEN = "none_given", _("I did not give one")

    complaint = models.OneToOneField(Complaint, models.PROTECT, related_name="rating")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", db_index=False)  # that held it then
    stars = models.PositiveSmallIntegerField()
    answered = models.CharField(max_length=8, choices=Answered, blank=True, db_default="", default="")
    could_say = models.BooleanField(null=True, blank=True)  # could give an opinion or rate the work
    used = models.CharField(max_length=12, choices=Used, blank=True, db_default="", default="")
    explained = models.BooleanField(null=True, blank=True)  # got it, or had the refusal explained
    comment = models.TextField(blank=True)
    rated_at = models.DateTimeField()
    taken_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True, db_index=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="one_to_five_stars")]
        indexes = [models.Index(fields=["department", "rated_at"], name="rating_by_department")]

    def __str__(self) -> str:
        return f"{self.stars} for {self.complaint_id}"
