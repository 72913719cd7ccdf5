"""What the outbox and the inbox know that complaints must learn: deliveries, and arrivals that answer a query.

Pulled, never pushed: messaging knows no cargo, and what was missed while nobody looked is found at the next pull.
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F

from complaints.actions import NothingToNote, machine_notes
from complaints.actors import Voice
from complaints.chain import EventKind
from complaints.correspondence import citizen_writes, mark_bounced, mark_delivered
from complaints.intake import ARRIVALS, Reachable, Submission, lodge
from complaints.models import Complaint, Letter
from complaints.readings import READABLE, Reading, Unreadable, reading_of
from complaints.references import code_hmac
from departments.errors import Refused, Stale
from departments.models import Channel
from messaging import inbox
from messaging.models import Incoming
from messaging.states import State

_REACHED = (State.ACCEPTED, State.DELIVERED)


def pull_deliveries(*, at: datetime, limit: int = 500) -> int:
    """Note on their complaints the letters that the outbox has delivered since the last pull; return how many.
    Each is its own transaction, and pulling again changes nothing."""
    under_way = Letter.objects.filter(delivered_at__isnull=True, outgoing__state__in=_REACHED)
    noted = 0
    for letter in under_way.select_related("outgoing", "complaint").order_by("sent_at")[:limit]:
        noted += _note_delivery(letter, at)
    return noted


def pull_bounces(*, at: datetime, limit: int = 500) -> int:
    """Take back the deliveries of letters that a provider had taken and then reported as failed; return how many. One
    that came after the failure is another: told by a person, or read on the tracking page."""
    back = Letter.objects.filter(delivered_at__lte=F("outgoing__state_at"), outgoing__state=State.FAILED)
    noted = 0
    for letter in back.select_related("outgoing", "complaint").order_by("pk")[:limit]:
        noted += _note_bounce(letter, at)
    return noted


def _note_bounce(letter: Letter, at: datetime) -> bool:
    with machine_notes(letter.complaint, at=at) as case:
        if not Letter.objects.filter(pk=letter.pk, delivered_at__isnull=False).exists():
            raise NothingToNote
        mark_bounced(case, letter)
        case.record(EventKind.BOUNCED, letter=letter.pk)
    return case.event is not None


def _note_delivery(letter: Letter, at: datetime) -> bool:
    if letter.outgoing is None:
        return False
    delivered_at = min(letter.outgoing.state_at, at)
    with machine_notes(letter.complaint, at=at) as case:
        # Two pulls at once: the second finds, under the lock, that nothing is left to note.
        if not Letter.objects.filter(pk=letter.pk, delivered_at__isnull=True).exists():
            raise NothingToNote
        mark_delivered(case, letter, delivered_at)
        case.record(EventKind.DELIVERED, occurred_at=delivered_at, letter=letter.pk)
    return case.event is not None


def pull_arrivals(*, at: datetime, limit: int = 100) -> int:
    """File or attach what waits in the inbox; return how many arrivals were read. One that cannot be read is put
    aside with the reason, and the rest goes on (reliability F13)."""
    read = 0
    for arrival in inbox.claim(READABLE, at=at, limit=limit):
        read += _read(arrival, at)
    return read


def _read(arrival: Incoming, at: datetime) -> int:
    try:
        reading = reading_of(arrival.channel.kind, arrival.content, arrival.headers)
        with transaction.atomic():
            inbox.taken(arrival, at=at)
            _take(arrival, reading, at)
    except Stale:
        # Another reader has it, or an official acted at the same moment: its lease brings it back.
        return 0
    except (Unreadable, Refused) as reason:
        inbox.parked(arrival, str(reason), at=at)
        return 0
    return 1


def _take(arrival: Incoming, reading: Reading, at: datetime) -> None:
    """Attach to the case whose tracking code the writer names, else file a new query."""
    kind = arrival.channel.kind
    if reading.sender and Channel.objects.filter(kind=kind, address__iexact=reading.sender).exists():
        raise Unreadable(f"One of our own addresses sent it ({reading.sender}); two machines would answer each other.")
    known = None
    if reading.code:
        hashed = code_hmac(settings.TRACKING_KEY, reading.code)
        # One that has ended takes no more letters: what comes then is a new query.
        known = Complaint.objects.filter(code_hmac=hashed, entries__left_at__isnull=True).first()
    if known is not None:
        then = max(at, known.moved_at)
        citizen_writes(known, by=Voice.CITIZEN, at=then, text=reading.text, channel_kind=kind, arrival=arrival)
        return
    submission = Submission(
        channel=arrival.channel,
        reason=reading.reason,
        text=reading.text,
        language=reading.language,
        name=reading.name,
        reach=Reachable(kind, reading.sender) if reading.sender else None,
        received_at=min(arrival.received_at, at),
        token=f"{ARRIVALS}{arrival.pk}",
        arrival=arrival,
    )
    lodge(submission, by=Voice.CITIZEN, at=at)
