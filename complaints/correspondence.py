"""The conversation: the citizen writes, the office asks, announces, calls, and tells in person."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from complaints import duties, letters, pausing
from complaints.actions import Case, NothingToNote, act_on, machine_notes
from complaints.actors import By, Voice
from complaints.chain import EventKind, text_digest
from complaints.models import Closure, Complaint, ContactPoint, Letter, Note, Pause
from complaints.models.letters import LetterKind
from complaints.references import is_address_proof
from complaints.steps import ACKNOWLEDGEMENT
from complaints.wording import LONGEST_TEXT, required
from departments.channels import ChannelKind
from departments.errors import Invalid, NotReady, Stale
from messaging.models import Incoming
from messaging.outbox import by_hand_done
from messaging.states import State

# A new date further away than this is a slip of the pen.
LONGEST_DELAY = timedelta(days=730)
# Letters of the office that nobody carries just now: without an address, waiting for a person's call, or come back.
_NOT_ON_ITS_WAY = Q(outgoing__isnull=True) | Q(outgoing__state__in=(State.BY_HAND, State.FAILED))


def citizen_writes(
    complaint: Complaint,
    *,
    by: By,
    at: datetime,
    text: str,
    channel_kind: str = ChannelKind.WEB,
    arrival: Incoming | None = None,
    seen: int | None = None,
) -> Letter:
    """Add what the citizen wrote or said. It ends an open pause, whatever the channel."""
    with act_on(complaint, "write", by=by, at=at, seen=seen) as case:
        if channel_kind not in ChannelKind.values:
            raise Invalid(
                _("Choose one of the channels: %(names)s.") % {"names": ", ".join(ChannelKind.values)},
                field="channel_kind",
            )
        letter = Letter.objects.create(
            complaint=case.complaint,
            department_id=case.complaint.department_id,
            kind=LetterKind.CITIZEN,
            language=case.complaint.language,
            text=required(text, what=_("the letter")),
            channel_kind=channel_kind,
            sent_at=case.at,
            delivered_at=case.at,
            incoming=arrival,
        )
        pausing.end(case)
        case.record(EventKind.CITIZEN_WROTE, letter=letter.pk, text=text_digest(letter.text))
    return letter


def ask(complaint: Complaint, *, by: By, at: datetime, text: str, seen: int | None = None) -> Letter:
    """Ask the citizen a specific question. The resolution clock pauses from its delivery, within the limits of
    measurement 2.6; acknowledgement and first answer never pause."""
    with act_on(complaint, "ask", by=by, at=at, seen=seen) as case:
        if case.complaint.pauses.filter(ends_at__isnull=True).exists():
            raise NotReady(_("A question is already waiting for the citizen's answer."))
        letter = letters.post(
            case.complaint, LetterKind.QUESTION, required(text, what=_("the question")), by=case.by, at=case.at
        )
        Pause.objects.create(complaint=case.complaint, question=letter, asked_at=case.at)
        case.record(EventKind.ASKED, letter=letter.pk, text=text_digest(letter.text))
    return letter


def interim(
    complaint: Complaint, *, by: By, at: datetime, reason: str, expected_at: datetime, seen: int | None = None
) -> Letter:
    """Tell the citizen, before a date is missed, the reason and the new date (R5). The promise itself stays."""
    with act_on(complaint, "interim", by=by, at=at, seen=seen) as case:
        if expected_at.tzinfo is None or not case.at < expected_at <= case.at + LONGEST_DELAY:
            raise Invalid(_("Give a new date that lies ahead, within two years, with its zone."), field="expected_at")
        values = {
            "reason": required(reason, what=_("the reason"), field="reason"),
            "expected": letters.day(expected_at, case.complaint),
        }
        _subject, body = letters.rendered(case.complaint, "interim", **values)
        letter = letters.post(case.complaint, LetterKind.INTERIM, body, by=case.by, at=case.at, expected_at=expected_at)
        case.record(EventKind.INTERIM_SENT, letter=letter.pk, expected_at=expected_at.isoformat())
    return letter


def note(complaint: Complaint, *, by: By, at: datetime, text: str, seen: int | None = None) -> Note:
    """Write an internal note; citizens never see it."""
    with act_on(complaint, "note", by=by, at=at, seen=seen) as case:
        written = _note(case, Note.Kind.NOTE, text)
        case.record(EventKind.NOTED, note=written.pk)
    return written


def call(complaint: Complaint, *, by: By, at: datetime, text: str, seen: int | None = None) -> Note:
    """Record an attempt to reach the citizen by telephone; owed before a case ends as "citizen not reached"."""
    with act_on(complaint, "call", by=by, at=at, seen=seen) as case:
        written = _note(case, Note.Kind.CALL, text)
        case.record(EventKind.CALLED, note=written.pk)
    return written


def _note(case: Case, kind: str, text: str) -> Note:
    return Note.objects.create(
        complaint=case.complaint,
        kind=kind,
        author=case.official,
        text=required(text, what=_("the note"), longest=LONGEST_TEXT),
        written_at=case.at,
    )


def deliver(complaint: Complaint, *, by: By, at: datetime, letter: Letter, seen: int | None = None) -> None:
    """Record that a letter was said on the telephone, handed over or posted by a person."""
    with act_on(complaint, "deliver", by=by, at=at, seen=seen) as case:
        found = (
            case.complaint.letters.filter(pk=letter.pk, delivered_at__isnull=True)
            .exclude(kind=LetterKind.CITIZEN)
            .first()
        )
        if found is None:
            raise NotReady(_("This letter is not waiting to be told; it was delivered, or it is another case's."))
        _has_reached(case, found)
        case.record(EventKind.DELIVERED, letter=found.pk)


def read_on_page(complaint: Complaint, *, at: datetime) -> int:
    """Note the letters that nobody carries as delivered, because the citizen, who holds the code, has them before him
    on the tracking page; return how many. Who gave no address is reached in no other way. Reading again notes nothing.
    """
    waiting = complaint.letters.filter(_NOT_ON_ITS_WAY, delivered_at__isnull=True).exclude(kind=LetterKind.CITIZEN)
    return sum(_read_on_page(complaint, pk, at) for pk in waiting.order_by("pk").values_list("pk", flat=True))


def _read_on_page(complaint: Complaint, pk: int, at: datetime) -> bool:
    with suppress(Stale):  # changed at the same moment: the next look notes it
        with machine_notes(complaint, at=at) as case:
            # Two readers at once: the second waits for the lock and finds that nothing is left to note.
            letter = Letter.objects.filter(pk=pk, delivered_at__isnull=True).select_related("outgoing").first()
            if letter is None:
                raise NothingToNote
            _has_reached(case, letter)
            case.record(EventKind.DELIVERED, letter=letter.pk, read=True)
        return case.event is not None
    return False


def _has_reached(case: Case, letter: Letter) -> None:
    """Write that the citizen has the letter now; whoever was to tell it need not any more."""
    if letter.outgoing is not None and letter.outgoing.state == State.BY_HAND:
        by_hand_done(letter.outgoing.pk, at=case.at)
    mark_delivered(case, letter, case.at)


def mark_delivered(case: Case, letter: Letter, delivered_at: datetime) -> None:
    """Write the delivery on the letter, and what follows from it: the acknowledgement is given, a question's pause
    begins, a closing notice's thirty days run."""
    Letter.objects.filter(pk=letter.pk).update(delivered_at=delivered_at)
    if letter.kind == LetterKind.ACKNOWLEDGEMENT:
        duties.settle_late_learnt(case.complaint, {ACKNOWLEDGEMENT}, done_at=delivered_at, at=case.at)
    elif letter.kind == LetterKind.QUESTION:
        pausing.begin(case, letter, delivered_at)
    elif letter.kind == LetterKind.CLOSING:
        Closure.objects.filter(notice=letter).update(delivered_at=delivered_at)


