"""The state of one invented life, and the small acts of which all lives are made.

A life is a generator: it yields the moment of its next act, and makes that act when it is resumed. So all lives can be
played in one order of time (complaints/demo/playing.py), and one whose next moment lies in the future just stays open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import cast

from complaints import correspondence
from complaints.actors import By, Voice
from complaints.demo import clock, words
from complaints.demo.offices import Office
from complaints.models import Complaint, Letter
from complaints.models.letters import LetterKind
from complaints.pulling import pull_deliveries
from departments.channels import ASSISTED, ChannelKind
from departments.models import Category, District, User
from messaging.models import Outgoing
from messaging.receipts import receipt
from messaging.states import State

Turns = Iterator[datetime]

# Of all who gave no address, so many look whether there is an answer.
LOOKS = 0.8

_NEVER = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass
class Life:
    """One query: who is concerned, and `at`, the moment that it has reached. `office` holds it now; `theirs` is the
    office that its topic belongs to. It is filed after `since` and before `until`.

    `aside` draws what was added after the first story was told: `rng` then goes on as it always did, so that a seed
    keeps its story.
    """

    number: int
    token: str
    rng: Random
    offices: Sequence[Office]
    office: Office
    theirs: Office
    reason: str
    category: Category
    language: str
    since: datetime
    until: datetime
    aside: Random
    place: str = ""
    district: District | None = None
    text: str = ""
    at: datetime = field(init=False)
    case: Complaint = field(init=False)
    owner: User = field(init=False)

    def chance(self, share: float) -> bool:
        """Return True in `share` of all lives."""
        return self.rng.random() < share

    def apart(self, what: str) -> Random:
        """Return a chance for `what` alone: whatever is drawn of it, the rest of the life stays as it is."""
        return Random(f"{self.token}:{what}")

    def work(self, hours: float) -> datetime:
        """Go on to a moment in office hours, about `hours` open hours later."""
        self.at = clock.at_work(self.rng, self.office.worktime, self.at, hours)
        return self.at

    def working_day(self, number: float) -> datetime:
        """Go on to about the working day `number` after receipt, or a little later than now if that is over."""
        passed = clock.open_days(self.office.worktime, self.case.received_at, self.at)
        hours = max(0.4, (number - passed) * clock.HOURS_A_DAY / 1.4)  # at_work may lengthen it by as much
        return self.work(hours)

    def leisure(self, days: float) -> datetime:
        """Go on to a moment of the citizen's, about `days` days later."""
        self.at = clock.at_leisure(self.rng, self.office.worktime.zone, self.at, days)
        return self.at

    def moments_later(self, seconds: float) -> datetime:
        """Go on by some seconds, never beyond the present: what machines and people do at once is not left undone."""
        lag = timedelta(seconds=seconds * self.rng.uniform(0.5, 1.5))
        self.at += min(lag, (self.until - self.at) / 2)
        return self.at

    def never(self) -> datetime:
        """Go beyond every present: it lies until further notice."""
        self.at = _NEVER
        return self.at

    def says(self, name: str) -> str:
        """Return a phrase of the citizen."""
        return words.phrase(self.rng, "citizen", self.language, name)

    def writes(self, name: str) -> str:
        """Return a phrase of the office, in the citizen's language."""
        return words.phrase(self.rng, "office", self.language, name)

    def on_topic(self, name: str) -> str:
        """Return a sentence on the topic (`asks`, `answers`, `refusals`), with the place filled in."""
        lines = words.topic(self.theirs.code, self.category.code, self.language)[name]
        return self.rng.choice(lines).format(place=self.place)

    def citizen_or_intake(self) -> By:
        """Return who records the citizen's word: the citizen, or the official who takes the call."""
        calls = self.case.channel.kind in ASSISTED and self.chance(0.6)
        return self.office.people["intake"] if calls else Voice.CITIZEN


def citizens_turn(life: Life, by: By, days: float) -> datetime:
    """Go on to when the citizen's word is recorded: in office hours where an official takes it down."""
    life.leisure(days)
    return life.at if isinstance(by, Voice) else life.work(0.2)


def tell(life: Life, hours: float = 2.5, said: float = 1.0) -> Turns:
    """Let the letters arrive that are under way: a machine's at once, the others when an official has said them,
    which happens in `said` of all cases. Who gave no address mostly looks at the tracking page."""
    if life.case.contact is None:
        yield from _looks(life)
        return
    under_way = Letter.objects.filter(complaint=life.case, delivered_at__isnull=True, outgoing__isnull=False)
    for letter in under_way.exclude(kind=LetterKind.CITIZEN).select_related("outgoing").order_by("pk"):
        message = cast(Outgoing, letter.outgoing)
        if message.state != State.BY_HAND:
            yield life.moments_later(4)
            receipt(message.dedup_key, State.ACCEPTED, kind=ChannelKind(message.kind), at=life.at)
            yield life.moments_later(8)
            pull_deliveries(at=life.at)
        elif life.chance(said):
            yield life.work(hours)
            by = life.office.people[life.rng.choice(("intake", "officer1", "officer2"))]
            correspondence.deliver(life.case, by=by, at=life.at, letter=letter)


def _looks(life: Life) -> Turns:
    """The citizen opens the tracking page some hours later."""
    chance = life.apart(f"looks {life.case.letters.count()}")
    if chance.random() < LOOKS:
        life.at = clock.at_leisure(chance, life.office.worktime.zone, life.at, 0.3)
        yield life.at
        correspondence.read_on_page(life.case, at=life.at)
