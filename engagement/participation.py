"""What publishing, consulting and deciding come to at the gates M2, H3, H4, H5 and H6 (measurement 2.2 and 2.3).

The records are typed here as the data contract describes them, so that the arithmetic is whole and tested before the
tables are. All moments are aware. Pure: records in, counts out; `until` is the last moment looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from departments import worktime as clock
from departments.worktime import Worktime
from engagement.evidence import Cases, Did
from engagement.gates import FEWEST
from engagement.ladder import QUARTER, YEAR

OPEN_DAYS = 10  # working days for which an opportunity must be open (H3)
FEWEST_CITIZENS, FEWEST_OFFLINE = 20, 5  # H3
FEWEST_ITEMS, FEWEST_CONTRIBUTORS = 3, 3  # H4
OUTCOME_DAYS = 60  # working days from closing in which the outcome is published (H5)
SHARE_TOLD = Fraction(3, 4)  # contributions with a fate and its reason (H5)
NEWS_LASTS = timedelta(days=90)  # H6


@dataclass(frozen=True)
class OutboundItem:
    """What a department published. `incident` names the recorded incident of which it is an alert."""

    published_at: datetime
    replies_open: bool
    reaches_inbox: bool
    purpose: str = ""
    incident: str = ""


@dataclass(frozen=True)
class Contribution:
    """What a citizen gave to an opportunity: `citizen` is a key, None for nobody known. `disposition` is adopted,
    partly, not, out_of_scope, or "" while nothing is said."""

    citizen: str | None
    is_offline: bool = False
    disposition: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Outcome:
    """What was published about an opportunity, and when."""

    heard: str
    decided: str
    why: str
    next: str
    published_at: datetime

    @property
    def is_whole(self) -> bool:
        """Whether all four are said."""
        return all(text.strip() for text in (self.heard, self.decided, self.why, self.next))


@dataclass(frozen=True)
class Opportunity:
    """A consultation, a call for proposals, a poll or the like. `is_on_work` says that it is on the working or the
    policy of the department. Decided before it closed, it was none (section 5, row 13)."""

    opened_at: datetime
    closed_at: datetime
    is_on_work: bool
    contributions: tuple[Contribution, ...] = ()
    outcome: Outcome | None = None
    decided_at: datetime | None = None

    @property
    def is_void(self) -> bool:
        """Whether the decision was made before citizens had finished."""
        return self.decided_at is not None and self.decided_at < self.closed_at


@dataclass(frozen=True)
class ContentContribution:
    """What a citizen gave to a published item."""

    contributor: str
    is_government: bool
    is_accepted: bool
    credit: str


@dataclass(frozen=True)
class PublishedItem:
    """A published item that citizens contributed to."""

    published_at: datetime
    contributions: tuple[ContentContribution, ...]


@dataclass(frozen=True)
class Decision:
    """A recorded decision: who decided (a post), why, the fates of the contributions linked to it, and the last day
    with news of it. `closed_at` is when the last of its opportunities closed."""

    decided_on: date
    decided_by: str
    reason: str
    dispositions: tuple[str, ...]
    news_on: date
    is_binding_vote: bool = False
    closed_on: date | None = None


@dataclass(frozen=True)
class Participation:
    """All of one department's twelve months. None for a kind that is not recorded at all."""

    items: Sequence[OutboundItem] | None = None
    opportunities: Sequence[Opportunity] | None = None
    contributed: Sequence[PublishedItem] | None = None
    decisions: Sequence[Decision] | None = None


def published_in(items: Sequence[OutboundItem], after: datetime, until: datetime) -> list[OutboundItem]:
    """Return the items that count, of those published after the one moment and up to the other."""
    return [item for item in items if not item.incident and after < item.published_at <= until]


def invites(items: Sequence[OutboundItem], after: datetime, until: datetime) -> Cases:
    """M2: of the quarter that began after `after`; with fewer than ten, of all of the twelve months' `items`."""
    chosen, months = published_in(items, after, until), QUARTER
    if len(chosen) < FEWEST:
        chosen, months = [item for item in items if not item.incident and item.published_at <= until], YEAR
    return Cases(sum(item.replies_open and item.reaches_inbox for item in chosen), len(chosen), months)


def had_a_say(opportunities: Sequence[Opportunity], worktime: Worktime, until: datetime) -> Did:
    """H3: at least one opportunity that counts."""
    on_work = [each for each in opportunities if each.is_on_work]
    good = [each for each in on_work if _is_real(each, worktime, until)]
    return Did(bool(good), len(good), len(on_work))


def _is_real(opportunity: Opportunity, worktime: Worktime, until: datetime) -> bool:
    end = min(opportunity.closed_at, until)
    known = {each.citizen for each in opportunity.contributions if each.citizen is not None}
    offline = {each.citizen for each in opportunity.contributions if each.citizen is not None and each.is_offline}
    return (
        not opportunity.is_void
        and clock.days_between(worktime, opportunity.opened_at, end) >= OPEN_DAYS
        and len(known) >= FEWEST_CITIZENS
        and len(offline) >= FEWEST_OFFLINE
    )


def co_produced(items: Sequence[PublishedItem]) -> Did:
    """H4: three items, three citizens."""
    accepted = [[each for each in item.contributions if _counts(each)] for item in items]
    good = [some for some in accepted if some]
    people = {each.contributor for some in good for each in some}
    return Did(len(good) >= FEWEST_ITEMS and len(people) >= FEWEST_CONTRIBUTORS, len(good), len(items))


def _counts(contribution: ContentContribution) -> bool:
    return contribution.is_accepted and bool(contribution.credit.strip()) and not contribution.is_government


def loops_closed(opportunities: Sequence[Opportunity], worktime: Worktime, after: datetime, until: datetime) -> Cases:
    """H5: of the opportunities whose outcome was due in the twelve months after `after`, those about which all was
    said in time and most contributors know what became of what they gave."""
    due = {
        number: last
        for number, each in enumerate(opportunities)
        for last in [clock.add_days(worktime, each.closed_at, OUTCOME_DAYS)]
        if after < last <= until
    }
    closed = sum(_is_closed(opportunities[number], last) for number, last in due.items())
    return Cases(closed, len(due), YEAR)


def _is_closed(opportunity: Opportunity, last: datetime) -> bool:
    outcome, given = opportunity.outcome, opportunity.contributions
    told = sum(bool(each.disposition and each.reason.strip()) for each in given)
    return (
        not opportunity.is_void
        and outcome is not None
        and outcome.is_whole
        and outcome.published_at <= last
        and Fraction(told, len(given) or 1) >= (SHARE_TOLD if given else 0)
    )


def entered_a_decision(decisions: Sequence[Decision], today: date) -> Did:
    """H6: one decision that counts, its news not too old on `today`."""
    good = [each for each in decisions if _is_shared(each) and today - each.news_on <= NEWS_LASTS]
    return Did(bool(good), len(good), len(decisions))


def _is_shared(decision: Decision) -> bool:
    shared = decision.is_binding_vote or any(each in ("adopted", "partly") for each in decision.dispositions)
    before = decision.closed_on is not None and decision.decided_on < decision.closed_on
    return shared and not before and bool(decision.decided_by.strip() and decision.reason.strip())
