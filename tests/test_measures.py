"""Waiting, equity and depth, each against a count by hand over random lives, one query after the other."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from complaints import closing, correspondence, routing
from complaints.actors import Voice
from complaints.intake import Reachable
from complaints.models import Complaint, Letter, Transfer
from departments import worktime
from departments.channels import ANSWERS_AT_ONCE
from departments.models import Section
from engagement import contacts, tallies
from engagement import interactions as reading
from engagement.cohorts import answered
from engagement.contacts import WorkingDays, cohort, read_once
from engagement.depth import Contribution
from engagement.equity import equity
from engagement.interactions import high_of, interactions
from engagement.models import Tally
from engagement.periods import Quarter
from engagement.reviewing import review
from engagement.survival import curve, within
from engagement.waiting import still_open, waiting, waits_of
from tests.histories import ALL, BEGIN, Lives, Verb, played
from tests.lives import MONDAY, concluded, day, filed, owned
from tests.lives import answered as responded
from tests.test_reviewing import route
from tests.world import World, departments_now, make_calendar, make_world

pytestmark = pytest.mark.django_db

QUARTER = Quarter.of(MONDAY.date())


def rate(lives: Lives, complaint: Complaint, world: World) -> None:
    closing.rate(complaint, by=Voice.CITIZEN, at=lives.at, stars=lives.random.randint(1, 5))


def write_again(lives: Lives, complaint: Complaint, world: World) -> None:
    correspondence.citizen_writes(complaint, by=Voice.CITIZEN, at=lives.at, text="And the pump?")


def reroute(lives: Lives, complaint: Complaint, world: World) -> None:
    section = lives.random.choice(list(Section.objects.filter(department=complaint.department)))
    routing.route(complaint, by=world.intake, at=lives.at, section=section)


MORE: list[Verb] = [*ALL, rate, write_again, write_again, reroute]


@dataclass
class Told:
    """One query as the count by hand sees it."""

    complaint: Complaint
    code: str
    counts: bool
    begun: datetime
    answer: datetime | None
    closed: tuple[str, datetime] | None
    wait: tuple[str, int]
    in_time: bool | None


class ByHand:
    """What each query was at a moment, going from day to day."""

    def __init__(self, lives: Lives, start: date, end: date, at: datetime) -> None:
        self.lives, self.at, self.start, self.end = lives, at, start, end
        self.holidays = {code: {h.date for h in world.calendar.holidays.all()} for code, world in lives.worlds.items()}
        self.told = list(self._told())

    def local(self, moment: datetime, code: str) -> date:
        return moment.astimezone(ZoneInfo(self.lives.worlds[code].calendar.zone)).date()

    def is_open(self, each: date, code: str) -> bool:
        return each.weekday() < 5 and each not in self.holidays[code]

    def days(self, first: date, last: date, code: str) -> int:
        return sum(self.is_open(first + timedelta(days=n + 1), code) for n in range((last - first).days))

    def holder(self, complaint: Complaint) -> str:
        later = [t for t in Transfer.objects.filter(complaint=complaint, accepted=True) if t.answered_at > self.at]
        first = min(later, key=lambda t: t.answered_at, default=None)
        return first.from_department.code if first else complaint.department.code

    def _told(self) -> Iterator[Told]:
        brought: Counter[tuple[str, int]] = Counter()
        for complaint in Complaint.objects.filter(recorded_at__lte=self.at).order_by("received_at", "pk"):
            code = self.holder(complaint)
            if self.start <= self.local(complaint.received_at, code) <= self.end:
                if complaint.citizen_id:
                    brought[code, complaint.citizen_id] += 1
                counts = not complaint.citizen_id or brought[code, complaint.citizen_id] <= 5
                yield self._one(complaint, code, counts=counts)

    def answer(self, complaint: Complaint) -> datetime | None:
        sent = [
            letter.sent_at
            for letter in complaint.letters.filter(kind__in=["substantive", "refusal"], sent_at__lte=self.at)
            if letter.delivered_at and letter.delivered_at <= self.at
        ]
        return min(sent, default=None)

    def _one(self, complaint: Complaint, code: str, *, counts: bool) -> Told:
        begun = complaint.received_at
        day0 = self.local(begun, code)
        if complaint.taken_by_id and self.days(day0, self.local(complaint.recorded_at, code), code) > 1:
            begun, day0 = complaint.recorded_at, self.local(complaint.recorded_at, code)
        answer = self.answer(complaint)
        closed = next(
            (
                (c.outcome, c.concluded_at)
                for c in complaint.closures.filter(concluded_at__lte=self.at)
                if not (c.voided_at and c.voided_at <= self.at)
            ),
            None,
        )
        due, left = day0, 10
        while left:
            due += timedelta(days=1)
            left -= self.is_open(due, code)
        today = self.local(self.at, code)
        in_time: bool | None = False
        if answer:
            last = self.local(answer, code)
            in_time = last <= due
            while last > day0 and not self.is_open(last, code):
                last += timedelta(days=1)
            wait = ("answered", self.days(day0, last, code))
        elif closed:
            ended = self.local(closed[1], code)
            withdrawn = closed[0] == "withdrawn"
            wait = ("withdrawn", self.days(day0, ended, code)) if withdrawn else ("never", 0)
        else:
            wait = ("waiting", self.days(day0, today, code))
            in_time = None if today <= due else False
        return Told(complaint, code, counts, begun, answer, closed, wait, in_time)

    def section(self, complaint: Complaint) -> int:
        entries = complaint.entries.filter(stage="content", entered_at__lte=self.at).order_by("entered_at", "pk")
        return entries.last().section_id


def check_waiting(hand: ByHand) -> None:
    found = waiting(hand.lives.departments, Quarter.of(hand.start), hand.at)
    for code, world in hand.lives.worlds.items():
        mine = [each for each in hand.told if each.code == code and each.counts]
        counts = found[world.department.pk]
        groups: dict[tuple[str, str], list[Told]] = {("all", ""): mine}
        for each in mine:
            complaint = each.complaint
            groups.setdefault(("channel", complaint.channel.kind), []).append(each)
            groups.setdefault(("reason", complaint.reason), []).append(each)
            groups.setdefault(("language", complaint.language), []).append(each)
            groups.setdefault(("district", ""), []).append(each)
        assert sum(len(some) for some in counts["by"].values()) == len(groups) - 1
        for (dimension, group), some in groups.items():
            histogram = counts["all"] if dimension == "all" else counts["by"][dimension][group]
            waits = waits_of(histogram)
            fates = Counter(each.wait for each in some)
            assert waits.n == len(some)
            assert {("answered", n): k for n, k in waits.answered.items()} == pick(fates, "answered")
            assert {("withdrawn", n): k for n, k in waits.withdrawn.items()} == pick(fates, "withdrawn")
            still = Counter(waits.left)
            still.subtract(waits.withdrawn)
            assert {("waiting", n): k for n, k in still.items() if k} == pick(fates, "waiting")
            assert still_open(waits) == sum(pick(fates, "waiting").values())
            assert waits.never == fates["never", 0]
            assert histogram["longest"] == max((n for kind, n in fates if kind == "waiting"), default=None)
            assert histogram["trials"] == sum(each.in_time is not None for each in some)
            assert histogram["successes"] == sum(each.in_time is True for each in some)
        counted = answered(hand.lives.departments, hand.start, hand.end, hand.at)[world.department.pk]
        assert (counted.successes, counted.trials) == (counts["all"]["successes"], counts["all"]["trials"])
        assert counted.beyond == counts["beyond"]


def pick(fates: Counter[tuple[str, int]], fate: str) -> dict[tuple[str, int], int]:
    return {key: n for key, n in fates.items() if key[0] == fate}


def check_equity(hand: ByHand) -> int:
    found = equity(hand.lives.departments, Quarter.of(hand.start), hand.at)
    jumped = 0
    for code, world in hand.lives.worlds.items():
        counts = found[world.department.pk]
        expected: Counter[tuple[str, str, str, int]] = Counter()
        mine = [each for each in hand.told if each.code == code]
        for each in mine:
            if not each.counts or each.in_time is None:
                continue
            complaint = each.complaint
            alone = "assisted" if complaint.taken_by_id else "alone"
            cells = [
                ("channel", complaint.channel.kind, complaint.reason),
                ("language", complaint.language, complaint.reason),
                ("district", "", complaint.reason),
                ("assisted", alone, complaint.reason),
            ]
            if alone == "alone":
                tone = "critical" if complaint.reason == "complaint" else "other"
                cells.append(("tone", tone, complaint.channel.kind))
            for cell in cells:
                expected[*cell, 1] += 1
                expected[*cell, 0] += each.in_time
        assert {
            (name, group, kind, place): n
            for name in ("channel", "language", "district", "assisted", "tone")
            for group, kinds in counts[name].items()
            for kind, pair in kinds.items()
            for place, n in enumerate(pair)
        } == expected
        answers = [each for each in mine if each.answer]
        out_of_turn = [each for each in answers if any(hand_older(hand, each, other) for other in mine)]
        assert counts["jumps"] == [len(out_of_turn), len(answers)]
        jumped += len(out_of_turn)
    return jumped


def hand_older(hand: ByHand, each: Told, other: Told) -> bool:
    """Whether `other` was older, of the same section, past due and unanswered when `each` was answered."""
    assert each.answer is not None
    due = other.complaint.duties.filter(code="R3").order_by("pk").first()
    left = other.answer or (other.closed[1] if other.closed else None)
    return bool(
        other.begun < each.begun
        and due
        and due.promised_at < each.answer
        and (left is None or left > each.answer)
        and hand.section(each.complaint) == hand.section(other.complaint)
    )


def check_interactions(hand: ByHand) -> Counter[str]:
    found = interactions(hand.lives.departments, Quarter.of(hand.start), hand.at)
    year = ByHand(hand.lives, date(2026, 1, 1), hand.end, hand.at)
    seen: Counter[str] = Counter()
    for code, world in hand.lives.worlds.items():
        depths = [0] * 6
        for each in hand.told:
            if each.code == code and each.counts:
                depths[depth_by_hand(hand, each)] += 1
        assert found[world.department.pk]["depth"] == depths
        exclusive: Counter[str] = Counter()
        multiple: Counter[str] = Counter()
        citizens: dict[int | None, list[Complaint]] = {}
        for each in year.told:
            if each.code == code:
                citizens.setdefault(each.complaint.citizen_id, []).append(each.complaint)
        nobody = citizens.pop(None, [])
        for complaints in citizens.values():
            applies = []
            if any(exchanges_by_hand(complaint, hand.at) >= 3 for complaint in complaints):
                applies.append("collaborative")
            if any(was_rated(c, hand.at) or c.reason == "project_input" for c in complaints):
                applies.append("feedback")
            applies.append("one_off" if len(complaints) == 1 else "returning")
            exclusive[applies[0]] += 1
            multiple.update(applies)
        assert found[world.department.pk]["exclusive"] == exclusive
        assert found[world.department.pk]["multiple"] == multiple
        assert found[world.department.pk]["anonymous"].get("contacts", 0) == len(nobody)
        seen.update(multiple)
        seen.update({str(level): n for level, n in enumerate(depths) if n})
    return seen


def was_rated(complaint: Complaint, at: datetime) -> bool:
    return hasattr(complaint, "rating") and complaint.rating.rated_at <= at


def exchanges_by_hand(complaint: Complaint, at: datetime) -> int:
    office = ("substantive", "refusal", "redirect", "follow_up", "question")
    turns = ["c"]
    for letter in complaint.letters.filter(sent_at__lte=at).order_by("sent_at", "pk"):
        turn = "c" if letter.kind == "citizen" else "o" if letter.kind in office else ""
        if turn and turn != turns[-1]:
            turns.append(turn)
    return turns.count("o")


def depth_by_hand(hand: ByHand, each: Told) -> int:
    if each.answer is None:
        heard = [
            letter
            for letter in each.complaint.letters.exclude(kind__in=["citizen", "closing", "notice"])
            if letter.sent_at <= hand.at and letter.delivered_at and letter.delivered_at <= hand.at
        ]
        return int(bool(heard) or each.complaint.channel.kind in ANSWERS_AT_ONCE)
    talked = exchanges_by_hand(each.complaint, hand.at) >= 2
    return 3 if talked or was_rated(each.complaint, hand.at) else 2


@pytest.mark.parametrize("seed", played(51, 52))
def test_every_count_equals_one_by_hand_at_any_moment(seed: int) -> None:
    lives = Lives(seed)
    for _ in range(240):
        lives.live(MORE)
    # So that the same people come again, and often.
    some = list(Complaint.objects.exclude(citizen=None).values_list("citizen", flat=True))[:5]
    for complaint in Complaint.objects.exclude(citizen=None):
        Complaint.objects.filter(pk=complaint.pk).update(citizen=lives.random.choice(some))
    Letter.objects.update(own_share=1.0)
    quarter = Quarter.of(BEGIN.date())
    seen: Counter[str] = Counter()
    for number in range(4):
        at = lives.at if number == 0 else BEGIN + (lives.at - BEGIN) * lives.random.uniform(0.3, 1.3)
        chosen = quarter.next if number % 2 else quarter
        hand = ByHand(lives, chosen.start, chosen.end, at)
        check_waiting(hand)
        seen["jumps"] += check_equity(hand)
        seen.update(check_interactions(hand))
        seen["beyond"] += sum(not each.counts for each in hand.told)
    assert all(seen[name] for name in ("1", "2", "returning", "feedback"))


@pytest.mark.no_cover
@pytest.mark.parametrize("family", [waiting, equity, interactions])
def test_of_a_past_moment_is_what_it_was_then(family: Any) -> None:
    lives = Lives(53)
    then = []
    for number in range(200):
        lives.live(MORE)
        if number % 50 == 49:
            for quarter in (Quarter.of(BEGIN.date()), Quarter.of(BEGIN.date()).next):
                then.append((quarter, lives.at, family(lives.departments, quarter, lives.at)))
    for quarter, at, found in then:
        assert family(lives.departments, quarter, at) == found
    assert len({str(found) for _, _, found in then}) > 4


def test_runs_of_keys_however_short_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all departments and of one, whose queries lie scattered among the others'."""
    lives = Lives(54)
    for _ in range(160):
        lives.live([*MORE, route])
    quarter = Quarter.of(BEGIN.date())

    def found() -> list[Any]:
        which = (lives.departments, lives.departments[:1])
        counts = [
            family(some, quarter, lives.at) for some in which for family in (waiting, equity, interactions, review)
        ]
        return [*counts, *(cohort(some, quarter.start, quarter.end, lives.at) for some in which)]

    plain = found()
    assert sum(len(each["reclassified"].get("parts", ())) for each in plain[3].values()) > 1
    for run, most in ((1, 1000), (2, 1000), (3, 2)):
        monkeypatch.setattr(contacts, "RUN", run)
        monkeypatch.setattr(contacts, "MOST_RUNS", most)
        assert found() == plain, run


