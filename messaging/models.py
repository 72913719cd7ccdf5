"""What transport keeps: messages on their way out, each attempt, arrivals as they came, and signs of life."""

from datetime import datetime
from functools import reduce
from operator import or_
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from departments.channels import ChannelKind
from departments.models import Channel
from messaging.envelopes import KEY_LENGTH, LANGUAGE_LENGTH, PROVIDER_REF_LENGTH, RECIPIENT_LENGTH, SUBJECT_LENGTH
from messaging.states import (
    FOR_A_PERSON,
    HOURLY_CAP,
    MAX_ATTEMPTS,
    WINDOW,
    IncomingState,
    Result,
    State,
)

# While a message is in one of these, its latest attempt may have reached the recipient.
PERHAPS_SENT = (
    State.ATTEMPTING,
    State.ACCEPTED,
    State.DELIVERED,
    State.UNKNOWN,
)

# Written with OR, because SQLite does not recognise a partial index whose condition is an IN with parameters.
WAITS_FOR_A_PERSON = reduce(or_, (Q(state=state) for state in FOR_A_PERSON))


class OutgoingQuerySet(models.QuerySet["Outgoing"]):
    """The questions asked of the outbox."""

    def due(self, at: datetime) -> Self:
        return self.filter(state=State.PENDING, due_at__lte=at)

    def oldest_first(self) -> Self:
        return self.order_by("due_at", "pk")

    def leases_over(self, at: datetime) -> Self:
        return self.filter(state=State.ATTEMPTING, lease_until__lt=at)

    def retried(self) -> Self:
        return self.filter(state=State.PENDING, attempts__gt=0)

    def for_a_person(self) -> Self:
        return self.filter(WAITS_FOR_A_PERSON).order_by("state", "state_at", "pk")

    def to_be_done_by_hand(self) -> Self:
        return self.for_a_person().filter(state=State.BY_HAND)

    def perhaps_reached(self, kind: object, recipient: object, since: datetime) -> Self:
        """What may have reached this recipient after `since`, latest first."""
        mine = self.filter(kind=kind, recipient=recipient, state__in=PERHAPS_SENT, attempted_at__gt=since)
        return mine.order_by("-attempted_at")

    def within_cap(self, kind: str, at: datetime) -> Self:
        """Rows of `kind` that may be tried now without passing its HOURLY_CAP.

        Only the first waiting row of a recipient qualifies. So two relays can never claim two rows of one recipient
        at the same moment, and the later claim always counts the earlier one; no lock is needed for that.
        """
        cap = HOURLY_CAP.get(kind)
        if cap is None:
            return self
        same = Outgoing.objects.filter(kind=OuterRef("kind"), recipient=OuterRef("recipient"), state=State.PENDING)
        ahead = same.filter(Q(due_at__lt=OuterRef("due_at")) | Q(due_at=OuterRef("due_at"), pk__lt=OuterRef("pk")))
        sent = Outgoing.objects.perhaps_reached(OuterRef("kind"), OuterRef("recipient"), at - WINDOW)
        return self.filter(~Exists(ahead), ~Exists(sent[cap - 1 : cap]))


class Outgoing(models.Model):
    """One message to one recipient, from the decision to send it until its fate is known.

    Written `pending` in the transaction of the decision (or `by_hand` where no machine can send it). A relay claims it
    (`attempting`, with a lease), calls the provider, and records `accepted`, `pending` again, `failed` or `unknown`.
    The provider's reports move it on to `delivered` or `failed`. A person moves it out of `unknown`, `held`, `failed`
    and `by_hand`. `attempts` only grows: with it as witness, a late relay cannot overwrite a newer attempt.
    """

    kind = models.CharField(max_length=12, choices=ChannelKind)
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+", null=True, blank=True)
    recipient = models.CharField(max_length=RECIPIENT_LENGTH)
    language = models.CharField(max_length=LANGUAGE_LENGTH)
    subject = models.CharField(max_length=SUBJECT_LENGTH, blank=True)
    body = models.TextField()
    dedup_key = models.CharField(max_length=KEY_LENGTH)
    state = models.CharField(max_length=12, choices=State)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempts_allowed = models.PositiveSmallIntegerField(
        default=MAX_ATTEMPTS, help_text="The number of the attempt after which we give up."
    )
    attempted_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(help_text="Not sent before this.")
    lease_until = models.DateTimeField(null=True, blank=True)
    provider_ref = models.CharField(max_length=PROVIDER_REF_LENGTH, blank=True)
    failure = models.TextField(blank=True)
    created_at = models.DateTimeField()
    state_at = models.DateTimeField()

    objects = OutgoingQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "outgoing"
        constraints = [models.UniqueConstraint(fields=["dedup_key"], name="one_message_a_key")]
        indexes = [
            models.Index(fields=["due_at", "id"], name="outgoing_due", condition=Q(state=State.PENDING)),
            models.Index(fields=["lease_until"], name="outgoing_leases", condition=Q(state=State.ATTEMPTING)),
            models.Index(
                fields=["state", "state_at", "id"], name="outgoing_for_a_person", condition=WAITS_FOR_A_PERSON
            ),
            models.Index(
                fields=["created_at"], name="outgoing_retried", condition=Q(state=State.PENDING, attempts__gt=0)
            ),
            models.Index(fields=["recipient", "attempted_at"], name="outgoing_recipient"),
            models.Index(fields=["provider_ref"], name="outgoing_provider_ref", condition=~Q(provider_ref="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.dedup_key}"

    @property
    def tries_left(self) -> int:
        return max(0, self.attempts_allowed - self.attempts)


class Attempt(models.Model):
    """One call of a provider, written before the call, so that a call that never came back is seen too."""

    outgoing = models.ForeignKey(Outgoing, models.CASCADE, related_name="tries")
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=12, choices=Result, blank=True)
    detail = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outgoing", "number"], name="one_attempt_a_number")]

    def __str__(self) -> str:
        return f"{self.outgoing_id}/{self.number} {self.result}"


class Incoming(models.Model):
    """One arrival as it came, kept before anything is read from it. `due_at` is when it may next be claimed: a reader
    that dies leaves it there, and it is offered again. The same `external_id` on a channel is the same arrival."""

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+", db_index=False)
    external_id = models.CharField(max_length=255)
    raw = models.BinaryField()
    headers = models.JSONField(default=dict, blank=True)
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=IncomingState, default=IncomingState.PENDING)
    state_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    note = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "incoming"
        constraints = [
            # For ever, not for a time: a signed webhook can be replayed years later.
            models.UniqueConstraint(fields=["channel", "external_id"], name="one_arrival_an_external_id")
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="incoming_due", condition=Q(state=IncomingState.PENDING)),
            models.Index(fields=["state_at"], name="incoming_parked", condition=Q(state=IncomingState.PARKED)),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.external_id}"

    @property
    def content(self) -> bytes:
        """`raw` as bytes on every database (PostgreSQL's driver hands out a memoryview)."""
        return bytes(self.raw)


class Heartbeat(models.Model):
    """When something that must run all the time last ended well. Its silence is the alarm."""

    name = models.CharField(max_length=60, unique=True)
    last_ok_at = models.DateTimeField()
    detail = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.last_ok_at:%Y-%m-%d %H:%M:%S}"
