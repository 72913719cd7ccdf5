"""How departments conduct themselves: every count against a recount by hand over random lives, at any moment."""

from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from complaints import closing, correspondence, routing
from complaints.actors import Voice
from complaints.models import Closure, Complaint, StageEntry, Transfer
from departments.administration import make_responsible
from departments.models import Appointment, Responsibility
from departments.roles import POWERS, Power, Role
from engagement.conduct import conduct
from engagement.ownership import owned
from engagement.periods import Quarter
from tests.histories import ALL, BEGIN, Lives, played
from tests.lives import answer, concluded, day, filed, question
from tests.lives import owned as with_owner
from tests.world import World, make_world

pytestmark = pytest.mark.django_db

QUARTERS = (Quarter(2026, 3), Quarter(2026, 4))
AT_ONCE = ("web", "phone", "counter", "open311")


class ByHand:
    """One row after the other, and one day after the other."""

    def __init__(self, lives: Lives, quarter: Quarter, at: datetime) -> None:
        self.lives, self.quarter, self.at = lives, quarter, at
        self.off = {
            code: {holiday.date for holiday in world.calendar.holidays.all()} for code, world in lives.worlds.items()
        }

    def local(self, moment: datetime, code: str) -> date:
        return moment.astimezone(ZoneInfo(self.lives.worlds[code].calendar.zone)).date()

    def is_in(self, moment: datetime, code: str) -> bool:
        return moment <= self.at and self.quarter.start <= self.local(moment, code) <= self.quarter.end

    def holder(self, complaint: Complaint, moment: datetime) -> str:
        accepted = Transfer.objects.filter(complaint=complaint, accepted=True)
        later = [each for each in accepted if each.answered_at is not None and each.answered_at > moment]
        first = min(later, key=lambda each: each.answered_at or moment, default=None)
        return first.from_department.code if first else complaint.department.code

    def worked(self, code: str, start: datetime, end: datetime) -> list[date]:
        """The working days after the day of `start`, up to that of `end`."""
        first, last = self.local(start, code), self.local(end, code)
        days = [first + timedelta(days=number + 1) for number in range((last - first).days)]
        return [each for each in days if each.weekday() < 5 and each not in self.off[code]]

    def counted(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {
            code: {"tracked": [0, 0], "voided": [0, 0], "clocks": Counter(), "days": {}} for code in self.lives.worlds
        }
        for each in found.values():
            each["days"] = {name: Counter() for name in ("gross", "net", "own")}
        for complaint in Complaint.objects.filter(recorded_at__lte=self.at).select_related("channel", "department"):
            code = self.holder(complaint, self.at)
            if self.is_in(complaint.received_at, code):
                acknowledged = complaint.letters.filter(kind="auto_ack", delivered_at__lte=self.at).exists()
                found[code]["tracked"][0] += complaint.channel.kind in AT_ONCE or acknowledged
                found[code]["tracked"][1] += 1
            for closure in complaint.closures.filter(concluded_at__lte=self.at):
                self.add_closure(found, complaint, closure)
        return found

    def add_closure(self, found: dict[str, dict[str, Any]], complaint: Complaint, closure: Closure) -> None:
        code = self.holder(complaint, closure.concluded_at)
        if not self.is_in(closure.concluded_at, code):
            return
        is_voided = closure.voided_at is not None and closure.voided_at <= self.at
        found[code]["voided"][0] += is_voided
        found[code]["voided"][1] += 1
        if is_voided or closure.outcome in ("withdrawn", "not_reached"):
            return
        gross, paused, lapsed, own = self.clocks(complaint, closure, code)
        net = max(gross - paused - lapsed, 0)
        found[code]["clocks"].update(n=1, W=gross, P=paused, G=lapsed)
        for name, number in (("gross", gross), ("net", net), ("own", own)):
            found[code]["days"][name][str(number)] += 1

    def clocks(self, complaint: Complaint, closure: Closure, code: str) -> tuple[int, int, int, int]:
        end = closure.concluded_at
        moves = list(Transfer.objects.filter(complaint=complaint, accepted=True, answered_at__lt=end))
        changes = [complaint.received_at, *sorted(m.answered_at for m in moves if m.answered_at), end]
        mine = [(start, stop) for start, stop in pairwise(changes) if self.holder(complaint, start) == code]
        is_mine = lambda moment: any(start <= moment <= stop for start, stop in mine)  # noqa: E731
        gross = len(self.worked(code, complaint.received_at, end))
        own = sum(len(self.worked(code, *span)) for span in mine)
        left, left_of_mine, paused, mine_off = 10, 10, 0, 0
        for pause in complaint.pauses.filter(inadmissible="", starts_at__lte=end).order_by("starts_at", "pk"):
            contested = pause.contested_at is not None and pause.contested_at <= self.at
            upheld = pause.upheld and pause.judged_at is not None and pause.judged_at <= self.at
            if pause.starts_at is None or pause.ends_at is None or (contested and not upheld):
                continue
            length = len(self.worked(code, pause.starts_at, pause.ends_at))
            paused += min(left, length)
            left = 10 - paused
            if is_mine(pause.starts_at):
                mine_off += min(left_of_mine, length)
                left_of_mine -= min(left_of_mine, length)
        lapsed = 0
        for other in complaint.closures.filter(voided_at__lte=self.at, concluded_at__lt=end):
            assert other.voided_at is not None
            length = len(self.worked(code, other.concluded_at, other.voided_at))
            lapsed += length
            mine_off += length if is_mine(other.concluded_at) else 0
        return gross, paused, lapsed, max(own - mine_off, 0)


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", played(72, 73))
def test_codes_closures_and_clocks_equal_a_count_by_hand(seed: int) -> None:
    lives = Lives(seed)
    for _ in range(280):
        lives.live(ALL)
    seen: Counter[str] = Counter()
    for number in range(4):
        at = lives.at if number == 0 else BEGIN + (lives.at - BEGIN) * lives.random.uniform(0.2, 1.2)
        for quarter in QUARTERS:
            found = conduct(lives.departments, quarter, at)
            for code, expected in ByHand(lives, quarter, at).counted().items():
                got = found[lives.worlds[code].department.pk]
                assert got["tracked"] == expected["tracked"], (code, quarter, at)
                assert got["voided"] == expected["voided"], (code, quarter, at)
                for name in ("n", "W", "P", "G"):
                    assert got["clocks"][name] == expected["clocks"][name], (code, quarter, at, name)
                for name, days in expected["days"].items():
                    assert got["clocks"][name] == dict(days), (code, quarter, at, name)
                seen.update(expected["clocks"])
    assert seen["n"] > 5
    assert seen["P"] + seen["G"] > 0


def valid_by_hand(entry: StageEntry, after: datetime, until: datetime) -> tuple[float, float]:
    """Seconds with a valid owner and seconds open, piece by piece between all moments at which anything changes."""
    start, end = max(entry.entered_at, after), min(entry.left_at or until, until)
    posts = list(Appointment.objects.filter(user=entry.owner)) if entry.owner_id else []
    moments = {start, end, *(post.since for post in posts), *(post.until for post in posts if post.until)}
    cuts = sorted(moment for moment in moments if start <= moment <= end)
    power = Power.MONITOR if entry.stage == "monitoring" else Power.ANSWER
    valid = 0.0
    for one, two in pairwise(cuts):
        if any(
            post.since <= one and (post.until is None or two <= post.until)
            and power in POWERS[post.role]
            and post.department_id in (None, entry.department_id)
            and post.section_id in (None, entry.section_id)
            for post in posts
        ):  # fmt: skip
            valid += (two - one).total_seconds()
    return valid, max((end - start).total_seconds(), 0)


@pytest.fixture
def alpha() -> World:
    return make_world("alpha")


class TestWhatIsSpecial:
    """Told lives: what random ones seldom bring together with a resolution. Each moment counted again by hand."""

    @pytest.fixture
    def lives(self) -> Lives:
        return Lives(0)

    def taken(self, lives: Lives, *moments: float) -> Counter[str]:
        """Compare at each moment (days after the beginning); return the sums of what was seen."""
        seen: Counter[str] = Counter()
        for moment in moments:
            at = BEGIN + timedelta(days=moment)
            for quarter in QUARTERS:
                found = conduct(lives.departments, quarter, at)
                for code, expected in ByHand(lives, quarter, at).counted().items():
                    got = found[lives.worlds[code].department.pk]["clocks"]
                    assert {name: got[name] for name in ("n", "W", "P", "G")} == {
                        name: expected["clocks"][name] for name in ("n", "W", "P", "G")
                    }, (code, moment)
                    assert {name: got[name] for name in expected["days"]} == {
                        name: dict(days) for name, days in expected["days"].items()
                    }, (code, moment)
                    seen.update(expected["clocks"])
        return seen

    def resolved(self, world: World, complaint: Complaint, on: float) -> None:
        at = BEGIN + timedelta(days=on)
        complaint.refresh_from_db()
        answer(world, complaint, at=at)
        closing.conclude(complaint, by=world.officer, at=at, outcome="granted")

    def reopened(self, complaint: Complaint, on: float) -> None:
        complaint.refresh_from_db()
        closing.object_to(complaint, by=Voice.CITIZEN, at=BEGIN + timedelta(days=on), reason="Still dry.")

    def passed_on(self, complaint: Complaint, world: World, to: World, on: float) -> None:
        at = BEGIN + timedelta(days=on)
        complaint.refresh_from_db()
        routing.transfer(complaint, by=world.intake, at=at, to=to.department, reason="Theirs.")
        routing.accept_transfer(complaint, by=to.intake, at=at)

    def test_a_closure_that_did_not_hold_is_taken_off(self, lives: Lives) -> None:
        a = lives.worlds["a"]
        complaint = filed(a, at=BEGIN)
        self.resolved(a, complaint, 4)
        self.reopened(complaint, 9)
        self.resolved(a, complaint, 16)
        assert self.taken(lives, 5, 12, 20)["G"] > 0

    def test_the_own_clock_runs_only_where_the_query_is(self, lives: Lives) -> None:
        a, b = lives.worlds["a"], lives.worlds["b"]
        complaint = filed(a, at=BEGIN)
        self.passed_on(complaint, a, b, 2)
        self.passed_on(complaint, b, a, 7)
        self.resolved(a, complaint, 11)
        self.reopened(complaint, 15)
        self.passed_on(complaint, a, b, 17)
        self.resolved(b, complaint, 22)
        # At day 12, and from day 22 on, a closure stands; at day 12 a move is still to come.
        assert self.taken(lives, 12, 18, 30)["n"] == 2

    def test_a_pause_counts_as_it_was_known_then(self, lives: Lives) -> None:
        a = lives.worlds["a"]
        complaint = filed(a, at=BEGIN)
        routing.accept(complaint, by=a.officer, at=BEGIN)
        question(a, complaint, at=BEGIN + timedelta(days=1))
        complaint.refresh_from_db()
        correspondence.citizen_writes(
            complaint, by=Voice.CITIZEN, at=BEGIN + timedelta(days=4), text="The one by the school."
        )
        self.resolved(a, complaint, 7)
        assert self.taken(lives, 8)["P"] == 3
        pause = complaint.pauses.get()
        contested, judged = BEGIN + timedelta(days=9), BEGIN + timedelta(days=11)
        type(pause).objects.filter(pk=pause.pk).update(
            contested_at=contested, judged_at=judged, upheld=True, judged_by=a.monitor
        )
        assert [self.taken(lives, moment)["P"] for moment in (8, 10, 12)] == [3, 0, 3]


def test_who_holds_no_post_owns_nothing(alpha: World) -> None:
    complaint = with_owner(alpha)
    StageEntry.objects.filter(complaint=complaint, owner__isnull=False).update(owner=alpha.auditor)
    valid, opened, stays = owned([alpha.department.pk], day(0), day(1))[alpha.department.pk]
    assert (valid, stays) == (0, 2)
    assert opened == 24 * 3600


@pytest.mark.parametrize("seed", [63])
def test_owned_time_equals_a_sum_by_hand_also_where_posts_change(seed: int) -> None:
    lives = Lives(seed)
    for _ in range(200):
        lives.live(ALL)
    length = lives.at - BEGIN
    a, b = lives.worlds["a"], lives.worlds["b"]
    Appointment.objects.filter(user=a.officer).update(until=BEGIN + length / 3)
    for begins, ends in ((2, 4), (3, 5), (6, 7)):
        Appointment.objects.create(
            user=a.officer, department=a.department, section=a.section, role=Role.OFFICER,
            since=BEGIN + length * begins / 8, until=BEGIN + length * ends / 8,
        )  # fmt: skip
    Appointment.objects.filter(user=b.monitor).update(role=Role.AUDITOR)
    for share in (0.3, 0.6, 1.1):
        after, until = BEGIN + length * (share - 0.3), BEGIN + length * share
        found = owned([d.pk for d in lives.departments], after, until)
        for world in lives.worlds.values():
            rows = StageEntry.objects.filter(department=world.department, entered_at__lt=until).exclude(
                left_at__lte=after
            )
            sums = [valid_by_hand(entry, after, until) for entry in rows.select_related("owner")]
            expected = (round(sum(v for v, _ in sums)), round(sum(o for _, o in sums)), len(sums))
            assert found.get(world.department.pk, (0, 0, 0)) == expected
    assert owned([a.department.pk], BEGIN, BEGIN) == {}


class TestResponsible:
    def test_days_with_section_lead_and_deputy(self, alpha: World) -> None:
        charge = Responsibility.objects.get(department=alpha.department, stage="response")
        Responsibility.objects.filter(pk=charge.pk).update(until=day(10))
        Responsibility.objects.create(
            department=alpha.department, stage="response", section=alpha.section, lead=alpha.officer, since=day(20)
        )
        found = conduct([alpha.department], Quarter(2026, 1), day(40))[alpha.department.pk]["covered"]
        # 1 January to 11 March have ended with all three; from 12 March on nobody, or no deputy, until 31 March.
        assert found == {"content": [90, 90], "response": [70, 90], "monitoring": [90, 90]}

    def test_roles_of_the_leads_over_all_departments(self, alpha: World) -> None:
        beta = make_world("beta")
        make_world("gamma", live=False)
        make_responsible(
            beta.department, "content", beta.section, lead=beta.officer, deputy=beta.officer2, by=beta.centre, at=day(1)
        )
        at = day(2)
        found = conduct([alpha.department], Quarter(2026, 1), at)[alpha.department.pk]["roles"]
        assert found["content"] == {"approver": 1, "officer": 1}
        assert found["response"] == {"officer": 2}
        assert conduct([alpha.department], Quarter(2026, 1), day(0.5))[alpha.department.pk]["roles"]["content"] == {
            "approver": 2
        }

    def test_a_lead_without_a_post_or_nobody_has_no_role(self, alpha: World) -> None:
        Appointment.objects.filter(user=alpha.officer).update(until=day(1))
        Responsibility.objects.filter(stage="monitoring").update(lead=None)
        roles = conduct([alpha.department], Quarter(2026, 1), day(2))[alpha.department.pk]["roles"]
        assert roles["response"] == {"": 1}
        assert roles["monitoring"] == {"": 1}


def test_before_the_quarter_there_is_nothing(alpha: World) -> None:
    filed(alpha)
    found = conduct([alpha.department], Quarter(2026, 2), day(0))[alpha.department.pk]
    assert found["owned"] == [0, 0, 0]
    assert found["covered"]["content"] == [0, 0]
    assert found["clocks"] == {"n": 0, "gross": {}, "net": {}, "own": {}, "W": 0, "P": 0, "G": 0}


def test_as_many_queries_however_much_there_is(alpha: World) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            conduct([alpha.department], Quarter(2026, 1), day(3))
        return len(caught)

    concluded(alpha)
    before = queries()
    for _ in range(4):
        concluded(alpha)
        with_owner(alpha)
    assert queries() == before <= 16