class TestContacts:
    def test_what_was_written_down_late_counts_from_then(self) -> None:
        """Monday's call, typed in on Tuesday, is believed; on Wednesday it is not."""
        world = make_world("alpha")
        late = filed(world, by=world.intake, channel=world.channels["phone"], received_at=MONDAY, at=day(2))
        believed = filed(world, by=world.intake, channel=world.channels["phone"], received_at=MONDAY, at=day(1))
        itself = filed(world, received_at=MONDAY, at=day(2))
        found = {each.pk: each for each in cohort([world.department], QUARTER.start, QUARTER.end, day(4)).contacts}
        assert (found[late.pk].waited, found[late.pk].received_at) == (2, day(2))
        assert (found[believed.pk].waited, found[itself.pk].waited) == (4, 4)

    def test_an_answer_on_a_day_off_took_the_next_working_day(self) -> None:
        world = make_world("alpha")
        calendar = world.calendar.worktime()
        days = WorkingDays(calendar, date(2026, 2, 1), date(2026, 5, 1))
        for start in range(date(2026, 3, 2).toordinal(), date(2026, 3, 10).toordinal()):
            noon = datetime.combine(date.fromordinal(start), datetime.min.time(), UTC) + timedelta(hours=7)
            for limit in range(1, 12):
                due = worktime.add_days(calendar, noon, limit).astimezone(calendar.zone).toordinal()
                for end in range(start, start + 25):
                    assert (days.needed(start, end) <= limit) == (end <= due)
            assert days.needed(start, start) == days.passed(start, start) == days.passed(start, start - 3) == 0

    def test_a_clock_of_the_department_stops_where_it_passed_the_query_on(self) -> None:
        alpha, beta = make_world("alpha"), make_world("beta")
        for answer in (False, True):
            complaint = concluded(alpha) if answer else filed(alpha)
            if answer:  # told in person, and not to the citizen's liking
                Letter.objects.filter(complaint=complaint).update(delivered_at=F("sent_at"))
                complaint.refresh_from_db()
                closing.object_to(complaint, by=Voice.CITIZEN, at=day(0.5), reason="Still dry.")
            routing.transfer(complaint, by=alpha.intake, at=day(1), to=beta.department, reason="Theirs.")
            routing.accept_transfer(complaint, by=beta.intake, at=day(2))
        found = waiting([alpha.department, beta.department], QUARTER, day(9))
        assert found[alpha.department.pk]["passed_on"] == 2
        assert waits_of(found[alpha.department.pk]["own"]).left == {2: 1}
        assert waits_of(found[alpha.department.pk]["own"]).answered == {0: 1}
        assert waits_of(found[alpha.department.pk]["all"]).n == 0
        assert waits_of(found[beta.department.pk]["all"]).n == 2, "the citizen's clock goes on"
        assert waiting([alpha.department], QUARTER, day(9)) == {alpha.department.pk: found[alpha.department.pk]}

    def test_the_sixth_query_of_a_citizen_is_no_interaction_that_counts(self) -> None:
        world = make_world("alpha")
        for _ in range(6):
            filed(world, reach=Reachable("email", "one@example.org"))
        Complaint.objects.update(citizen=Complaint.objects.values("citizen")[:1])
        assert sum(interactions([world.department], QUARTER, day(9))[world.department.pk]["depth"]) == 5

    def test_what_is_passed_on_later_to_where_another_day_is_told_is_still_the_senders(self) -> None:
        """The sender's quarter decides, although the wider search finds the query of another zone too."""
        alpha = make_world("alpha")
        far = make_world("far", calendar=make_calendar("far", "Pacific/Auckland"))
        # In the first quarter in Karachi, and by then the second in Auckland.
        late = datetime(2026, 3, 31, 16, tzinfo=UTC)
        complaint = filed(far, at=late)
        routing.transfer(complaint, by=far.intake, at=late + timedelta(days=1), to=alpha.department, reason="Theirs.")
        routing.accept_transfer(complaint, by=alpha.intake, at=late + timedelta(days=2))
        at = late + timedelta(hours=1)
        found = interactions([alpha.department, far.department], QUARTER, at)
        assert [sum(found[each.department.pk]["exclusive"].values()) for each in (alpha, far)] == [0, 0]

    def test_what_was_passed_on_to_where_another_day_is_told_is_of_the_holders_quarter(self) -> None:
        alpha = make_world("alpha")
        far = make_world("far", calendar=make_calendar("far", "Pacific/Auckland"))
        # In the first quarter in Karachi, and by then the second in Auckland.
        late = datetime(2026, 3, 31, 16, tzinfo=UTC)
        complaint = filed(alpha, reach=Reachable("email", "one@example.org"), at=late)
        routing.transfer(complaint, by=alpha.intake, at=late + timedelta(hours=1), to=far.department, reason="Theirs.")
        routing.accept_transfer(complaint, by=far.intake, at=late + timedelta(hours=2))
        at, both = late + timedelta(days=1), [alpha.department, far.department]
        for quarter, expected in ((QUARTER, [0, 0]), (QUARTER.next, [0, 1])):
            found = interactions(both, quarter, at)
            # What its year holds: the second quarter's holds the first's too, by the days of each department.
            assert [sum(found[each.department.pk]["exclusive"].values()) for each in (alpha, far)] == expected
            assert [sum(found[each.department.pk]["depth"]) for each in (alpha, far)] == expected

    def test_nobody_asked_for_is_nobody(self) -> None:
        assert cohort([], QUARTER.start, QUARTER.end, day(0)).contacts == []
        assert interactions([], QUARTER, day(0)) == {}

    def test_is_read_once_within_a_block(self) -> None:
        world = make_world("alpha")
        filed(world)
        with read_once():
            first = cohort([world.department], QUARTER.start, QUARTER.end, day(0))
            assert cohort([world.department], QUARTER.start, QUARTER.end, day(0)) is first
        assert cohort([world.department], QUARTER.start, QUARTER.end, day(0)) is not first


