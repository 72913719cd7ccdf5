"""The sweep: what is overdue is flagged exactly once, with its true due moment, whatever ran or did not run before."""

import random
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from complaints import closing, correspondence, drafting, pausing, routing
from complaints.actors import Voice
from complaints.chain import EventKind
from complaints.deadlines import Standing
from complaints.models import Complaint, Duty, Event, Flag, Letter, Notice, Pause
from complaints.sweep import sweep
from complaints.trail import broken_links
from departments.errors import Invalid, NotAllowed, NotReady
from departments.models import Appointment, Responsibility, Rung, Step, User
from departments.sops import Stage
from messaging.models import Heartbeat
from tests import lives
from tests.histories import played
from tests.lives import BY_MAIL, MONDAY, UTC, day, minute
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
TICK = timedelta(microseconds=1)


def flags() -> set[tuple[int, str, int, datetime]]:
    """Return what was flagged, by query, step, rung and due moment: rows may be replaced, deadlines may not."""
    rows = Flag.objects.values_list("duty__complaint__text", "duty__code", "level", "due_at")
    found = [(int(text), code, level, due) for text, code, level, due in rows]
    assert len(found) == len(set(found)), "a deadline was flagged twice"
    return set(found)


def check(at: datetime) -> None:
    """What must hold after every sweep at `at`."""
    for duty in Duty.objects.as_of(at).filter(standing=Standing.OVERDUE):
        same: list[Flag] = []
        row: Duty | None = duty
        while row is not None:  # the flag is on the row itself, or on one of the same date that it follows
            same += row.flags.filter(level=0, due_at=duty.due_at)
            row = row.follows
        assert len(same) == 1, f"{duty} has {len(same)} flags"
    for flag in Flag.objects.select_related("duty"):
        assert flag.due_at == flag.duty.due_at < flag.flagged_at
        assert flag.duty.ended_at is None or flag.duty.ended_at > flag.due_at
    told = Event.objects.filter(kind=EventKind.FLAGGED).values_list("data", flat=True)
    assert sorted((e["duty"], e["level"]) for e in told) == sorted(Flag.objects.values_list("duty", "level"))
    assert list(broken_links()) == []


# What a player tries and how gladly; most lives go forward, some go astray.
GLADLY = {
    **dict.fromkeys(("send", "conclude", "hand_over", "sign_off"), 20),
    **dict.fromkeys(("accept", "approve", "judge_pause", "object"), 8),
    **dict.fromkeys(("draft", "ask", "write", "contest_pause", "deliver"), 4),
    **dict.fromkeys(("transfer", "accept_transfer", "return_transfer", "route", "withdraw", "reassign", "note"), 1),
}
BY = {
    **dict.fromkeys(("approve",), "approver"),
    **dict.fromkeys(("route", "transfer", "accept_transfer", "return_transfer"), "intake"),
    **dict.fromkeys(("judge_pause", "sign_off"), "monitor"),
    **dict.fromkeys(("reassign",), "head"),
}


