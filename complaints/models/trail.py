"""The trail that nobody can rewrite, and the notices to officials."""

from django.db import models
from django.db.models import Q

from complaints.chain import EventKind
from complaints.models.complaint import Complaint
from departments.models import User


class Event(models.Model):
    """A past-tense fact. Append-only by a database trigger (migration 0002), chained by hash per complaint
    (complaints/chain.py); `data` holds identifiers and digests, never personal text.

    `occurred_at` is when it is said to have happened, `recorded_at` when it was written down.
    """

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="events", db_index=False)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=EventKind)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=8)
    official = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    data = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["complaint", "number"]
        constraints = [models.UniqueConstraint(fields=["complaint", "number"], name="one_event_a_number")]
        indexes = [
            models.Index(fields=["complaint"], condition=Q(kind=EventKind.ROUTED), name="routed_events"),
            models.Index(fields=["recorded_at"], name="event_by_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} #{self.number} {self.kind}"


class Notice(models.Model):
    """What an official is told in the application; complaints/notices.py decides who is told what."""

    recipient = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=EventKind)
    level = models.PositiveSmallIntegerField(null=True, blank=True)
    told_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    # Until complaints/telling.py has mailed it, or found that nobody is to be mailed.
    mail_waits = models.BooleanField(db_default=True, default=True)

    class Meta:
        indexes = [
            models.Index(fields=["recipient", "-told_at"], condition=Q(read_at__isnull=True), name="unread_notices"),
            models.Index(fields=["told_at"], condition=Q(mail_waits=True), name="notices_to_mail"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient_id}"


class Refusal(models.Model):
    """An attempt by an official at something that he may not do, such as approving his own answer. Kept beside the
    trail, because an attempt changes nothing and is no part of a query's life."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="+")
    official = models.ForeignKey(User, models.PROTECT, related_name="+")
    move = models.CharField(max_length=20)
    sentence = models.TextField()
    refused_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.official_id} {self.move} {self.complaint_id}"
