"""What an arrival says: its raw bytes, as the kind of channel writes them, read into sender, text and code."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr

from complaints.references import ALPHABET
from departments.channels import ChannelKind
from departments.sops import Reason

# Kinds whose arrivals can be read. The others wait in the inbox until their adapter is built.
READABLE = (ChannelKind.EMAIL, ChannelKind.SMS, ChannelKind.WEB)

_CODE = re.compile(rf"(?<![A-Z0-9])([{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}-[{ALPHABET}]{{5}})(?![A-Z0-9])", re.IGNORECASE)
# RFC 3834: never answer what a machine sent. "no" is how a human's mail may be marked.
_AUTOMATIC_PRECEDENCE = {"bulk", "junk", "list", "auto_reply"}


class Unreadable(Exception):
    """The arrival cannot be filed as it is; the sentence says why, for the person who looks at it."""


@dataclass(frozen=True)
class Reading:
    """What was read. `code` is a tracking code that the writer quoted, empty without one."""

    text: str
    sender: str = ""
    name: str = ""
    code: str = ""
    reason: str = Reason.COMPLAINT
    language: str = "en"


def reading_of(kind: str, raw: bytes, headers: Mapping[str, str]) -> Reading:
    """Read an arrival of a channel of `kind`; raise Unreadable with the reason when it cannot be filed."""
    return _mail(raw) if kind == ChannelKind.EMAIL else _record(raw)


def language_of(text: str) -> str:
    """Return "ur" for a text mostly in the Arabic script, else "en"."""
    letters = [c for c in text if c.isalpha()]
    arabic = sum("\u0600" <= c <= "\u06ff" for c in letters)
    return "ur" if letters and arabic * 2 > len(letters) else "en"


def _quoted_code(text: str) -> str:
    found = _CODE.search(text.upper())
    return found.group(1) if found else ""


def _without_code(text: str) -> str:
    """Return the text without the tracking code that it quotes: officials read it, and the code is not theirs."""
    return _CODE.sub("…", text)


def _mail(raw: bytes) -> Reading:
    mail = message_from_bytes(raw, policy=policy.default)
    if not isinstance(mail, EmailMessage):
        raise Unreadable("This is no e-mail.")
    try:
        automatic = _automatic(mail)
        name, sender = parseaddr(str(mail.get("From", "")))
        subject = str(mail.get("Subject", ""))
        part = mail.get_body(preferencelist=("plain", "html"))
        body = part.get_content() if part is not None else ""
    except (LookupError, ValueError, TypeError, AttributeError, UnicodeError) as broken:
        raise Unreadable(f"The e-mail is broken: {broken}.") from broken
    if automatic:
        raise Unreadable(f"A machine sent it ({automatic}); it is neither filed nor answered.")
    if "@" not in sender:
        raise Unreadable("It names no sender.")
    text = f"{subject}\n\n{body if isinstance(body, str) else ''}".strip()
    return Reading(_without_code(text), sender, name, _quoted_code(text), language=language_of(text))


def _automatic(mail: EmailMessage) -> str:
    submitted = str(mail.get("Auto-Submitted", "no")).split(";")[0].strip().lower()
    if submitted != "no":
        return f"Auto-Submitted: {submitted}"
    if str(mail.get("Precedence", "")).strip().lower() in _AUTOMATIC_PRECEDENCE:
        return "Precedence"
    if mail.get_content_type() == "multipart/report":
        return "a delivery report"
    if str(mail.get("Return-Path", "?")).strip() in ("<>", ""):
        return "an empty return path"
    if parseaddr(str(mail.get("From", "")))[1].lower().startswith(("mailer-daemon@", "postmaster@", "noreply@")):
        return "a mailer"
    return ""


def _record(raw: bytes) -> Reading:
    try:
        record = json.loads(raw)
    except (ValueError, RecursionError) as broken:
        raise Unreadable(f"It is not JSON: {broken}.") from broken
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise Unreadable("It has no “text”.")
    sender, name, code = (_word(record.get(field)) for field in ("sender", "name", "code"))
    text = record["text"]
    return Reading(_without_code(text), sender, name, code or _quoted_code(text), language=language_of(text))


def _word(value: object) -> str:
    # A telephone number may come as a number; null, lists and the like say nothing.
    return str(value) if isinstance(value, str | int) else ""