class Player:
    """Somebody who does something allowed to a query, the same for the same seed."""

    def __init__(self, world: World, other: World, seed: int) -> None:
        self.worlds = {world.department.pk: world, other.department.pk: other}
        self.random = random.Random(seed)

    def life(self, number: int) -> list[tuple[datetime, Complaint]]:
        world = self.random.choice(list(self.worlds.values()))
        start = day(self.random.uniform(0, 5))
        reason = self.random.choice(("complaint", "question", "conflict"))
        complaint = lives.filed(world, at=start, text=str(number), reason=reason, reach=BY_MAIL)
        moments = sorted(start + timedelta(days=self.random.expovariate(1 / 20)) for _ in range(14))
        return [(moment, complaint) for moment in moments]

    def act(self, complaint: Complaint, at: datetime) -> None:
        """Make the first move that is possible, of all in a random order."""
        now = Complaint.objects.get(pk=complaint.pk)
        world = self.worlds[now.department_id]
        other = next(w for w in self.worlds.values() if w is not world)
        for move in sorted(GLADLY, key=lambda move: self.random.random() ** (1 / GLADLY[move]), reverse=True):
            answers_an_offer = move in ("accept_transfer", "return_transfer")
            by: Any = getattr(other if answers_an_offer else world, BY.get(move, "officer"))
            if move in ("write", "contest_pause", "object", "withdraw"):
                by = Voice.CITIZEN
            try:
                with transaction.atomic():
                    self.verb(move, now, by, at, world, other)
            except (NotReady, NotAllowed, Invalid):
                continue
            return

    def verb(self, move: str, complaint: Complaint, by: Any, at: datetime, world: World, other: World) -> None:
        pause = complaint.pauses.filter(contested_at__isnull=False, judged_at__isnull=True).first() or Pause(pk=0)
        told = complaint.letters.filter(delivered_at__isnull=True).order_by("-pk").first() or Letter(pk=0)
        verdict = self.random.choice(("upheld", "struck"))
        word: dict[str, Any] = {"by": by, "at": at}
        calls: dict[str, Any] = {
            "accept": lambda: routing.accept(complaint, **word),
            "route": lambda: routing.route(complaint, **word, section=world.other),
            "transfer": lambda: routing.transfer(complaint, **word, to=other.department, reason="x"),
            "accept_transfer": lambda: routing.accept_transfer(complaint, **word),
            "return_transfer": lambda: routing.return_transfer(complaint, **word, reason="x"),
            "draft": lambda: drafting.draft(complaint, **word, text="x"),
            "approve": lambda: drafting.approve(complaint, **word),
            "send": lambda: drafting.send(complaint, **word),
            "ask": lambda: lives.question(world, complaint, at=at),
            "deliver": lambda: correspondence.deliver(complaint, **word, letter=told),
            "write": lambda: correspondence.citizen_writes(complaint, **word, text="x"),
            "contest_pause": lambda: pausing.contest_pause(complaint, **word),
            "judge_pause": lambda: pausing.judge_pause(complaint, **word, pause=pause, verdict=verdict),
            "conclude": lambda: closing.conclude(complaint, **word, outcome="granted"),
            "hand_over": lambda: closing.hand_over(complaint, **word),
            "object": lambda: closing.object_to(complaint, **word, reason="x"),
            "withdraw": lambda: closing.withdraw(complaint, **word),
            "sign_off": lambda: closing.sign_off(complaint, **word),
            "reassign": lambda: routing.reassign(complaint, **word, to=world.officer2, reason="x"),
            "note": lambda: correspondence.note(complaint, **word, text="x"),
        }
        calls[move]()


def flags_after(world: World, other: World, seed: int, schedule: str) -> set[tuple[int, str, int, datetime]]:
    """Play the lives of `seed` while sweeps run by `schedule`, and return what was flagged; then take all back."""
    point = transaction.savepoint()
    player, times = Player(world, other, seed), random.Random(f"{seed} {schedule}")
    script = sorted((e for number in range(3) for e in player.life(number)), key=lambda e: (e[0], e[1].pk))
    last, end = MONDAY, day(160)
    for moment, complaint in script:
        if schedule == "every few hours":
            while last < moment:
                sweep(at=last)
                last += timedelta(hours=15)
        elif schedule == "now and then, several at once" and times.random() < 0.4:
            for _ in range(3):
                sweep(at=moment - timedelta(hours=times.uniform(0, 30)), batch=1)
        elif schedule == "before every move":
            sweep(at=moment)
        player.act(complaint, moment)
    sweep(at=end)
    check(end)
    found = flags()
    transaction.savepoint_rollback(point)
    return found


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", played(3, 9))
def test_whenever_it_runs_the_flags_are_the_same(world: World, seed: int) -> None:
    other = make_world("beta")
    once = flags_after(world, other, seed, "once at the end")
    assert once
    for schedule in ("every few hours", "now and then, several at once", "before every move"):
        assert flags_after(world, other, seed, schedule) == once, schedule


