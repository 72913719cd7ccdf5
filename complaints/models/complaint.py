"""The record of one query, its stays in the stages, and its transfers between departments."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from complaints.models.citizens import Citizen, ContactPoint
from departments.models import Category, Channel, Department, District, Section, SopVersion, User
from departments.sops import Reason, Stage


class Complaint(models.Model):
    """One query of any kind, from any channel.

    Filed (complaints/intake.py) it enters content creation and owes the duties of the SOP version written on it.
    Officials route it, own it, draft and approve the answer; sending the answer enters response. Concluded, it is
    handed to monitoring, where someone who is not the responder checks and signs off; its last stage entry is then
    closed. An objection voids the closure and the query is back in content creation. There is no status column:
    the open stage entry is the stage, the standing closure the conclusion.
    """

    class Anonymity(models.TextChoices):
        NAMED = "named", _("Named")
        HIDDEN = "hidden", _("Hidden from the office that handles it")
        UNKNOWN = "unknown", _("Unknown: nothing is kept")

    reference = models.CharField(max_length=16, unique=True)
    code_hmac = models.CharField(max_length=64, unique=True)
    idempotency_key = models.CharField(max_length=120, unique=True, null=True, blank=True)
    reason = models.CharField(max_length=16, choices=Reason)
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", db_index=False)
    section = models.ForeignKey(Section, models.PROTECT, related_name="+", db_index=False)  # that answers it
    monitored_by = models.ForeignKey(
        Section, models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )  # that checks it, from the hand-over on
    offered_to = models.ForeignKey(Department, models.PROTECT, related_name="+", null=True, blank=True)
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+", db_index=False)
    citizen = models.ForeignKey(Citizen, models.PROTECT, related_name="complaints", null=True, blank=True)
    contact = models.ForeignKey(ContactPoint, models.PROTECT, related_name="+", null=True, blank=True)
    anonymity = models.CharField(max_length=8, choices=Anonymity, default=Anonymity.NAMED)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES, default="en")
    text = models.TextField()
    place = models.CharField(max_length=500, blank=True)
    district = models.ForeignKey(
        District, models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )  # where it is, if the citizen said so
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    taken_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    sop_version = models.ForeignKey(SopVersion, models.PROTECT, related_name="+", db_index=False)
    # Grows with every verb; a reader that brings an old one is refused (optimistic concurrency).
    version = models.PositiveIntegerField(default=1)
    # The end of the event chain: without them a cut-off tail could not be told from a short trail.
    trail_length = models.PositiveIntegerField(default=0)
    trail_hash = models.CharField(max_length=64, blank=True)
    moved_at = models.DateTimeField()  # the last change but flags: nobody may act as of an earlier moment

    class Meta:
        indexes = [
            models.Index(fields=["department", "received_at"], name="complaint_by_department"),
            models.Index(fields=["section", "received_at"], name="complaint_by_section"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(anonymity="unknown") | Q(citizen__isnull=True, contact__isnull=True),
                name="unknown_keeps_nothing",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class StageEntry(models.Model):
    """A complaint's stay in a stage with the section and the person that own it; each change of owner is a new
    entry. The open one (left_at null) is the complaint's stage.

    `department` (the section's) and `due_at` (the earliest date still owed on the complaint, `entered_at` where nothing
    is) stand here so that a queue is read from one index; complaints/actions.py keeps them with every change."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="entries")
    stage = models.CharField(max_length=12, choices=Stage)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", db_index=False)
    section = models.ForeignKey(Section, models.PROTECT, related_name="+", db_index=False)
    owner = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    due_at = models.DateTimeField()
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "stage entries"
        constraints = [
            models.UniqueConstraint(fields=["complaint"], condition=Q(left_at__isnull=True), name="one_open_entry"),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("entered_at")), name="entry_left_after_entered"
            ),
        ]
        # One for each queue that complaints/triage.py reads, in its order.
        indexes = [
            models.Index(
                fields=["section", "due_at", "id"], condition=Q(left_at__isnull=True), name="open_entries_by_section"
            ),
            models.Index(
                fields=["department", "due_at", "id"], condition=Q(left_at__isnull=True), name="open_entries_by_office"
            ),
            models.Index(
                fields=["department", "stage", "due_at", "id"],
                condition=Q(left_at__isnull=True),
                name="open_entries_by_stage",
            ),
            models.Index(fields=["due_at", "id"], condition=Q(left_at__isnull=True), name="open_entries_by_date"),
            models.Index(
                fields=["owner", "due_at", "id"],
                condition=Q(left_at__isnull=True, owner__isnull=False),
                name="open_entries_by_owner",
            ),
            models.Index(
                fields=["department", "due_at", "id"],
                condition=Q(left_at__isnull=True, owner__isnull=True),
                name="open_entries_without_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.stage}"


class Transfer(models.Model):
    """An offer of a complaint to another department, which accepts or returns it. The citizen's clock never
    restarts, and the sender owes everything until it is accepted (measurement 2.6 and 5, row 6)."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="transfers")
    from_department = models.ForeignKey(Department, models.PROTECT, related_name="+", db_index=False)
    to_department = models.ForeignKey(Department, models.PROTECT, related_name="+", db_index=False)
    to_section = models.ForeignKey(Section, models.PROTECT, related_name="+", db_index=False)
    reason = models.TextField()
    offered_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    offered_at = models.DateTimeField()
    answered_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, db_index=False)
    answered_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(null=True)
    answer = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["complaint"], condition=Q(answered_at__isnull=True), name="one_open_offer"),
            models.CheckConstraint(
                condition=~Q(from_department=F("to_department")), name="transfer_leaves_the_department"
            ),
        ]
        # Who held a query at a moment asks for what was passed on after it: near now, a few.
        indexes = [
            models.Index(
                fields=["answered_at", "from_department"], condition=Q(accepted=True), name="transfer_passed_on"
            )
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} to {self.to_department_id}"
