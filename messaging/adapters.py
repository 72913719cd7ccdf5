"""How one message is handed to a provider: the promise every adapter makes, and the one for e-mail."""

import hashlib
import smtplib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.utils.module_loading import import_string


class TemporaryFailure(Exception):
    """Surely not sent, and worth another try; `retry_after` when the provider said how long to wait."""

    def __init__(self, reason: str, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class PermanentFailure(Exception):
    """Surely not sent, and another try would end the same."""


class Uncertain(Exception):
    """Nobody can say whether it was sent: the answer was cut off, timed out, or made no sense."""


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What an adapter gets. `reply_to` is the address of the channel in whose name we write, where it has one."""

    dedup_key: str
    recipient: str
    language: str
    subject: str
    body: str
    reply_to: str = ""


@dataclass(frozen=True)
class Receipt:
    """The provider took it over; `provider_ref` is its own name for the message."""

    provider_ref: str


class Adapter(Protocol):
    """One provider. `deliver` returns only when the provider surely took the message, and raises one of the three
    failures else. `has_idempotency_key` says that the provider drops a second message with the same `dedup_key`;
    claiming it wrongly makes citizens be told twice."""

    name: str
    has_idempotency_key: bool

    def deliver(self, parcel: Parcel) -> Receipt: ...


class EmailAdapter:
    """E-mail over the mail backend of the settings. SMTP knows no idempotency key."""

    name = "email"
    has_idempotency_key = False

    def deliver(self, parcel: Parcel) -> Receipt:
        message = _mail(parcel)
        connection = _open_connection()
        try:
            sent = connection.send_messages([message])
        except smtplib.SMTPRecipientsRefused as refusal:
            raise _by_code(*next(iter(refusal.recipients.values()))) from refusal
        except smtplib.SMTPResponseException as refusal:
            raise _by_code(refusal.smtp_code, refusal.smtp_error) from refusal
        except smtplib.SMTPNotSupportedError as refusal:
            raise PermanentFailure(str(refusal)) from refusal
        except OSError as broken:  # smtplib's other errors are OSErrors too: cut off or timed out in mid-message
            raise Uncertain(f"connection lost while sending: {type(broken).__name__}") from broken
        finally:
            # The message is sent or not by now; a server that is rude at the farewell changes nothing.
            with suppress(OSError):
                connection.close()
        if not sent:
            raise Uncertain("the mail backend did not say that it sent the message")
        return Receipt(provider_ref=message.extra_headers["Message-ID"])


def message_id(dedup_key: str) -> str:
    """The same for every copy of a message, so that a reader's mail program can tell a second copy by it. Hashed,
    because a key may say more than a header should."""
    host = urlsplit(settings.PUBLIC_BASE_URL).hostname
    return f"<{hashlib.sha256(dedup_key.encode()).hexdigest()[:40]}@{host}>"


def _mail(parcel: Parcel) -> EmailMessage:
    message = EmailMessage(
        subject=parcel.subject,
        body=parcel.body,
        to=[parcel.recipient],
        reply_to=[parcel.reply_to] if parcel.reply_to else None,
        headers={
            "Message-ID": message_id(parcel.dedup_key),
            "Auto-Submitted": "auto-generated",  # RFC 3834: other machines must not answer
            "X-Auto-Response-Suppress": "All",  # the same for Exchange
            "Content-Language": parcel.language,
        },
    )
    try:
        # Several addresses in one line would be several recipients of one citizen's letter.
        validate_email(parcel.recipient)
        message.message()
    except (ValidationError, ValueError) as wrong:
        raise PermanentFailure("not an address or a header that a mail can carry") from wrong
    return message


def _open_connection() -> BaseEmailBackend:
    """Whatever goes wrong here goes wrong before a message is handed over; a wrong password too, which is ours to mend
    while the messages wait."""
    connection: BaseEmailBackend = get_connection()
    try:
        connection.open()
    except OSError as away:
        raise TemporaryFailure(f"mail server not reached: {type(away).__name__}") from away
    return connection


def _by_code(code: int, text: bytes | str) -> TemporaryFailure | PermanentFailure:
    """RFC 5321, 4.2.1: 4yz may succeed later, 5yz will not."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    reason = f"{code} {said}"
    return PermanentFailure(reason) if 500 <= code <= 599 else TemporaryFailure(reason)


def _paths() -> Mapping[str, str]:
    return getattr(settings, "MESSAGING_ADAPTERS", {"email": "messaging.adapters.EmailAdapter"})


def kinds_with_adapter() -> frozenset[str]:
    """The kinds of channel that a machine can send on; all others are a person's work."""
    return frozenset(_paths())


def adapter_for(kind: str) -> Adapter | None:
    path = _paths().get(kind)
    return _made(path) if path else None


@cache
def _made(path: str) -> Adapter:
    adapter: Adapter = import_string(path)()
    return adapter