def mark_bounced(case: Case, letter: Letter) -> None:
    """Take the delivery back, and what followed from it: nobody was asked, so no clock stands still; nobody was told
    how to object, so a closure cannot hold by silence."""
    Letter.objects.filter(pk=letter.pk).update(delivered_at=None)
    Closure.objects.filter(notice=letter).update(delivered_at=None)
    if letter.kind == LetterKind.QUESTION:
        pausing.strike(case, letter, "The question could not be delivered.")


def verify_contact(complaint: Complaint, *, by: By, at: datetime, proof: str) -> None:
    """Record that the citizen reads what is sent to the complaint's address, shown by the word that only the one
    message to it told (letters.py::introduce), and send what could not be said before. The tracking code is no such
    proof: whoever filed has it, also who filed with a stranger's address (reliability W4).

    What else was sent to us from the same address is verified with it: its sender could be told nothing so far.
    """
    contact = _verified(complaint, by, at, proof)
    from_there = Complaint.objects.filter(
        contact__kind=contact.kind,
        contact__address__iexact=contact.address,
        contact__verified_at__isnull=True,
        channel__kind=contact.kind,
    ).exclude(pk=complaint.pk)
    for other in from_there.order_by("pk"):
        _verified(other, Voice.CITIZEN, max(at, other.moved_at), proof)


def _verified(complaint: Complaint, by: By, at: datetime, proof: str) -> ContactPoint:
    with act_on(complaint, "verify", by=by, at=at) as case:
        own = case.complaint.contact
        if own is None:
            raise NotReady(_("%(reference)s has no address to verify.") % {"reference": case.complaint.reference})
        if own.verified_at is not None:
            raise NotReady(_("This address is verified already."))
        if not is_address_proof(settings.TRACKING_KEY, own.kind, own.address, proof):
            raise Invalid(_("This is not the word in the message that we sent to the address."), field="proof")
        own.verified_at = case.at
        own.save(update_fields=["verified_at"])
        for letter in letters.unsaid(case.complaint):
            letter.outgoing = letters.put_in_outbox(letter, own, at=case.at)
            letter.save(update_fields=["outgoing"])
        case.record(EventKind.CONTACT_VERIFIED, contact=own.pk)
    return own
