"""The random call-back of a quarter's contacts: the draw, and each call with what the citizen said."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from complaints.models import Complaint, Rating
from departments.channels import ChannelKind
from departments.models import Department, User


class CallDraw(models.Model):
    """Whom the system drew, once for a department and quarter, of all that came to it. With `seed` and the quarter's
    references everybody can draw again (engagement/drawing.py)."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="+", db_index=False)
    quarter = models.CharField(max_length=6)  # 2026Q3
    seed = models.CharField(max_length=64)
    drawn_at = models.DateTimeField()
    due_at = models.DateTimeField()  # by when the calls are made
    contacts = models.PositiveIntegerField()  # that came in the quarter
    reachable = models.PositiveIntegerField()  # of them, by telephone
    size = models.PositiveIntegerField()  # drawn
    by_channel = models.JSONField()  # contacts of the quarter by the kind of channel

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["department", "quarter"], name="one_draw_a_quarter"),
            models.CheckConstraint(
                condition=Q(size__lte=F("reachable")) & Q(reachable__lte=F("contacts")), name="drawn_of_the_reachable"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.department_id} {self.quarter}"


class CallBack(models.Model):
    """One drawn contact: waiting until the citizen answers the questions of measurement 2.5 (each may be left out but
    the first), does not want to, or was called in vain three times."""

    class State(models.TextChoices):
        WAITING = "waiting", _("To be called")
        ANSWERED = "answered", _("Answered")
        REFUSED = "refused", _("Does not want to answer")
        NOT_REACHED = "not_reached", _("Not reached")

    class Way(models.TextChoices):
        """How the questions were put."""

        PHONE = "phone", _("A person called")
        IVR = "ivr", _("A machine called, answered by key")
        SMS = "sms", _("Text message")

    draw = models.ForeignKey(CallDraw, models.PROTECT, related_name="calls", db_index=False)
    number = models.PositiveIntegerField()  # on the list of the draw, from 1
    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=12, choices=ChannelKind)  # by which the contact came: the stratum
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(null=True)  # the last call
    settled_at = models.DateTimeField(null=True)  # answered, refused, or called in vain for the last time
    taken_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, db_index=False)
    way = models.CharField(max_length=8, choices=Way, blank=True)
    answered = models.CharField(max_length=8, choices=Rating.Answered, blank=True)
    could_say = models.BooleanField(null=True)
    used = models.CharField(max_length=12, choices=Rating.Used, blank=True)
    explained = models.BooleanField(null=True)  # got it, or had the refusal explained
    satisfaction = models.PositiveSmallIntegerField(null=True)  # 1 (very bad) to 5 (very good)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draw", "number"], name="one_call_a_number"),
            models.UniqueConstraint(fields=["draw", "complaint"], name="one_call_a_contact"),
            models.CheckConstraint(
                condition=Q(state="waiting", settled_at__isnull=True)
                | (~Q(state="waiting") & Q(settled_at__isnull=False, taken_by__isnull=False)),
                name="settled_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(satisfaction__isnull=True) | Q(satisfaction__gte=1, satisfaction__lte=5),
                name="satisfied_one_to_five",
            ),
            models.CheckConstraint(
                condition=Q(state="answered") & ~Q(answered="") | ~Q(state="answered") & Q(answered=""),
                name="who_answered_answered_the_first",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draw_id} {self.number}"
