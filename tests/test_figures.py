"""What departments have in hand, the gates, and what is kept: each against a count by hand over random lives."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from complaints import closing
from complaints.actors import Voice
from complaints.intake import Reachable
from complaints.models import Complaint, StageEntry, Transfer
from complaints.triage import Wanted, filtered, leading_duties
from complaints.visibility import visible_to
from departments import hands
from departments.models import Calendar, Department, Holiday
from engagement import figures, tallies
from engagement.cohorts import answered, asked
from engagement.compliance import compliance
from engagement.dashboard.scope import departments_of
from engagement.figures import figures_at, figures_now
from engagement.gates import Answered, Asked
from engagement.management.commands import tally as command
from engagement.models import Tally
from engagement.periods import Quarter
from engagement.tasks import count_quarters, recount
from engagement.workload import Workload, workload_at, workload_now
from messaging import heartbeats
from tests.histories import ALL, BEGIN, PLAIN, Lives, played
from tests.lives import MONDAY, concluded, day, filed, owned
from tests.lives import answered as responded
from tests.world import World, departments_now, make_world

pytestmark = pytest.mark.django_db

FOREVER = (date(2026, 1, 1), date(2026, 12, 31))


def lived(seed: int, steps: int = 260) -> Lives:
    lives = Lives(seed)
    for _ in range(steps):
        lives.live(ALL)
    return lives


@pytest.mark.no_cover
class TestInHand:
    @pytest.mark.parametrize("seed", played(11, 12))
    def test_is_what_the_queue_holds_at_any_moment(self, seed: int) -> None:
        """Counted one by one, through what each department's head may see, by the standing that the queue shows."""
        lives = Lives(seed)
        for number in range(280):
            lives.live(ALL)
            if number % 40 == 39:
                found = workload_now(lives.departments, lives.at)
                for world in lives.worlds.values():
                    entries = StageEntry.objects.filter(
                        visible_to(world.head, at=lives.at, path="complaint__"),
                        left_at__isnull=True,
                        complaint__department=world.department,
                    )
                    leading = leading_duties(entries.values_list("complaint", flat=True), at=lives.at)
                    assert len(leading) == entries.count(), "on every open query something is owed"
                    late = [duty for duty in leading.values() if duty.standing == "overdue"]
                    shown = filtered(entries, Wanted(standing="overdue"), lives.at)
                    assert {duty.complaint_id for duty in late} == set(shown.values_list("complaint", flat=True))
                    assert found[world.department.pk] == Workload(entries.count(), len(late))
                assert workload_at(lives.departments, lives.at) == found
        assert any(work.overdue for work in found.values())

    def test_of_a_past_moment_is_what_it_was_then(self) -> None:
        lives = Lives(13)
        then = []
        for number in range(240):
            lives.live(ALL)
            if number % 30 == 29:
                then.append((lives.at, workload_now(lives.departments, lives.at)))
        for at, found in then:
            assert workload_at(lives.departments, at) == found
        assert len({str(found) for _, found in then}) > 4

    def test_an_entry_is_of_its_querys_department(self) -> None:
        lived(14)
        for entry in StageEntry.objects.filter(left_at__isnull=True).select_related("complaint"):
            assert entry.department_id == entry.complaint.department_id


def by_hand(lives: Lives, start: date, end: date, at: datetime) -> tuple[dict[str, Answered], dict[str, Asked]]:
    """M1 and M3 from single rows, one query after the other, with a due date found by going from day to day."""
    answers: dict[str, Counter[str]] = {code: Counter() for code in lives.worlds}
    asking: dict[str, Counter[str]] = {code: Counter() for code in lives.worlds}
    brought: Counter[tuple[str, int]] = Counter()

    def holder(complaint: Complaint, moment: datetime) -> str:
        later = [t for t in Transfer.objects.filter(complaint=complaint, accepted=True) if t.answered_at > moment]
        first = min(later, key=lambda t: t.answered_at, default=None)
        return first.from_department.code if first else complaint.department.code

    def local(moment: datetime, code: str) -> date:
        return moment.astimezone(ZoneInfo(lives.worlds[code].calendar.zone)).date()

    for complaint in Complaint.objects.filter(recorded_at__lte=at).order_by("received_at", "pk"):
        code = holder(complaint, at)
        if start <= local(complaint.received_at, code) <= end:
            if complaint.citizen_id:
                brought[code, complaint.citizen_id] += 1
                if brought[code, complaint.citizen_id] > 5:
                    answers[code]["beyond"] += 1
                    continue
            due, left = local(complaint.received_at, code), 10
            closed_days = {h.date for h in lives.worlds[code].calendar.holidays.all()}
            while left:
                due += timedelta(days=1)
                left -= due.weekday() < 5 and due not in closed_days
            sent = [
                letter.sent_at
                for letter in complaint.letters.filter(kind__in=["substantive", "refusal"], sent_at__lte=at)
                if letter.delivered_at and letter.delivered_at <= at
            ]
            closed = any(
                c.concluded_at <= at and not (c.voided_at and c.voided_at <= at) for c in complaint.closures.all()
            )
            good = bool(sent) and local(min(sent), code) <= due
            over = bool(sent) or closed or local(at, code) > due
            captured = complaint.taken_by_id is None
            if good or over:
                answers[code].update(successes=int(good), trials=1)
                if captured:
                    answers[code].update(captured_successes=int(good), captured_trials=1)
            else:
                answers[code]["waiting"] += 1
        for closure in complaint.closures.exclude(outcome="withdrawn").filter(concluded_at__lte=at):
            if closure.voided_at and closure.voided_at <= at:
                continue
            held = holder(complaint, closure.concluded_at)
            if start <= local(closure.concluded_at, held) <= end:
                told = bool(closure.delivered_at and closure.delivered_at <= at)
                asking[held].update(successes=int(told), trials=1)
    return {code: Answered(**c) for code, c in answers.items()}, {code: Asked(**c) for code, c in asking.items()}