def test_contributions_are_deeper(monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world("alpha")
    complaint = filed(world, reach=Reachable("email", "one@example.org"))
    gave = {
        world.department.pk: [
            Contribution(complaint.citizen_id, is_adopted=True),
            Contribution(complaint.citizen_id, is_adopted=False),
            Contribution(None, is_adopted=False),
            Contribution(-1, is_adopted=False),
        ]
    }
    assert interactions([world.department], QUARTER, day(1))[world.department.pk]["depth"] == [0, 1, 0, 0, 0, 0]
    monkeypatch.setattr(reading, "contributions", lambda *_: gave)
    found = interactions([world.department], QUARTER, day(1))[world.department.pk]
    assert found["depth"] == [0, 1, 0, 0, 3, 1]
    assert high_of(found["depth"]) == 4
    assert found["exclusive"] == {"collaborative": 2}
    assert found["multiple"] == {"collaborative": 2, "one_off": 1}
    assert found["anonymous"] == {"contacts": 1}


def test_curve_and_gate_agree() -> None:
    """Where no query waits, the curve's share within the horizon is the gate's share."""
    world = make_world("alpha")
    for _ in range(3):
        responded(world)
    Letter.objects.update(delivered_at=F("sent_at"))
    filed(world)
    at = day(60)
    found = waiting([world.department], QUARTER, at)[world.department.pk]["all"]
    gate = answered([world.department], QUARTER.start, QUARTER.end, at)[world.department.pk]
    assert within(curve(waits_of(found)), 10)[0] == gate.successes / gate.trials == 3 / 4


def test_as_many_queries_for_many_departments_as_for_one() -> None:
    worlds = [make_world(code) for code in ("alpha", "beta", "gamma")]
    for world in worlds:
        concluded(world)
        owned(world)

    def queries(some: list[World]) -> int:
        with CaptureQueriesContext(connection) as caught:
            for family in (waiting, equity, interactions):
                family([each.department for each in some], QUARTER, day(20))
        return len(caught)

    assert queries(worlds[:1]) == queries(worlds)


def test_what_is_kept_is_what_is_counted() -> None:
    lives = Lives(54)
    for _ in range(120):
        lives.live(MORE)
    quarter = Quarter.of(BEGIN.date())
    tallies.tally(departments_now(), [quarter], at=lives.at)
    for kept in Tally.objects.all():
        for name in ("waiting", "equity", "interactions"):
            fresh = tallies.FAMILIES[name](departments_now(), quarter, lives.at)
            assert kept.figures[name] == fresh[kept.department_id]
    assert not list(tallies.differing(departments_now()))