class TestOverdue:
    def test_off_for_a_day_and_two_hours_then_once(self, world: World) -> None:
        due = datetime(2026, 3, 3, 18, 59, 59, 999999, tzinfo=UTC)
        complaint = lives.filed(world)
        assert sweep(at=due).overdue == 0
        assert sweep(at=due + timedelta(hours=26)).overdue == 1
        flag = Flag.objects.get(level=0)
        assert (flag.duty.code, flag.due_at, flag.flagged_at) == ("R2", due, due + timedelta(hours=26))
        event = complaint.events.filter(kind=EventKind.FLAGGED).first()
        assert event is not None
        assert (event.occurred_at, event.recorded_at, event.actor) == (due, due + timedelta(hours=26), "machine")
        assert event.data == {"code": "R2", "duty": flag.duty_id, "level": 0, "due_at": due.isoformat()}

    def test_to_the_microsecond(self, world: World) -> None:
        complaint = lives.filed(world)
        due = lives.duty(complaint, "R2").due_at
        assert sweep(at=due).overdue == 0
        assert sweep(at=due + TICK).overdue == 1
        assert sweep(at=due + TICK).overdue == 0

    def test_what_was_done_late_while_nothing_ran_is_flagged_all_the_same(self, world: World) -> None:
        complaint = lives.filed(world)
        routing.accept(complaint, by=world.officer, at=day(3))
        swept = sweep(at=day(4))
        late = lives.duty(complaint, "R2")
        assert swept.overdue == 1
        assert late.flags.get(level=0).due_at == late.due_at
        assert not Notice.objects.filter(kind=EventKind.FLAGGED).exists()  # there is nothing left to do about it
        # Accepted on Thursday at ten: the rung of four open hours was reached, the one of two days was not.
        assert set(late.flags.values_list("level", flat=True)) == {0, 1}
        assert sweep(at=day(5)).overdue == 0

    def test_done_in_time_it_is_never_flagged(self, world: World) -> None:
        lives.ended(world)
        assert sweep(at=day(400)).overdue == 0

    def test_a_sweep_in_the_past_flags_what_was_due_by_then(self, world: World) -> None:
        complaint = lives.filed(world)
        routing.accept(complaint, by=world.officer, at=day(3))
        assert sweep(at=day(1)).overdue == 0
        swept = sweep(at=day(2))  # before it was accepted, after it was due
        assert (swept.overdue, swept.escalated) == (1, 0)
        flag = Flag.objects.get()
        assert flag.flagged_at == day(3)  # the trail does not run back
        sweep(at=day(30))
        check(day(30))

    def test_a_sweep_as_of_a_later_moment_bars_nobody_from_acting_now(self, world: World) -> None:
        complaint = lives.filed(world)
        assert sweep(at=day(300)).overdue > 0
        routing.accept(complaint, by=world.officer, at=minute(10))
        assert lives.duty(complaint, "R2").ended_at == minute(10)
        assert list(broken_links()) == []

    def test_in_small_batches_with_progress(self, world: World) -> None:
        for number in range(5):
            lives.filed(world, text=str(number))
        steps: list[int] = []
        swept = sweep(at=day(2), batch=2, progress=steps.append)
        assert (swept.overdue, steps) == (5, [2, 2, 1, 0])
        check(day(2))

    def test_the_cost_follows_what_is_new(self, world: World) -> None:
        for number in range(5):
            lives.filed(world, text=str(number))
        sweep(at=day(2))
        for number in range(5, 30):
            lives.filed(world, text=str(number), at=day(2))
        with CaptureQueriesContext(
            connection,
        ) as few:
            sweep(at=day(2))
        assert len([q for q in few if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]) <= 4

    def test_without_a_ladder_nothing_climbs(self, world: World) -> None:
        Rung.objects.all().delete()
        lives.filed(world)
        assert sweep(at=day(60)).overdue == 0


