"""What is written: drafts and their approvals, letters between citizen and office, internal notes."""

from functools import reduce
from operator import or_

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from complaints.models.citizens import ContactPoint
from complaints.models.complaint import Complaint
from departments.channels import ChannelKind
from departments.models import Department, StandardText, User
from messaging.models import Incoming, Outgoing


class LetterKind(models.TextChoices):
    """The kinds of measurement 2.2, and what the citizen writes."""

    SUBSTANTIVE = "substantive", _("Answer")
    REFUSAL = "refusal", _("Refusal with the reason")
    REDIRECT = "redirect", _("Where to turn instead")
    FOLLOW_UP = "follow_up", _("Follow-up")
    QUESTION = "question", _("Question to the citizen")
    INTERIM = "interim", _("Interim note")
    ACKNOWLEDGEMENT = "auto_ack", _("Acknowledgement")
    CLOSING = "closing", _("Closing notice")
    NOTICE = "notice", _("Notice")
    CITIZEN = "citizen", _("From the citizen")


# Measurement 2.3: only these can be a substantive response, and only these are drafted and approved.
ANSWERS = (LetterKind.SUBSTANTIVE, LetterKind.REFUSAL, LetterKind.REDIRECT)
DRAFTED = (*ANSWERS, LetterKind.FOLLOW_UP)
# What a department's quarter is read for, from an index of its own.
ANSWERS_AND_INTERIM = (*ANSWERS, LetterKind.INTERIM)


class Draft(models.Model):
    """One wording of a letter. Every edit is a new row that `replaces` the one before, so that "what changed" can
    be shown and an approval can never cover another text."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="drafts")
    replaces = models.ForeignKey("self", models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    kind = models.CharField(max_length=12, choices=LetterKind)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    text = models.TextField()
    # With what its first wording began, and the part (0 to 1) of its words that is not from there; 1 without one.
    standard_text = models.ForeignKey(
        StandardText, models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    own_share = models.FloatField(default=1.0, db_default=1.0)
    author = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    written_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)  # replaced, sent, or overtaken by the conclusion

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["complaint"], condition=Q(closed_at__isnull=True), name="one_open_draft")
        ]

    def __str__(self) -> str:
        return f"draft {self.pk} of {self.complaint_id}"


class Approval(models.Model):
    """A second person's word on a draft, bound to the hash of text, recipient and channel. The author of the
    draft cannot give it: the constraint holds whatever the code does (checklist Role-1)."""

    class Decision(models.TextChoices):
        APPROVED = "approved", _("Approved")
        SENT_BACK = "sent_back", _("Sent back")

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="approvals")
    author = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    approver = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    decision = models.CharField(max_length=10, choices=Decision)
    content_hash = models.CharField(max_length=64)
    comment = models.TextField(blank=True)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(approver=F("author")), name="approver_is_not_the_author"),
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.draft_id}"


class Letter(models.Model):
    """A message between citizen and office, in or out, whatever the channel. Its wording is bound into the trail
    by hash. `outgoing` is null where no verified address is known: the text then waits on the tracking page."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="letters")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", db_index=False)  # that held it then
    kind = models.CharField(max_length=12, choices=LetterKind)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    text = models.TextField()
    channel_kind = models.CharField(max_length=12, choices=ChannelKind)
    contact = models.ForeignKey(ContactPoint, models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    author = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    approval = models.ForeignKey(Approval, models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    own_share = models.FloatField(default=1.0, db_default=1.0)  # the draft's
    sent_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    expected_at = models.DateTimeField(null=True, blank=True)  # an interim note's new date
    outgoing = models.ForeignKey(Outgoing, models.PROTECT, related_name="+", null=True, blank=True, db_index=False)
    incoming = models.ForeignKey(Incoming, models.PROTECT, related_name="+", null=True, blank=True, db_index=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["sent_at"],
                condition=Q(delivered_at__isnull=True, outgoing__isnull=False),
                name="letters_under_way",
            ),
            models.Index(
                fields=["department", "sent_at", "own_share"],
                # Not kind__in: made again from how PostgreSQL writes that down, it is written down otherwise.
                condition=reduce(or_, (Q(kind=kind) for kind in ANSWERS_AND_INTERIM)),
                name="answer_by_department",
            ),
            # Few among all letters, and looked for query by query.
            models.Index(
                fields=["complaint", "kind", "sent_at"],
                condition=Q(kind=LetterKind.CITIZEN) | Q(kind=LetterKind.INTERIM),
                name="citizen_and_interim_letters",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["incoming"], condition=Q(incoming__isnull=False), name="one_letter_an_arrival"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.complaint_id}"


class Contest(models.Model):
    """The citizen's word that a letter is no answer to what was asked. Until the monitor upholds the letter it is no
    real answer (measurement 2.3); struck, it never was one."""

    letter = models.OneToOneField(Letter, models.PROTECT, related_name="contest")
    contested_at = models.DateTimeField()
    reason = models.TextField(blank=True)
    judged_at = models.DateTimeField(null=True, blank=True)
    upheld = models.BooleanField(null=True, blank=True)
    judged_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True, db_index=False)

    class Meta:
        indexes = [
            models.Index(fields=["letter"], condition=Q(judged_at__isnull=True), name="contests_to_judge"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(judged_at__isnull=True, upheld__isnull=True, judged_by__isnull=True)
                | Q(judged_at__isnull=False, upheld__isnull=False, judged_by__isnull=False),
                name="contest_is_judged_whole",
            )
        ]

    def __str__(self) -> str:
        return f"contest of {self.letter_id}"


class Note(models.Model):
    """What officials write for each other; a call attempt is a note of its own kind."""

    class Kind(models.TextChoices):
        NOTE = "note", _("Note")
        CALL = "call", _("Call attempt")

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.NOTE)
    author = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    text = models.TextField()
    written_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} on {self.complaint_id}"