class TestGatesCounted:
    @pytest.mark.no_cover
    @pytest.mark.parametrize("seed", played(21, 22, 23))
    def test_equal_a_count_by_hand_at_any_moment(self, seed: int) -> None:
        lives = Lives(seed)
        for _ in range(280):
            lives.live(PLAIN)
        seen: Counter[str] = Counter()
        for number in range(8):
            at = lives.at if number == 0 else BEGIN + (lives.at - BEGIN) * lives.random.uniform(0.1, 1.3)
            start, end = (date(2026, 9, 1), date(2026, 10, 31)) if number % 2 else FOREVER
            answers, asking = by_hand(lives, start, end, at)
            keys = {world.department.pk: code for code, world in lives.worlds.items()}
            assert {keys[k]: v for k, v in answered(lives.departments, start, end, at).items()} == answers, at
            assert {keys[k]: v for k, v in asked(lives.departments, start, end, at).items()} == asking, at
            for each in answers.values():
                seen.update({name: n for name, n in vars(each).items() if n})
        assert seen["successes"]
        assert seen["waiting"]

    def test_of_one_citizen_five_queries_count(self) -> None:
        world = make_world("alpha")
        for _ in range(7):
            filed(world, reach=Reachable("email", "one@example.org"))
        Complaint.objects.update(citizen=Complaint.objects.exclude(citizen=None).values("citizen")[:1])
        found = answered([world.department], *FOREVER, day(60))[world.department.pk]
        assert (found.trials, found.beyond) == (5, 2)

    def test_an_answer_that_was_not_delivered_is_none(self) -> None:
        world = make_world("alpha")
        complaint = responded(world)
        letter = complaint.letters.get(kind="substantive")
        letter.__class__.objects.filter(pk=letter.pk).update(delivered_at=None)
        assert answered([world.department], *FOREVER, day(60))[world.department.pk].successes == 0
        letter.__class__.objects.filter(pk=letter.pk).update(delivered_at=letter.sent_at)
        assert answered([world.department], *FOREVER, day(60))[world.department.pk].successes == 1

    def test_who_rated_was_asked(self) -> None:
        world = make_world("alpha")
        complaint = concluded(world)
        complaint.closures.update(delivered_at=None)
        assert asked([world.department], *FOREVER, day(30))[world.department.pk] == Asked(0, 1)
        closing.rate(complaint, by=Voice.CITIZEN, at=day(20), stars=4)
        assert asked([world.department], *FOREVER, day(30))[world.department.pk] == Asked(1, 1)