class TestDates:
    def test_paused_it_is_not_overdue(self, world: World) -> None:
        complaint = lives.asked(world, at=day(25), text="0")
        sweep(at=day(30))
        assert not lives.duty(complaint, "R6").flags.exists()
        sweep(at=day(60))
        check(day(60))
        assert Flag.objects.filter(duty__code="R6", level=0).count() == 1

    def test_a_moved_date_is_flagged_again(self, world: World) -> None:
        complaint = lives.answered(world, text="0")
        lives.question(world, complaint, at=day(25))
        pause = pausing.contest_pause(complaint, by=Voice.CITIZEN, at=day(29))
        sweep(at=day(29.5))  # due on day 28: contested, the pause counts nothing
        correspondence.citizen_writes(complaint, by=Voice.CITIZEN, at=day(30), text="x")
        pausing.judge_pause(complaint, by=world.monitor, at=day(30), pause=pause, verdict="upheld")
        sweep(at=day(80))
        dates = Flag.objects.filter(duty__code="R6", level=0).order_by("due_at").values_list("due_at", flat=True)
        assert [(due - MONDAY).days for due in dates] == [28, 31]
        check(day(80))

    def test_a_date_that_comes_back_is_climbed_on_from_where_it_was_left(self, world: World) -> None:
        complaint = lives.answered(world, text="0")
        lives.question(world, complaint, at=day(25))
        correspondence.citizen_writes(complaint, by=Voice.CITIZEN, at=day(28), text="x")  # due on day 29 now
        pause = pausing.contest_pause(complaint, by=Voice.CITIZEN, at=day(31))  # flagged by nobody yet; due on day 28
        pausing.judge_pause(complaint, by=world.monitor, at=day(32), pause=pause, verdict="upheld")  # day 29 again
        sweep(at=day(60))
        check(day(60))
        found = sorted((code, (due - MONDAY).days, level) for _, code, level, due in flags() if code == "R6")
        assert found == [("R6", 28, level) for level in range(3)] + [("R6", 29, level) for level in range(4)]

    def test_the_same_date_is_not_flagged_again_after_a_transfer(self, world: World) -> None:
        other = make_world("beta")
        complaint = lives.filed(world, text="0")
        sweep(at=day(20))
        routing.transfer(complaint, by=world.intake, at=day(20), to=other.department, reason="x")
        routing.accept_transfer(complaint, by=other.intake, at=day(20.1))
        sweep(at=day(21))
        assert Flag.objects.filter(duty__code="R3", level=0).count() == 1
        higher = Flag.objects.filter(duty__department=other.department).order_by("level")
        assert set(higher.values_list("level", flat=True)) <= {2, 3}
        check(day(21))

    def test_closed_and_reopened_the_same_day_the_ladder_goes_on(self, world: World) -> None:
        complaint = lives.answered(world, text="0")
        sweep(at=day(30))
        closing.conclude(complaint, by=world.officer, at=day(30), outcome="granted")
        closing.object_to(complaint, by=Voice.CITIZEN, at=day(30.1), reason="x")
        sweep(at=day(60))
        assert sorted(Flag.objects.filter(duty__code="R6").values_list("level", flat=True)) == [0, 1, 2, 3]
        check(day(60))


