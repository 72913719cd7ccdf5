"""Waiting, equity and depth, each against a count by hand over random lives, one query after the other."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from complaints import closing, correspondence, routing
from complaints.actors import Voice
from complaints.intake import Reachable
from complaints.models import Complaint, Letter
from departments import worktime
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
from engagement.waiting import waiting, waits_of
from tests.histories import ALL, BEGIN, Lives, Verb, played
from tests.lives import MONDAY, concluded, day, filed, owned
from tests.lives import answered as responded
from tests.measures_by_hand import ByHand, check_equity, check_interactions, check_waiting
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
