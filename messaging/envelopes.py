"""What may be handed to the outbox: one text for one recipient on one kind of channel."""

import unicodedata
from dataclasses import dataclass

from departments.channels import ChannelKind

# Characters; the columns of the outbox are made from these.
RECIPIENT_LENGTH = 320
SUBJECT_LENGTH = 200
KEY_LENGTH = 120
LANGUAGE_LENGTH = 8
PROVIDER_REF_LENGTH = 200
BODY_LENGTH = 200_000

# Control characters and the Unicode line separators: any of them in a header could start another header.
_BREAKING = frozenset({"Cc", "Zl", "Zp"})


class BadEnvelope(ValueError):
    """The message cannot be sent as it is; nothing was written."""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """One message to one recipient. Two envelopes with the same `dedup_key` are the same message, and only the first
    is ever sent; so a key names the decision that is told, to whom, and nothing that changes with a retry."""

    kind: ChannelKind
    recipient: str
    language: str
    body: str
    dedup_key: str
    subject: str = ""
    channel_id: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in ChannelKind.values:
            raise BadEnvelope(f"no such kind of channel: {self.kind!r}")
        _line(self.recipient, "recipient", RECIPIENT_LENGTH)
        _line(self.dedup_key, "dedup_key", KEY_LENGTH)
        _line(self.language, "language", LANGUAGE_LENGTH)
        if self.subject:
            _line(self.subject, "subject", SUBJECT_LENGTH)
        _fits(self.body, "body", BODY_LENGTH)


def _line(text: str, name: str, longest: int) -> None:
    _fits(text, name, longest)
    if any(unicodedata.category(character) in _BREAKING for character in text):
        raise BadEnvelope(f"{name} has a line break or control character in it")


def _fits(text: str, name: str, longest: int) -> None:
    """A database that drops conflicting rows silently must not be given a row it would drop for another reason."""
    if not text.strip():
        raise BadEnvelope(f"{name} is empty")
    if len(text) > longest:
        raise BadEnvelope(f"{name} is longer than {longest} characters")
    if storable(text) != text:
        raise BadEnvelope(f"{name} has a character in it that cannot be stored")


def storable(text: str) -> str:
    """Without what PostgreSQL cannot keep in a text: NUL, and halves of surrogate pairs (which become `?`)."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
