"""The only writer of letters: puts a text into the conversation and, where an address allows it, into the outbox."""

import hashlib
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.template import Context, Engine
from django.utils import translation
from django.utils.formats import date_format

from complaints.actors import By, official_of
from complaints.models import Approval, Complaint, ContactPoint, Letter
from complaints.models.letters import LetterKind
from complaints.references import address_proof, tracking_code
from departments.channels import ANSWERS_AT_ONCE, ASSISTED, ChannelKind
from messaging.models import Outgoing
from messaging.outbox import Envelope, enqueue


def post(
    complaint: Complaint,
    kind: LetterKind,
    text: str,
    *,
    by: By,
    at: datetime,
    approval: Approval | None = None,
    expected_at: datetime | None = None,
    language: str | None = None,
    own_share: float = 1.0,
) -> Letter:
    """Write a letter of the office; `own_share` is its draft's. It goes out on the citizen's chosen contact when that
    is verified (or is served by a person: telephone, counter, post); else it waits on the tracking page, and the
    address gets the one short message that an unverified address may get (reliability W4)."""
    contact = complaint.contact
    letter = Letter(
        complaint=complaint,
        department_id=complaint.department_id,
        kind=kind,
        language=language or complaint.language,
        text=text,
        channel_kind=contact.kind if contact else ChannelKind.WEB,
        contact=contact,
        author=official_of(by),
        approval=approval,
        own_share=own_share,
        sent_at=at,
        expected_at=expected_at,
    )
    letter.save(force_insert=True)
    if contact is not None:
        if may_carry_text(contact):
            letter.outgoing = put_in_outbox(letter, contact, at=at)
        else:
            first = introduce(complaint, contact, at=at)
            letter.outgoing = first if kind == LetterKind.ACKNOWLEDGEMENT else None
        if letter.outgoing is not None:
            letter.save(update_fields=["outgoing"])
    return letter


def may_carry_text(contact: ContactPoint) -> bool:
    """Whether the contact may get what was said: it is verified, or a person speaks to the citizen."""
    return contact.verified_at is not None or contact.kind in ASSISTED


def unsaid(complaint: Complaint) -> QuerySet[Letter]:
    """The office's letters that never left because the address was not verified; the acknowledgement only where it
    brings the code."""
    known = (LetterKind.CITIZEN,) if _owes_code(complaint) else (LetterKind.CITIZEN, LetterKind.ACKNOWLEDGEMENT)
    waiting = complaint.letters.filter(outgoing__isnull=True, delivered_at__isnull=True, contact=complaint.contact)
    return waiting.exclude(kind__in=known).order_by("pk")


def _owes_code(complaint: Complaint) -> bool:
    """Whether the citizen wrote from the address itself and so saw no page or slip with the tracking code: the first
    message there brings it. It stands in the outbox alone, never in a letter that officials read."""
    contact = complaint.contact
    kind = complaint.channel.kind
    return contact is not None and contact.kind == kind and kind not in ANSWERS_AT_ONCE


def _code_for(complaint: Complaint) -> str:
    """Return the tracking code where a message must bring it, else nothing."""
    if complaint.idempotency_key is None or not _owes_code(complaint):
        return ""
    return tracking_code(settings.TRACKING_KEY, complaint.idempotency_key)


def put_in_outbox(letter: Letter, contact: ContactPoint, *, at: datetime) -> Outgoing:
    """Write the outbox row that carries `letter` (state and delivery are messaging's)."""
    complaint, language, body = letter.complaint, letter.language, letter.text
    subject = render(complaint, "subject", language=language, kind=LetterKind(letter.kind).value)
    if letter.kind == LetterKind.ACKNOWLEDGEMENT and (code := _code_for(complaint)):
        body = f"{body}\n{render(complaint, 'code', language=language, code=code)}"
    return _outgoing(contact, complaint, subject, body, language, f"letter:{letter.pk}", at)


def introduce(complaint: Complaint, contact: ContactPoint, *, at: datetime) -> Outgoing | None:
    """Send the one short message that an unverified address may get, ever: reference and how to confirm, none of
    the submitted text. The key is the address, so that a hundred complaints give one message. The word in it is the
    same for all of them, and is told nowhere else."""
    address = hashlib.sha256(f"{contact.kind}:{contact.address.lower()}".encode()).hexdigest()
    key = f"first:{address}"
    if Outgoing.objects.filter(dedup_key=key).exists():
        return None
    proof = address_proof(settings.TRACKING_KEY, contact.kind, contact.address)
    subject, body = rendered(complaint, "introduction", proof=proof, code=_code_for(complaint))
    return _outgoing(contact, complaint, subject, body, complaint.language, key, at)


def _outgoing(
    contact: ContactPoint, complaint: Complaint, subject: str, body: str, language: str, key: str, at: datetime
) -> Outgoing:
    envelope = Envelope(
        kind=ChannelKind(contact.kind),
        channel_id=complaint.channel_id,
        recipient=contact.address,
        language=language,
        subject=subject,
        body=body,
        dedup_key=key,
    )
    enqueue(envelope, at=at)
    return Outgoing.objects.get(dedup_key=key)


def rendered(complaint: Complaint, name: str, **values: Any) -> tuple[str, str]:
    """Return (subject, body) of templates/notices/<language>/<name>.txt; the first line is the subject."""
    subject, _, body = render(complaint, name, language=complaint.language, **values).partition("\n")
    return subject.strip(), body.strip()


def render(complaint: Complaint, name: str, *, language: str, **values: Any) -> str:
    """Render a notice in `language`. Links come from PUBLIC_BASE_URL, never from a request (reliability W6)."""
    with translation.override(language):
        context = {
            "complaint": complaint,
            "reference": complaint.reference,
            "department": complaint.department,
            "track_url": f"{settings.PUBLIC_BASE_URL.rstrip('/')}/track/",
            **values,
        }
        template = Engine.get_default().get_template(f"notices/{language}/{name}.txt")
        # Plain text: an apostrophe stays an apostrophe.
        return template.render(Context(context, autoescape=False)).strip()


def day(moment: datetime, complaint: Complaint) -> str:
    """Return the date of `moment` in the department's zone, in words of the active language."""
    local = moment.astimezone(complaint.department.calendar.worktime().zone)
    with translation.override(complaint.language):
        return date_format(local, "DATE_FORMAT")
