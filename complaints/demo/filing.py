"""How an invented query comes in: by which way, with which contact, typed in by whom, and when."""

from datetime import datetime, timedelta

from django.conf import settings

from complaints import correspondence, intake
from complaints.actors import By, Voice
from complaints.demo import words
from complaints.demo.lives import Life, Turns, tell
from complaints.demo.manners import CHANNELS
from complaints.intake import Reachable, Submission
from complaints.models import Complaint, ContactPoint
from complaints.references import address_proof
from departments.channels import ASSISTED, ChannelKind
from departments.models import Channel, District

_SOCIAL = (ChannelKind.WHATSAPP, ChannelKind.FACEBOOK, ChannelKind.X, ChannelKind.SMS)


def file(life: Life) -> Turns:
    """Lodge the query, and tell the citizen reference and office."""
    channel = _channel(life)
    by = _recorder(life, channel)
    yield _begin(life, channel)
    submission = _submission(life, channel)
    life.case = intake.lodge(submission, by=by, at=life.at).complaint
    if life.case.contact is None:
        return
    if isinstance(by, Voice):
        yield from tell(life, hours=1.5)
    else:
        yield life.moments_later(150)  # read aloud while the citizen is still there
        for letter in life.case.letters.filter(outgoing__isnull=False):
            correspondence.deliver(life.case, by=by, at=life.at, letter=letter)
    if life.case.contact.kind not in ASSISTED and life.chance(0.75):
        yield life.moments_later(4_000)
        correspondence.verify_contact(life.case, by=Voice.CITIZEN, at=life.at, proof=_proof(life.case.contact))
        yield from tell(life)


def _proof(contact: ContactPoint) -> str:
    return address_proof(settings.TRACKING_KEY, contact.kind, contact.address)


def _begin(life: Life, channel: Channel) -> datetime:
    """Draw when the query is recorded: more of them lately than a year ago, as a service becomes known."""
    while True:
        life.at = life.since + (life.until - life.since) * life.rng.random() ** 0.8
        if channel.kind in ASSISTED:
            life.work(life.rng.uniform(0, 3))
        else:
            life.leisure(0)
        if life.at < life.until:
            return life.at


def _channel(life: Life) -> Channel:
    kind = life.rng.choices(list(CHANNELS), list(CHANNELS.values()))[0]
    return life.office.channels.get(kind, life.office.channels[ChannelKind.PHONE])


def _recorder(life: Life, channel: Channel) -> By:
    if channel.kind in ASSISTED:
        return life.office.people[life.rng.choice(("intake", "intake", "intake", "officer1"))]
    return Voice.CITIZEN


def _submission(life: Life, channel: Channel) -> Submission:
    rng, manner = life.rng, life.office.manner
    anonymity = rng.choices(
        list(Complaint.Anonymity), [1 - manner.hidden - manner.unknown, manner.hidden, manner.unknown]
    )[0]
    unknown = anonymity == Complaint.Anonymity.UNKNOWN
    known_topic = life.theirs is life.office and life.chance(0.6 if channel.kind in ASSISTED else 0.75)
    return Submission(
        channel=channel,
        reason=life.reason,
        text=life.text,
        language=life.language,
        category=life.category if known_topic else None,
        place=life.place,
        district=_district(life, channel, unknown=unknown),
        name="" if unknown else words.person(rng, life.language),
        reach=None if unknown else _reach(life, channel),
        anonymity=anonymity,
        received_at=_received(life, channel),
        token=life.token,
    )


def _district(life: Life, channel: Channel, *, unknown: bool) -> District | None:
    """The official at the telephone asks for it; who stays unknown says it less often."""
    kept_back = 0.3 if unknown else 0.05 if channel.kind in ASSISTED else 0.14
    return None if life.aside.random() < kept_back else life.district


def _reach(life: Life, channel: Channel) -> Reachable | None:
    """Mostly a telephone; a few leave nothing and look at the tracking page."""
    kinds: dict[str, int] = {ChannelKind.PHONE: 86, "": 6}
    if channel.kind in (ChannelKind.WEB, ChannelKind.OPEN311):
        kinds = {ChannelKind.PHONE: 58, ChannelKind.EMAIL: 24, "": 18}
    elif channel.kind == ChannelKind.EMAIL:
        kinds = {ChannelKind.EMAIL: 1}
    elif channel.kind == ChannelKind.LETTER:
        kinds = {ChannelKind.PHONE: 40, ChannelKind.LETTER: 60}
    elif channel.kind in _SOCIAL:
        kinds = {ChannelKind.PHONE: 60, channel.kind: 15, "": 25}
    kind = life.rng.choices(list(kinds), list(kinds.values()))[0]
    return Reachable(kind, words.address(kind, life.rng.randrange(10**10), life.place)) if kind else None


def _received(life: Life, channel: Channel) -> datetime | None:
    """Typed in minutes after a call; a letter lay some hours in the tray."""
    if channel.kind == ChannelKind.LETTER:
        return life.at - timedelta(hours=life.rng.uniform(0.5, 20))
    if channel.kind in ASSISTED:
        return life.at - timedelta(minutes=life.rng.uniform(2, 14))
    return None
