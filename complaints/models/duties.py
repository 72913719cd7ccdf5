"""What is owed on a complaint, until when, and what became of it."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from complaints.deadlines import Ended, owed, standing
from complaints.models.complaint import Complaint
from complaints.steps import RESOLUTION
from departments.models import Calendar, Department, Section, SopVersion, User
from departments.sops import Stage, Unit


class DutyQuerySet(models.QuerySet["Duty"]):
    def open(self) -> "DutyQuerySet":
        """Duties that are still owed, by whatever clock."""
        return self.filter(ended_at__isnull=True, replaced_at__isnull=True)

    def as_of(self, at: datetime) -> "DutyQuerySet":
        """Duties that existed at `at`, each with its `standing` then."""
        return self.filter(owed(at)).annotate(standing=standing(at))

    def rung_due(self, at: datetime) -> "DutyQuerySet":
        """Duties whose next rung of the ladder was reached before `at` and is not yet recorded."""
        return self.filter(next_rung_at__lt=at)


class Duty(models.Model):
    """A step of the SOP owed on one complaint.

    `promised_at` never changes. A row's `due_at` never changes either: an admissible pause, a reopening, a transfer
    or a holiday declared late *replaces* the row by one that `follows` it and says why in `cause`, so that any past
    moment can be reproduced (`as_of`) and "how was this date computed" can be shown.
    """

    class Cause(models.TextChoices):
        FILED = "filed"
        TRANSFERRED = "transferred"
        PAUSED = "paused"
        RESUMED = "resumed"
        CONTESTED = "contested"
        JUDGED = "judged"
        REOPENED = "reopened"
        HOLIDAY = "holiday"
        LEARNT = "learnt"

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="duties")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", db_index=False)
    section = models.ForeignKey(Section, models.PROTECT, related_name="+", db_index=False)
    # The query's procedure, which never changes: millions of duties are counted by it (ADR 28).
    sop_version = models.ForeignKey(SopVersion, models.PROTECT, related_name="+", db_index=False)
    stage = models.CharField(max_length=12, choices=Stage)
    code = models.CharField(max_length=4)
    limit = models.PositiveIntegerField(null=True, blank=True)
    unit = models.CharField(max_length=16, choices=Unit, blank=True)
    starts_at = models.DateTimeField()
    promised_at = models.DateTimeField()
    due_at = models.DateTimeField()
    cause = models.CharField(max_length=12, choices=Cause, default=Cause.FILED)
    follows = models.ForeignKey("self", models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    opened_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_as = models.CharField(max_length=8, choices=Ended, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)
    # The next rung of the escalation ladder and when it is reached. An ended or replaced duty keeps it only while a
    # rung that it reached before is still to be recorded. The sweep reads only this, so that its cost follows what is
    # newly late and not what has long been flagged.
    next_rung = models.PositiveSmallIntegerField(default=0)
    next_rung_at = models.DateTimeField(null=True, blank=True)

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "duties"
        indexes = [
            models.Index(fields=["next_rung_at"], condition=Q(next_rung_at__isnull=False), name="duty_next_rung"),
            models.Index(fields=["department", "starts_at"], name="duty_by_department"),
            models.Index(
                fields=["department", "ended_at"],
                condition=Q(code=RESOLUTION, ended_as=Ended.DONE),
                name="resolution_by_department",
            ),
            models.Index(
                fields=["section", "due_at"],
                condition=Q(ended_at__isnull=True, replaced_at__isnull=True),
                name="open_duty_by_section",
            ),
            models.Index(
                fields=["paused_until"],
                condition=Q(ended_at__isnull=True, replaced_at__isnull=True, paused_at__isnull=False),
                name="duty_paused",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["complaint", "code"],
                condition=Q(ended_at__isnull=True, replaced_at__isnull=True),
                name="owed_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_as="") | (Q(ended_at__isnull=False) & ~Q(ended_as="")),
                name="ended_says_how",
            ),
            models.CheckConstraint(
                condition=Q(next_rung_at__isnull=True)
                | Q(ended_at__isnull=True, replaced_at__isnull=True)
                | Q(next_rung_at__lt=F("ended_at"))
                | Q(next_rung_at__lt=F("replaced_at")),
                name="climbs_only_while_owed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.code}"


class Flag(models.Model):
    """A rung of the ladder reached: level 0 says overdue. `due_at` is the true due moment, whenever the sweep ran;
    `escalate_by` the moment until which step M2 counts the escalation as on time."""

    duty = models.ForeignKey(Duty, models.PROTECT, related_name="flags")
    level = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()
    flagged_at = models.DateTimeField()
    escalate_by = models.DateTimeField(null=True, blank=True)
    told = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True, db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["duty", "level"], name="flagged_once")]
        indexes = [
            models.Index(fields=["escalate_by"], condition=Q(escalate_by__isnull=False), name="flag_to_escalate")
        ]

    def __str__(self) -> str:
        return f"{self.duty_id} level {self.level}"


class Reckoned(models.Model):
    """Up to which revision of a calendar the open dates were reckoned again (complaints/recalendar.py)."""

    calendar = models.OneToOneField(Calendar, models.CASCADE, related_name="+")
    revision = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.calendar_id} at {self.revision}"


class Pause(models.Model):
    """A question to the citizen that stops the resolution clock from its delivery to the answer, within the limits
    of measurement 2.6. Contested, it counts nothing until the monitor has judged it."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="pauses")
    question = models.OneToOneField("complaints.Letter", models.PROTECT, related_name="pause")
    asked_at = models.DateTimeField()
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    inadmissible = models.CharField(max_length=200, blank=True)  # why it stops no clock; empty when it may
    contested_at = models.DateTimeField(null=True, blank=True)
    judged_at = models.DateTimeField(null=True, blank=True)
    upheld = models.BooleanField(null=True, blank=True)
    judged_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True, db_index=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["complaint"],
                condition=Q(contested_at__isnull=False, judged_at__isnull=True),
                name="pauses_to_judge",
            )
        ]

    def __str__(self) -> str:
        return f"pause of {self.complaint_id}"