class TestKept:
    @pytest.fixture(autouse=True)
    def _large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(figures, "QUICK", 0)

    def test_what_is_kept_is_what_is_counted(self) -> None:
        lives = lived(31)
        quarter = Quarter.of(BEGIN.date())
        for chosen in (quarter, quarter.next):
            tallies.tally(departments_now(), [chosen], at=lives.at)
            kept = figures_now(departments_now(), chosen, lives.at)
            assert kept == figures_at(departments_now(), chosen, lives.at)
            assert [each.compliance for each in kept] == compliance(
                departments_now(), chosen.start, chosen.end, lives.at
            )
        assert not list(tallies.differing(departments_now()))

    @pytest.mark.no_cover
    def test_is_counted_anew_and_whole_however_often(self) -> None:
        """Nothing that happens to queries changes what was kept."""
        lives = lived(32, 150)
        quarter = Quarter.of(BEGIN.date())
        tallies.tally(departments_now(), [quarter], at=lives.at)
        for _ in range(60):
            lives.live(ALL)
        assert not list(tallies.differing(departments_now())), "as of the moment of counting nothing changed"
        for _ in range(2):
            tallies.tally(departments_now(), [quarter], at=lives.at)
        assert Tally.objects.count() == 3
        assert figures_now(departments_now(), quarter, lives.at) == figures_at(departments_now(), quarter, lives.at)

    def test_until_the_next_count_the_last_is_shown_with_its_moment(self) -> None:
        world = make_world("alpha")
        filed(world)
        quarter = Quarter.of(MONDAY.date())
        assert figures_now([world.department], quarter, day(1))[0].counted_at is None
        tallies.tally([world.department], [quarter], at=day(1))
        filed(world, at=day(2))
        (found,) = figures_now([world.department], quarter, day(3))
        assert found.counted_at == day(1)
        assert found.compliance is not None
        assert found.compliance.basis.duties == 4
        assert found.workload.open == 2, "what is open is counted now"

    def test_a_quarter_rests_in_proportion_to_what_it_cost(self) -> None:
        world = make_world("alpha")
        quarter = Quarter.of(MONDAY.date())
        assert list(tallies.due([quarter], day(0))) == [quarter]
        tallies.tally([world.department], [quarter], at=day(0))
        Tally.objects.update(took=30)
        assert list(tallies.due([quarter], day(0) + timedelta(minutes=9))) == []
        assert list(tallies.due([quarter], day(0) + timedelta(minutes=10))) == [quarter]
        later = day(300)
        Tally.objects.update(counted_at=later)
        assert list(tallies.due([quarter], later + timedelta(hours=19))) == []
        assert list(tallies.due([quarter], later + timedelta(hours=20))) == [quarter]
        Tally.objects.update(method_version=0)
        assert list(tallies.due([quarter], later)) == [quarter], "another method's count is none"

    def test_a_changed_calendar_makes_it_due_and_is_no_difference(self) -> None:
        world = make_world("alpha")
        quarter = Quarter.of(MONDAY.date())
        filed(world)
        tallies.tally([world.department], [quarter], at=day(20))
        assert list(tallies.due([quarter], day(20))) == []
        Holiday.objects.create(calendar=world.calendar, date=day(1).date(), name={"en": "Day"})
        Calendar.objects.update(revision=F("revision") + 1)
        assert list(tallies.due([quarter], day(20))) == [quarter]
        Department.objects.update(live_since=day(21))
        assert list(tallies.due([quarter], day(20))) == [], "who takes no queries is not counted"
        Department.objects.update(live_since=world.department.live_since)
        department = Department.objects.select_related("calendar").get()
        assert not list(tallies.differing([department]))
        tallies.tally([department], [quarter], at=day(20))
        assert list(tallies.due([quarter], day(20))) == []
        assert not list(tallies.differing([department]))

    def test_the_check_names_what_differs(self, capsys: pytest.CaptureFixture[str]) -> None:
        world = make_world("alpha", at=MONDAY - timedelta(days=100))
        filed(world)
        call_command("tally", "--all", "--at", day(1).isoformat())
        call_command("tally", "--check")
        assert "Every kept figure is what its records come to." in capsys.readouterr().out
        kept = Tally.objects.get(quarter="2026Q1")
        kept.rows[0][3] += 1
        kept.save()
        with pytest.raises(CommandError, match="alpha 2026Q1"):
            call_command("tally", "--check")
        call_command("tally", "--all", "--at", day(1).isoformat())
        call_command("tally", "--check")

    def test_the_nightly_check_leaves_word_where_health_reads_it(self, client: Any) -> None:
        world = make_world("alpha", at=MONDAY - timedelta(days=100))
        filed(world)
        count_quarters()
        recount()
        assert heartbeats.detail("recount") == "nothing differs"
        call_command("tally", "--all")
        Tally.objects.filter(quarter="2026Q1").update(figures={})
        recount()
        assert client.get("/readyz").json()["figures"]["recount"] == "differ: alpha 2026Q1"


@pytest.mark.django_db(transaction=True)
def test_side_by_side_the_quarters_come_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    if not hands.can_share():
        pytest.skip("two processes need PostgreSQL")
    world = make_world("alpha", at=MONDAY - timedelta(days=100))
    concluded(world)
    filed(world, at=day(60))

    def kept() -> list[dict[str, Any]]:
        call_command("tally", "--all", "--at", day(61).isoformat())
        found = list(Tally.objects.order_by("quarter").values("quarter", "rows", "figures"))
        Tally.objects.all().delete()
        return found

    alone = kept()
    monkeypatch.setattr(command, "SHARED_FROM", 1)
    assert kept() == alone
    assert [each["quarter"] for each in alone] == ["2025Q4", "2026Q1", "2026Q2"]


def test_as_many_queries_for_many_departments_as_for_one() -> None:
    worlds = [make_world(code) for code in ("alpha", "beta", "gamma")]
    for world in worlds:
        concluded(world)
        owned(world)
    quarter = Quarter.of(MONDAY.date())

    def queries(some: list[World]) -> int:
        with CaptureQueriesContext(connection) as caught:
            figures_now([each.department for each in some], quarter, day(20))
        return len(caught)

    assert queries(worlds[:1]) == queries(worlds)


def test_only_a_post_over_the_whole_department_shows_it() -> None:
    alpha, beta = make_world("alpha"), make_world("beta")
    assert departments_of(alpha.head, day(0)) == [alpha.department]
    assert departments_of(alpha.officer, day(0)) == [alpha.department]
    assert departments_of(alpha.centre, day(0)) == [alpha.department, beta.department]
    alpha.officer.appointments.update(section=alpha.section)
    assert departments_of(alpha.officer, day(0)) == []
    alpha.head.appointments.update(until=day(0))
    assert departments_of(alpha.head, day(0)) == []
