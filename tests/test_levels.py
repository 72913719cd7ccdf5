"""The evidence of the level from records, and the rows behind it, on random lives counted one by one."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from complaints import closing, routing
from complaints.actors import Voice
from complaints.models import Complaint, Letter
from departments.models import Department, User
from engagement import figures, outreach_records, tallies
from engagement.cases import PAGE, Case, Cases, Side, Why
from engagement.cohorts import answered, asked
from engagement.evidence import Did, Evidence, summed
from engagement.freezing import Status
from engagement.gates import Verdict
from engagement.gathering import gathered, level
from engagement.ladder import QUARTER, YEAR
from engagement.levels import Level
from engagement.participation import Decision, Opportunity, OutboundItem
from engagement.periods import Quarter, day_in
from engagement.ratings import rated
from engagement.stated import levels_at, shown_from
from tests.histories import BEGIN, PLAIN, Lives
from tests.lives import BY_MAIL, concluded, day, ended, filed, lodged, offered
from tests.world import make_world

pytestmark = pytest.mark.django_db
FIRST = Quarter(2026, 1)


def delivered() -> None:
    """Let every answer have arrived when it was sent."""
    Letter.objects.filter(kind="substantive").update(delivered_at=F("sent_at"))


def rows_of(gate: str, department: Department, quarter: Quarter, at: datetime, months: int = QUARTER) -> list[Case]:
    """The rows as an auditor of the centre sees them, who sees all."""
    centre = User.objects.get(username="centre.admin")
    return list(Cases(gate, department, quarter, at, months).everything(centre, now=at))


class TestRows:
    @pytest.mark.no_cover
    def test_the_rows_add_up_to_the_counts_at_any_moment(self) -> None:
        lives = Lives(21)
        for _ in range(280):
            lives.live(PLAIN)
        sides: Counter[Side] = Counter()
        for part in (0.4, 1.0, 1.2):
            at = BEGIN + (lives.at - BEGIN) * part
            quarter = Quarter.of(day_in("Asia/Karachi", BEGIN))
            m1 = answered(lives.departments, quarter.start, quarter.end, at)
            m3 = asked(lives.departments, quarter.start, quarter.end, at)
            h2 = rated(lives.departments, quarter, at)
            for each in lives.departments:
                counted = Counter(case.side for case in rows_of("M1", each, quarter, at))
                found = m1[each.pk]
                assert counted[Side.SUCCESS] == found.successes
                assert counted[Side.FAILURE] == found.trials - found.successes
                assert counted[Side.WAITING] == found.waiting
                assert counted[Side.LEFT_OUT] == found.beyond
                sides.update(counted)
                counted = Counter(case.side for case in rows_of("M3", each, quarter, at))
                assert (counted[Side.SUCCESS], counted.total()) == (m3[each.pk].successes, m3[each.pk].trials)
                counted, ratings = Counter(case.side for case in rows_of("H2", each, quarter, at, YEAR)), h2[each.pk]
                assert counted.total() == ratings.ratings + ratings.staff
                assert (counted[Side.SUCCESS], counted[Side.WAITING]) == (ratings.followed, ratings.waiting)
                assert counted[Side.FAILURE] == ratings.bad - ratings.followed
        assert sides[Side.SUCCESS]
        assert sides[Side.FAILURE]

    def test_beyond_five_is_counted_quarter_by_quarter(self) -> None:
        world = make_world("alpha")
        for _ in range(7):
            filed(world, reach=BY_MAIL)
        for _ in range(2):
            filed(world, reach=BY_MAIL, at=day(60))
        citizen = Complaint.objects.exclude(citizen=None).values("citizen")[:1]
        Complaint.objects.update(citizen=citizen)
        second = FIRST.next
        assert [each.why for each in rows_of("H1", world.department, second, day(100), YEAR)].count(Why.BEYOND) == 2
        [evidence] = gathered([world.department], second, day(100)).values()
        assert (evidence.queries_months, evidence.queries.trials, evidence.queries.beyond) == (YEAR, 7, 2)

    def test_pages_follow_each_other_without_a_row_lost_or_twice(self) -> None:
        world = make_world("alpha")
        for number in range(PAGE * 2 + 3):
            filed(world, at=day(0) + timedelta(minutes=number // 3))
        cases = Cases("M1", world.department, FIRST, day(30), QUARTER)
        pages, after = [], None
        while not pages or after is not None:
            pages.append(cases.page(world.head, now=day(30), after=after))
            after = pages[-1].after
        seen = [each.reference for each_page in pages for each in each_page.rows]
        assert len(seen) == len(set(seen)) == PAGE * 2 + 3
        assert seen == [each.reference for each in cases.everything(world.head, now=day(30))]
        back = cases.page(world.head, now=day(30), before=pages[1].before)
        assert [each.reference for each in back.rows] == seen[:PAGE]
        assert (back.before, pages[0].before) == (None, None)
        assert cases.page(world.head, now=day(30), before=pages[0].rows[0].mark).rows == []

    def test_what_went_elsewhere_since_counts_and_is_not_listed(self) -> None:
        alpha, beta = make_world("alpha"), make_world("beta")
        filed(alpha)
        routing.accept_transfer(offered(alpha, to=beta.department), by=beta.intake, at=day(20))
        page = Cases("M1", alpha.department, FIRST, day(19), QUARTER).page(alpha.head, now=day(30))
        assert (len(page.rows), page.unseen) == (1, 1)
        theirs = Cases("M1", alpha.department, FIRST, day(19), QUARTER).page(alpha.centre, now=day(30))
        assert (len(theirs.rows), theirs.unseen) == (2, 0)

    def test_each_case_says_why(self) -> None:
        world = make_world("alpha")
        late, closed = concluded(world), filed(world)
        late.letters.filter(kind="substantive").update(sent_at=day(20), delivered_at=day(20))
        concluded(world).closures.update(delivered_at=day(1))
        Letter.objects.filter(kind="substantive", delivered_at=None).update(delivered_at=F("sent_at"))
        filed(world)
        filed(world, at=day(28))
        closing.withdraw(closed, by=Voice.CITIZEN, at=day(1))
        rows = list(Cases("M1", world.department, FIRST, day(30), QUARTER).everything(world.head, now=day(30)))
        assert [each.why for each in rows] == [Why.LATE, Why.CLOSED, Why.IN_TIME, Why.NEVER, Why.RUNNING]
        late.closures.update(delivered_at=None)
        silent = list(Cases("M3", world.department, FIRST, day(30), QUARTER).everything(world.head, now=day(30)))
        assert [each.why for each in silent] == [Why.NOT_ASKED, Why.NOTICE]
        closing.rate(late, by=Voice.CITIZEN, at=day(21), stars=1)
        rows = list(Cases("M3", world.department, FIRST, day(30), QUARTER).everything(world.head, now=day(30)))
        assert [each.why for each in rows] == [Why.RATED, Why.NOTICE]
        judged = list(Cases("H2", world.department, FIRST, day(30), YEAR).everything(world.head, now=day(30)))
        assert [each.why for each in judged] == [Why.MAY_FOLLOW]
        judged = list(Cases("H2", world.department, FIRST, day(60), YEAR).everything(world.head, now=day(60)))
        assert [each.why for each in judged] == [Why.NOT_FOLLOWED]


class TestGathering:
    def test_h1_adds_three_quarters_where_thirty_are_not_reached(self) -> None:
        world = make_world("alpha")
        for number, n in ((0, 20), (100, 12), (200, 3)):
            for _ in range(n):
                filed(world, at=day(number))
        many = FIRST.next
        [second] = gathered([world.department], many, day(300)).values()
        assert (second.answered.trials, second.queries.trials, second.queries_months) == (12, 32, YEAR)
        for _ in range(18):
            filed(world, at=day(101))
        [second] = gathered([world.department], many, day(300)).values()
        assert (second.queries.trials, second.queries_months) == (30, QUARTER)
        third = many.next
        parts = [
            answered([world.department], q.start, q.end, day(300))[world.department.pk] for q in (third, many, FIRST)
        ]
        [found] = gathered([world.department], third, day(300)).values()
        assert found.queries == summed(parts)

    def test_is_the_same_for_one_and_for_many_in_as_many_queries(self) -> None:
        worlds = [make_world(code) for code in ("alpha", "beta", "gamma")]
        for world in worlds:
            concluded(world)
        departments = [world.department for world in worlds]

        def queries(some: list[Department]) -> int:
            with CaptureQueriesContext(connection) as caught:
                gathered(some, FIRST, day(30))
            return len(caught)

        queries(departments)
        assert queries(departments[:1]) == queries(departments)
        together = gathered(departments, FIRST, day(30))
        assert all(gathered([each], FIRST, day(30))[each.pk] == together[each.pk] for each in departments)

    def test_what_outreach_does_not_record_has_no_data(self) -> None:
        world = make_world("alpha")
        [found] = gathered([world.department], FIRST, day(30)).values()
        assert (found.invites, found.input, found.co_produced, found.loops, found.decided) == (None,) * 5

    def test_what_outreach_will_record_is_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        world = make_world("alpha")
        pk = world.department.pk
        kept = frozenset({"outbound_items", "opportunities", "published_items", "decisions"})
        monkeypatch.setattr(outreach_records, "KEPT", kept)
        [nothing] = gathered([world.department], FIRST, day(30)).values()
        assert (nothing.input, nothing.decided) == (Did(False), Did(False)), "kept, and nothing was done"
        item = OutboundItem(day(1), replies_open=True, reaches_inbox=True)
        chance = Opportunity(day(0), day(20), is_on_work=True)
        decision = Decision(day(1).date(), "Secretary", "Dry.", ("adopted",), day(20).date())
        for name, records in (("outbound_items", [item] * 11), ("opportunities", [chance]), ("decisions", [decision])):
            monkeypatch.setattr(outreach_records, name, lambda *_, r=records: {pk: r})
        [found] = gathered([world.department], FIRST, day(30)).values()
        assert (found.published, found.invites.successes, found.invites.trials) == (11, 11, 11)
        assert (found.input, found.decided) == (Did(False, 0, 1), Did(True, 1, 1))
        assert found.co_produced == Did(False)

    def test_without_a_department_there_is_nothing(self) -> None:
        assert gathered([], FIRST, day(30)) == {}

    def test_the_family_keeps_it(self) -> None:
        world = make_world("alpha")
        ended(world)
        kept = level([world.department], FIRST, day(60))[world.department.pk]
        assert Evidence.from_json(kept) == gathered([world.department], FIRST, day(60))[world.department.pk]
        assert tallies.FAMILIES["level"] is level


class TestStated:
    def test_now_and_as_it_was_known(self) -> None:
        world = make_world("alpha")
        for _ in range(10):
            concluded(world)
        delivered()
        [now] = levels_at([world.department], FIRST, day(60))
        assert now.reading is not None
        assert (now.reading.proven, now.reading.verdicts["M1"], now.status) == (
            Level.LOW,
            Verdict.PASS,
            Status.PROVISIONAL,
        )
        [then] = levels_at([world.department], FIRST, day(60), day(-1))
        assert then.reading is not None
        assert not then.reading.is_rated

    def test_where_counting_takes_long_it_is_what_was_counted_last(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(figures, "QUICK", 0)
        world = make_world("alpha")
        lodged(world)
        [uncounted] = levels_at([world.department], FIRST, day(60))
        assert (uncounted.reading, uncounted.counted_at) == (None, None)
        tallies.tally([world.department], [FIRST], at=day(50))
        [kept] = levels_at([world.department], FIRST, day(60))
        assert kept.counted_at == day(50)
        assert kept.evidence is not None
        assert kept.evidence.received == 1

    def test_no_page_shows_a_quarter_before_it_is_over_where_the_department_is(self) -> None:
        world = make_world("alpha")
        midnight = datetime.fromisoformat("2026-04-01T00:00:00+05:00")
        assert shown_from(world.department, FIRST, midnight - timedelta(seconds=1)) == FIRST.next.start
        assert shown_from(world.department, FIRST, midnight) is None