class TestLadder:
    def rungs(self, complaint: Complaint) -> list[tuple[int, str]]:
        rows = Flag.objects.filter(duty__complaint=complaint, duty__code="R2").order_by("level")
        return [(flag.level, flag.told.username if flag.told else "") for flag in rows]

    def test_rung_by_rung(self, world: World) -> None:
        complaint = lives.filed(world)
        due = lives.duty(complaint, "R2").due_at
        wednesday_1pm = datetime(2026, 3, 4, 8, tzinfo=UTC)
        thursday = datetime(2026, 3, 5, 18, 59, 59, 999999, tzinfo=UTC)
        next_tuesday = datetime(2026, 3, 10, 18, 59, 59, 999999, tzinfo=UTC)
        for moment, level in ((due, 0), (wednesday_1pm, 1), (thursday, 2), (next_tuesday, 3)):
            sweep(at=moment)
            assert len(self.rungs(complaint)) == level
            sweep(at=moment + TICK)
            assert len(self.rungs(complaint)) == level + 1
        people = ["alpha.officer", "alpha.officer", "alpha.head", "centre.admin"]
        assert self.rungs(complaint) == list(enumerate(people))  # R2 is a step of the response: its lead is the officer
        assert Notice.objects.filter(kind=EventKind.FLAGGED, complaint=complaint, level=2).get().recipient == world.head

    def test_several_rungs_in_one_run_with_their_true_moments(self, world: World) -> None:
        complaint = lives.filed(world)
        swept = sweep(at=day(9))
        assert (swept.overdue, swept.escalated) == (1, 3)
        events = complaint.events.filter(kind=EventKind.FLAGGED).order_by("number")
        assert [event.data["level"] for event in events] == [0, 1, 2, 3]
        assert [(event.occurred_at - MONDAY).days for event in events] == [1, 2, 3, 8]
        assert {event.recorded_at for event in events} == {day(9)}
        by = Flag.objects.get(level=0).escalate_by
        assert by == datetime(2026, 3, 4, 18, 59, 59, 999999, tzinfo=UTC)
        assert not Flag.objects.filter(level__gt=0, escalate_by__isnull=False).exists()

    def test_a_procedure_that_does_not_time_escalation(self, world: World) -> None:
        Step.objects.filter(code="M2").update(limit=None)
        lives.filed(world)
        sweep(at=day(2))
        assert Flag.objects.get().escalate_by is None

    def test_the_owner_is_told_and_without_one_the_lead(self, world: World) -> None:
        owned, unassigned = lives.filed(world), lives.filed(world)
        routing.reassign(owned, by=world.head, at=day(0.5), to=world.officer2, reason="x")
        sweep(at=datetime(2026, 3, 16, 19, tzinfo=UTC))
        told = {f.duty.complaint_id: f.told for f in Flag.objects.filter(duty__code="R3", level=0)}
        assert told == {owned.pk: world.officer2, unassigned.pk: world.officer}

    def test_a_post_without_a_holder_is_passed_over_upwards(self, world: World) -> None:
        complaint = lives.filed(world)
        Responsibility.objects.all().delete()
        sweep(at=day(2))
        assert self.rungs(complaint) == [(0, "alpha.head")]
        Appointment.objects.filter(role="head").delete()
        sweep(at=day(4))
        assert self.rungs(complaint)[1:] == [(1, "centre.admin"), (2, "centre.admin")]
        User.objects.filter(pk=world.centre.pk).update(is_active=False)
        sweep(at=day(9))
        assert self.rungs(complaint)[3:] == [(3, "")]  # flagged though nobody holds any post

    def test_every_holder_is_told_and_the_first_is_named(self, world: World) -> None:
        second = User.objects.create(username="second head")
        Appointment.objects.create(user=second, department=world.department, role="head", since=day(-9))
        complaint = lives.filed(world)
        sweep(at=day(4))
        assert self.rungs(complaint)[2] == (2, "alpha.head")
        assert set(Notice.objects.filter(level=2).values_list("recipient", flat=True)) == {world.head.pk, second.pk}

    def test_a_monitors_delay_goes_to_the_lead_of_monitoring(self, world: World) -> None:
        complaint = lives.monitored(world)
        complaint.entries.filter(left_at__isnull=True).update(owner=None)
        sweep(at=day(45))
        flag = Flag.objects.filter(duty__code="K3", level=0).get()
        assert (flag.duty.stage, flag.told) == (Stage.MONITORING, world.monitor)


class TestCommand:
    def call(self, *arguments: str) -> str:
        out = StringIO()
        call_command("sweep", *arguments, stdout=out)
        return out.getvalue()

    def test_at_a_moment(self, world: World) -> None:
        lives.filed(world)
        assert self.call("--at", "2026-03-04T00:00+05:00").startswith("1 newly overdue, 0 escalated")
        assert self.call("--at", "2026-03-04T00:00").startswith("0 newly overdue")
        assert Heartbeat.objects.get(name="sweep").detail == "0 overdue, 0 escalated"

    def test_now(self, world: World) -> None:
        assert self.call().startswith("0 newly overdue")

    @pytest.mark.parametrize("at", ["yesterday", "2026-02-30T00:00", "", "26-1-1"])
    def test_what_is_no_moment(self, at: str) -> None:
        with pytest.raises(CommandError, match="is no moment"):
            self.call("--at", at)
