"""What the trail is made of: the kinds of event, and the hash that chains each event to the one before."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import models

FIRST = "0" * 64


class EventKind(models.TextChoices):
    """Past-tense facts of a complaint's life."""

    RECEIVED = "received"
    ROUTED = "routed"
    TRANSFERRED = "transferred"
    TRANSFER_ACCEPTED = "transfer_accepted"
    TRANSFER_RETURNED = "transfer_returned"
    ACCEPTED = "accepted"
    REASSIGNED = "reassigned"
    DRAFTED = "drafted"
    APPROVED = "approved"
    SENT_BACK = "sent_back"
    ANSWERED = "answered"
    WROTE = "wrote"  # a letter of the office that is no answer: follow-up within the conversation
    CITIZEN_WROTE = "citizen_wrote"
    ASKED = "asked"
    DELIVERED = "delivered"
    BOUNCED = "bounced"  # what had counted as delivered came back
    PAUSE_CONTESTED = "pause_contested"
    PAUSE_JUDGED = "pause_judged"
    ANSWER_CONTESTED = "answer_contested"
    ANSWER_JUDGED = "answer_judged"
    INTERIM_SENT = "interim_sent"
    CALLED = "called"
    CONCLUDED = "concluded"
    CONFIRMED = "confirmed"
    REOPENED = "reopened"
    RATED = "rated"
    HANDED_OVER = "handed_over"
    SIGNED_OFF = "signed_off"
    WITHDRAWN = "withdrawn"
    NOTED = "noted"
    CONTACT_VERIFIED = "contact_verified"
    DUE_MOVED = "due_moved"
    FLAGGED = "flagged"


def digest(
    previous: str,
    complaint_id: int,
    number: int,
    kind: str,
    occurred_at: datetime,
    recorded_at: datetime,
    actor: str,
    official_id: int | None,
    data: Mapping[str, Any],
) -> str:
    """Return the SHA-256 (hex) of one event chained to `previous`; times count to the microsecond, in UTC."""
    fields = (
        previous,
        str(complaint_id),
        str(number),
        kind,
        _moment(occurred_at),
        _moment(recorded_at),
        actor,
        str(official_id or ""),
        json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True),
    )
    return hashlib.sha256("\n".join(fields).encode()).hexdigest()


def text_digest(text: str) -> str:
    """Return the SHA-256 (hex) of a text, so that the trail binds wording without holding personal data."""
    return hashlib.sha256(text.encode()).hexdigest()


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
