"""How a query is filed: by the citizen, taken down by an official, or from an arrival."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from complaints import actions, duties, letters, trail
from complaints.actors import By, Voice, official_of
from complaints.chain import EventKind, text_digest
from complaints.models import Citizen, Complaint, ContactPoint
from complaints.models.letters import Letter, LetterKind
from complaints.references import code_hmac, reference_of, tracking_code
from complaints.steps import ACKNOWLEDGEMENT
from complaints.wording import LONGEST_LINE, cleaned, one_line, optional, required
from departments.channels import ANSWERS_AT_ONCE, ASSISTED, ChannelKind
from departments.errors import Invalid, NotAllowed, NotReady
from departments.models import Category, Channel, District, Section, SopVersion
from departments.roles import Power, powers_of
from departments.sops import CountsFrom, Reason, Stage
from messaging.models import Incoming

# The tokens of arrivals begin with this.
ARRIVALS = "arrival:"

_TRIES = 5
# One address and no more: a comma would be a second recipient.
_MAIL_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")


@dataclass(frozen=True)
class Reachable:
    """How the citizen wants to be answered; unverified until `verify_contact`."""

    kind: str
    address: str


@dataclass(frozen=True)
class Submission:
    """What a citizen brings, whatever the channel.

    `received_at` (aware) is when it reached the office if that was before it was typed in; `token` makes a double
    click or a retry the same complaint: nobody but the submitter may know or choose it, for with it comes the code.
    `promise` is a resolution date (aware) that came with the query.
    """

    channel: Channel
    reason: str
    text: str
    language: str = "en"
    category: Category | None = None
    place: str = ""
    district: District | None = None
    name: str = ""
    reach: Reachable | None = None
    anonymity: str = Complaint.Anonymity.NAMED
    received_at: datetime | None = None
    token: str | None = None
    promise: datetime | None = None
    arrival: Incoming | None = None


@dataclass(frozen=True)
class Filed:
    """A filed complaint, the code that only the citizen gets, and whether this call filed it (not a retry)."""

    complaint: Complaint
    code: str
    new: bool


def lodge(submission: Submission, *, by: By, at: datetime) -> Filed:
    """File a query: complaint, first stage entry, duties, event and acknowledgement in one transaction.

    Raises Invalid (naming the field), NotReady (the department takes no queries yet) or NotAllowed (the official
    may not take down queries there). The same token returns the same complaint and code, also under a race.
    """
    fields = _checked(submission, by, at)
    seed = submission.token or secrets.token_urlsafe(24)
    code = tracking_code(settings.TRACKING_KEY, seed)
    attempt = 0
    while (earlier := _earlier(submission)) is None:
        reference = reference_of(settings.TRACKING_KEY, seed, attempt)
        attempt += 1
        try:
            with transaction.atomic():
                return Filed(_file(submission, fields, reference, code, by, at), code, new=True)
        except IntegrityError:
            # Either the same token was filed at this moment, or the reference is taken: look again, draw again.
            if attempt == _TRIES:
                raise
    return Filed(earlier, code, new=False)


def _earlier(submission: Submission) -> Complaint | None:
    if submission.token is None:
        return None
    earlier = next(iter(Complaint.objects.filter(idempotency_key=submission.token)), None)
    if earlier is not None and earlier.channel_id != submission.channel.pk:
        raise Invalid(_("This submission token was used elsewhere; reload the form."), field="token")
    return earlier


def filed_with(token: str) -> Filed | None:
    """Return what was filed with this token, with its code. Only for whoever is proven to have submitted it."""
    complaint = (
        Complaint.objects.select_related("department__calendar", "category", "district", "contact", "offered_to")
        .filter(idempotency_key=token)
        .first()
    )
    return Filed(complaint, tracking_code(settings.TRACKING_KEY, token), new=False) if complaint else None


def _checked(submission: Submission, by: By, at: datetime) -> dict[str, str]:
    channel, department = submission.channel, submission.channel.department
    for field, moment in (("at", at), ("received_at", submission.received_at), ("promise", submission.promise)):
        if moment is not None and moment.tzinfo is None:
            raise Invalid(_("Give the time with its zone."), field=field)
    if department.live_since is None or department.live_since > at:
        raise NotReady(
            _("%(department)s does not take queries yet: a stage has no owner, or it is not live.")
            % {"department": department}
        )
    if not channel.is_open:
        raise NotReady(
            _("The channel “%(name)s” of %(department)s is closed; choose another.")
            % {"name": channel.name, "department": department}
        )
    if submission.received_at is not None and submission.received_at > at:
        raise Invalid(_("It cannot have been received after it is typed in."), field="received_at")
    if submission.reason not in Reason.values:
        raise Invalid(_("Choose one of the reasons: %(names)s.") % {"names": ", ".join(Reason.values)}, field="reason")
    languages = [code for code, _ in settings.LANGUAGES]
    if submission.language not in languages:
        raise Invalid(_("Choose one of the languages: %(names)s.") % {"names": ", ".join(languages)}, field="language")
    category = submission.category
    if category is not None and (category.department_id != department.pk or not category.is_open):
        raise Invalid(_("Choose a category that %(department)s offers.") % {"department": department}, field="category")
    if submission.district is not None and submission.district.pk is None:
        raise Invalid(_("Choose one of the districts that are kept, or none."), field="district")
    _check_token(submission)
    _check_taker(submission, by, at)
    return {
        "address": _address(submission),
        "text": required(submission.text, what=_("what it is about")),
        "place": optional(submission.place, what=_("the place"), field="place", longest=LONGEST_LINE),
        "name": optional(submission.name, what=_("the name"), field="name", longest=200),
    }


def _check_token(submission: Submission) -> None:
    token = submission.token
    if token is None:
        return
    if not 8 <= len(token) <= 120 or cleaned(token) != token:
        raise Invalid(_("The submission token has 8 to 120 plain characters; reload the form."), field="token")
    if token.startswith(ARRIVALS) and submission.arrival is None:
        # It could be guessed, and would give away the code of what came by mail.
        raise Invalid(_("This submission token belongs to an arrival; reload the form."), field="token")


def _address(submission: Submission) -> str:
    """Return the cleaned address for the answer, empty without one."""
    if submission.anonymity not in Complaint.Anonymity.values:
        raise Invalid(_("Choose how your name is kept: named, hidden or unknown."), field="anonymity")
    reach = submission.reach
    if submission.anonymity == Complaint.Anonymity.UNKNOWN and (reach or submission.name):
        raise Invalid(_("Someone who stays unknown leaves no name and no address."), field="anonymity")
    if reach is None:
        return ""
    if reach.kind not in ChannelKind.values:
        raise Invalid(_("We cannot answer by “%(kind)s”.") % {"kind": reach.kind}, field="contact")
    written = reach.address
    if reach.kind == ChannelKind.LETTER and isinstance(written, str):
        written = ", ".join(filter(None, map(str.strip, written.splitlines())))  # people write those in lines
    address = one_line(written, what=_("the address for the answer"), field="contact", longest=320)
    if reach.kind == ChannelKind.EMAIL and not _MAIL_ADDRESS.fullmatch(address):
        raise Invalid(_("Write one e-mail address, like name@example.pk."), field="contact")
    return address


def _check_taker(submission: Submission, by: By, at: datetime) -> None:
    kind = submission.channel.kind
    if isinstance(by, Voice):
        if kind in ASSISTED:
            raise NotAllowed(_("A query by telephone, counter or letter is taken down by an official."))
        return
    section = _section_for(submission)
    if not by.is_active or Power.LODGE not in powers_of(by.appointments.all(), section, at):
        raise NotAllowed(
            _("Your posts do not allow you to take down queries for %(department)s.")
            % {"department": submission.channel.department}
        )


def _section_for(submission: Submission) -> Section:
    if submission.category is not None and submission.category.section is not None:
        return submission.category.section
    row = actions.responsible(submission.channel.department_id, Stage.CONTENT)
    if row is None:
        raise NotReady(
            _("%(department)s has no section for content creation; name one first.")
            % {"department": submission.channel.department}
        )
    return row.section


def _file(submission: Submission, fields: dict[str, str], reference: str, code: str, by: By, at: datetime) -> Complaint:
    channel = submission.channel
    department = channel.department
    section = _section_for(submission)
    received = submission.received_at or at
    version = SopVersion.objects.for_query(department, submission.reason, received)
    if version is None:
        raise NotReady(
            _("%(department)s has no procedure in force for “%(reason)s”; adopt one first.")
            % {"department": department, "reason": submission.reason}
        )
    citizen, contact = _citizen(submission, fields, at)
    complaint = Complaint.objects.create(
        reference=reference,
        code_hmac=code_hmac(settings.TRACKING_KEY, code),
        idempotency_key=submission.token,
        reason=submission.reason,
        category=submission.category,
        department=department,
        section=section,
        channel=channel,
        citizen=citizen,
        contact=contact,
        anonymity=submission.anonymity,
        language=submission.language,
        text=fields["text"],
        place=fields["place"],
        district=submission.district,
        received_at=received,
        recorded_at=at,
        taken_by=official_of(by),
        sop_version=version,
        moved_at=at,
    )
    _begin(complaint, submission, by=by, at=at)
    return complaint


def _begin(complaint: Complaint, submission: Submission, *, by: By, at: datetime) -> None:
    """First stage entry, event, duties and acknowledgement of a new complaint."""
    actions.open_entry(complaint, Stage.CONTENT, section=complaint.section, owner=None, at=at)
    trail.append(
        complaint,
        EventKind.RECEIVED,
        by=by,
        at=at,
        occurred_at=complaint.received_at,
        reason=complaint.reason,
        sop_version=complaint.sop_version_id,
        text=text_digest(complaint.text),
    )
    Complaint.objects.filter(pk=complaint.pk).update(
        trail_length=complaint.trail_length, trail_hash=complaint.trail_hash
    )
    duties.open_from(complaint, CountsFrom.RECEIPT, start=complaint.received_at, at=at, promise=submission.promise)
    if submission.arrival is not None:
        _keep_arrival(complaint, submission.arrival, at)
    if complaint.contact is not None:
        acknowledge(complaint, at=at)
    if complaint.channel.kind in ANSWERS_AT_ONCE:
        # The page, the slip or the voice at the desk gave reference, code and the office responsible (R1).
        duties.settle(complaint, {ACKNOWLEDGEMENT}, at=at)
    actions.keep_due(complaint.pk)


def acknowledge(complaint: Complaint, *, at: datetime) -> Letter:
    """Write the acknowledgement: reference, the office that owes the answer, and by when."""
    first_due = complaint.duties.open().filter(code="R3").values_list("promised_at", flat=True).first()
    values = {"section": complaint.section, "due": letters.day(first_due, complaint) if first_due else ""}
    _subject, body = letters.rendered(complaint, "acknowledgement", **values)
    return letters.post(complaint, LetterKind.ACKNOWLEDGEMENT, body, by=Voice.MACHINE, at=at)


def _keep_arrival(complaint: Complaint, arrival: Incoming, at: datetime) -> None:
    Letter.objects.create(
        complaint=complaint,
        department_id=complaint.department_id,
        kind=LetterKind.CITIZEN,
        language=complaint.language,
        text=complaint.text,
        channel_kind=complaint.channel.kind,
        sent_at=complaint.received_at,
        delivered_at=at,
        incoming=arrival,
    )


def _citizen(
    submission: Submission, fields: dict[str, str], at: datetime
) -> tuple[Citizen | None, ContactPoint | None]:
    if submission.reach is None and not fields["name"]:
        return None, None
    citizen = Citizen.objects.create(name=fields["name"], language=submission.language)
    if submission.reach is None:
        return citizen, None
    kind, address = submission.reach.kind, fields["address"]
    verified_at = at if submission.arrival is not None and _is_proven(kind, address) else None
    return citizen, ContactPoint.objects.create(citizen=citizen, kind=kind, address=address, verified_at=verified_at)


def _is_proven(kind: str, address: str) -> bool:
    """Whether somebody has shown to read this address; what then comes from there may be answered there at once."""
    return ContactPoint.objects.filter(kind=kind, address__iexact=address, verified_at__isnull=False).exists()
