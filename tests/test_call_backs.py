"""The random call-back: the draw, who may call, what comes of a call, the step M4, and what is counted."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints import closing, routing
from complaints.actors import Voice
from departments.errors import Invalid, NotAllowed, NotReady, Stale
from departments.models import Department
from departments.roles import Role
from engagement import calling
from engagement.calling import Answers, calls_for_official, draw, take_answers, take_refusal, take_silence, to_be_drawn
from engagement.compliance import compliance
from engagement.drawing import place_of
from engagement.hearing import citizens
from engagement.models import CallBack, CallDraw
from engagement.tasks import draw_calls
from messaging import heartbeats
from tests.calls import CALLING, DRAWN, Q1, listed, told
from tests.lives import BY_MAIL, BY_PHONE, concluded, day, filed, monitored, offered, position
from tests.world import World, make_official, make_world

pytestmark = pytest.mark.django_db
YES = Answers("yes", could_say=True, used="yes", satisfaction=5, explained=True)


def first_call(made: CallDraw) -> CallBack:
    return made.calls.order_by("number")[0]


class TestDraw:
    def test_all_contacts_of_the_quarter_are_in_it(self, world: World) -> None:
        told(world, 1)
        concluded(world, reach=BY_PHONE, channel=world.channels["counter"], by=world.intake)
        filed(world, reach=BY_MAIL)
        filed(world)
        made = draw(world.department, Q1, seed="s", at=DRAWN)
        assert (made.contacts, made.reachable, made.size) == (4, 2, 2)
        assert made.by_channel == {"counter": 1, "phone": 1, "web": 2}
        assert made.due_at == datetime(2026, 5, 1, 19, tzinfo=UTC) - timedelta(microseconds=1)
        assert [call.number for call in made.calls.order_by("number")] == [1, 2]
        assert str(made) == f"{world.department.pk} 2026Q1"
        assert str(first_call(made)) == f"{made.pk} 1"

    def test_neither_the_unknown_nor_an_unproven_number(self, world: World) -> None:
        filed(world, anonymity="unknown")
        filed(world, reach=BY_PHONE)
        assert draw(world.department, Q1, seed="s", at=DRAWN).size == 0

    def test_only_of_the_quarter_and_the_department(self, world: World) -> None:
        told(make_world("beta"), 1)
        told(world, 2, at=DRAWN - timedelta(hours=1))
        told(world, 3, at=datetime(2026, 3, 31, 18, 59, tzinfo=UTC))
        told(world, 4, at=datetime(2026, 3, 31, 19, 1, tzinfo=UTC))
        assert draw(world.department, Q1, seed="s", at=DRAWN).contacts == 1

    def test_the_seed_gives_the_order(self, world: World) -> None:
        made = listed(world, 8)
        references = list(made.calls.order_by("number").values_list("complaint__reference", flat=True))
        assert references == sorted(references, key=lambda each: place_of(each, "s"))

    def test_once_for_a_quarter(self, world: World) -> None:
        made = listed(world)
        told(world, 9)
        assert draw(world.department, Q1, seed="another", at=DRAWN + timedelta(days=1)) == made
        assert CallBack.objects.count() == 3

    def test_of_two_that_draw_at_once_one_wins(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        made = listed(world)
        answers = iter([None, made])
        monkeypatch.setattr(calling, "drawn", lambda *_: next(answers))
        assert draw(world.department, Q1, seed="t", at=DRAWN) == made

    def test_another_fault_is_not_swallowed(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        listed(world)
        monkeypatch.setattr(calling, "drawn", lambda *_: None)
        with pytest.raises(IntegrityError):
            draw(world.department, Q1, seed="t", at=DRAWN)

    def test_not_while_the_quarter_runs(self, world: World) -> None:
        with pytest.raises(NotReady, match="not over yet"):
            draw(world.department, Q1, seed="s", at=datetime(2026, 3, 31, 18, 59, tzinfo=UTC))
        draw(world.department, Q1, seed="s", at=datetime(2026, 3, 31, 19, tzinfo=UTC))

    def test_the_time_has_a_zone(self, world: World) -> None:
        with pytest.raises(Invalid):
            draw(world.department, Q1, seed="s", at=datetime(2026, 4, 1))

    def test_its_queries_do_not_grow(self, world: World) -> None:
        listed(world, 2)
        beta = make_world("beta")
        for number in range(12):
            told(beta, number)
        with CaptureQueriesContext(connection) as queries:
            draw(beta.department, Q1, seed="s", at=DRAWN)
        assert len(queries) <= 8

    def test_every_night_the_last_quarter_where_it_is_missing(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_world("beta")
        make_world("closed", live=False)
        listed(world)
        assert [(each.code, str(quarter)) for each, quarter in to_be_drawn(DRAWN)] == [("beta", "2026Q1")]
        monkeypatch.setattr(timezone, "now", lambda: DRAWN)
        draw_calls()
        assert heartbeats.detail("draw_calls") == "1 lists drawn"
        assert to_be_drawn(DRAWN) == []
        draw_calls()
        assert CallDraw.objects.count() == 2

    def test_the_command(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(timezone, "now", lambda: DRAWN)
        told(world, 1)
        out = StringIO()
        call_command("draw_calls", stdout=out)
        call_command("draw_calls", stdout=out)
        call_command("draw_calls", "--quarter", "2025Q4", stdout=out)
        assert out.getvalue().splitlines() == [
            "alpha 2026Q1: 1 of 1 contacts are to be called",
            "Every department's last quarter is drawn already.",
            "alpha 2025Q4: 0 of 0 contacts are to be called",
        ]
        with pytest.raises(CommandError, match="not over yet"):
            call_command("draw_calls", "--quarter", "2026Q2")
        with pytest.raises(CommandError, match="no quarter"):
            call_command("draw_calls", "--quarter", "2026")
        with pytest.raises(CommandError, match="not come yet"):
            call_command("draw_calls", "--at", "2027-01-01T00:00")
        assert len({each.seed for each in CallDraw.objects.all()}) == 2


class TestWhoCalls:
    def test_monitors_of_the_department_and_of_the_centre(self, world: World) -> None:
        made = listed(world)
        centre = make_official("centre.monitor", Role.MONITOR)
        beta = make_world("beta")
        for who, n in ((world.monitor, 3), (centre, 3), (world.head, 0), (world.officer, 0), (world.centre, 0),
                       (world.auditor, 0), (beta.monitor, 0)):  # fmt: skip
            assert calls_for_official(who, made, CALLING).count() == n, who

    def test_a_post_in_a_section_or_a_closed_account_is_not_enough(self, world: World) -> None:
        made = listed(world)
        part = make_official("alpha.part", Role.MONITOR, world.department, world.monitoring)
        world.monitor.is_active = False
        assert not calls_for_official(part, made, CALLING).exists()
        assert not calls_for_official(world.monitor, made, CALLING).exists()

    def test_the_hidden_are_called_by_the_centre(self, world: World) -> None:
        told(world, 1, anonymity="hidden")
        made = draw(world.department, Q1, seed="s", at=DRAWN)
        assert made.size == 1
        assert not calls_for_official(world.monitor, made, CALLING).exists()
        assert calls_for_official(make_official("centre.monitor", Role.MONITOR), made, CALLING).count() == 1

    def test_nobody_asks_how_his_own_answer_was(self, world: World) -> None:
        for who in (world.officer, world.approver, world.officer2):
            who.appointments.create(department=world.department, role=Role.MONITOR, since=day(-1))
        case = monitored(world, reach=BY_PHONE, channel=world.channels["phone"], by=world.intake)
        made = draw(world.department, Q1, seed="s", at=DRAWN)
        assert made.calls.get().complaint == case
        for who in (world.officer, world.approver):
            assert not calls_for_official(who, made, CALLING).exists(), who
            with pytest.raises(NotAllowed, match="no part in the answer"):
                take_refusal(made.calls.get(), by=who, at=CALLING)
        assert calls_for_official(world.officer2, made, CALLING).exists()

    def test_who_owns_an_open_query_does_not_call_either(self, world: World) -> None:
        world.officer.appointments.create(department=world.department, role=Role.MONITOR, since=day(-1))
        case = told(world, 1)
        routing.accept(case, by=world.officer, at=day(1))
        made = draw(world.department, Q1, seed="s", at=DRAWN)
        assert not calls_for_official(world.officer, made, CALLING).exists()

    def test_what_went_to_another_department_is_not_seen_here(self, world: World) -> None:
        beta = make_world("beta")
        case = offered(world, beta.department, reach=BY_PHONE, channel=world.channels["phone"], by=world.intake)
        made = draw(world.department, Q1, seed="s", at=DRAWN)
        assert calls_for_official(world.monitor, made, CALLING).exists()
        routing.accept_transfer(case, by=beta.intake, at=CALLING)
        assert not calls_for_official(world.monitor, made, CALLING).exists()


class TestWhatComesOfIt:
    def test_answers_are_kept(self, world: World) -> None:
        call = first_call(listed(world))
        take_answers(call, YES, by=world.monitor, at=CALLING)
        call.refresh_from_db()
        assert (call.state, call.tries, call.asked_at, call.settled_at, call.taken_by) == (
            "answered", 1, CALLING, CALLING, world.monitor,
        )  # fmt: skip
        assert (call.answered, call.could_say, call.used, call.satisfaction, call.explained, call.way) == (
            "yes", True, "yes", 5, True, "phone",
        )  # fmt: skip

    def test_who_does_not_want_to_answer_was_called(self, world: World) -> None:
        call = first_call(listed(world))
        take_refusal(call, by=world.monitor, at=CALLING)
        call.refresh_from_db()
        assert (call.state, call.answered, call.tries) == ("refused", "", 1)

    def test_the_third_call_in_vain_is_the_last(self, world: World) -> None:
        call = first_call(listed(world))
        for number in range(3):
            call = take_silence(call, by=world.monitor, at=CALLING + timedelta(hours=number))
            assert (call.tries, call.state) == (number + 1, "waiting" if number < 2 else "not_reached")
        assert call.settled_at == CALLING + timedelta(hours=2)
        with pytest.raises(Stale):
            take_silence(call, by=world.monitor, at=CALLING + timedelta(days=1))

    def test_three_calls_in_an_hour_are_one(self, world: World) -> None:
        call = first_call(listed(world))
        take_silence(call, by=world.monitor, at=CALLING)
        with pytest.raises(NotReady, match="less than an hour"):
            take_silence(call, by=world.monitor, at=CALLING + timedelta(minutes=59))
        take_answers(call, YES, by=world.monitor, at=CALLING + timedelta(minutes=5))
        call.refresh_from_db()
        assert call.tries == 2

    def test_once_written_it_stands(self, world: World) -> None:
        call = first_call(listed(world))
        take_refusal(call, by=world.monitor, at=CALLING)
        for again in (take_refusal, take_silence):
            with pytest.raises(Stale, match="already"):
                again(call, by=world.monitor, at=CALLING)
        with pytest.raises(Stale):
            take_answers(call, YES, by=world.monitor, at=CALLING)

    def test_of_two_at_once_one_wins(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        call = first_call(listed(world))
        monkeypatch.setattr(calling, "_callable", lambda *_: call)
        take_refusal(call, by=world.monitor, at=CALLING)
        with pytest.raises(Stale, match="somebody else"):
            take_refusal(call, by=world.monitor, at=CALLING)

    @pytest.mark.parametrize(
        ("answers", "field"),
        [(Answers(""), "answered"), (Answers("maybe"), "answered"), (Answers("yes", used="x"), "used"),
         (Answers("yes", satisfaction=6), "satisfaction"), (Answers("yes", way="fax"), "way")],
    )  # fmt: skip
    def test_what_cannot_be_is_refused_at_its_input(self, world: World, answers: Answers, field: str) -> None:
        call = first_call(listed(world))
        with pytest.raises(Invalid) as refusal:
            take_answers(call, answers, by=world.monitor, at=CALLING)
        assert refusal.value.field == field
        with pytest.raises(Invalid):
            take_refusal(call, by=world.monitor, at=CALLING.replace(tzinfo=None))

    def test_a_failed_call_back_voids_the_closure(self, world: World) -> None:
        # The closing notice of a case taken down by telephone is said by a person, and was not: nothing holds yet.
        case = concluded(world, reach=BY_PHONE, channel=world.channels["phone"], by=world.intake)
        call = first_call(draw(world.department, Q1, seed="s", at=DRAWN))
        take_answers(call, Answers("no"), by=world.monitor, at=CALLING, still_wrong="Nobody came.")
        assert position(case) == "content"
        closure = case.closures.get()
        assert (closure.voided_at, closure.void_reason) == (CALLING, "Nobody came.")

    def test_what_cannot_be_reopened_keeps_nothing(self, world: World) -> None:
        call = first_call(listed(world))
        for answers in (Answers("no"), YES):  # an open case, and an answered one
            with pytest.raises(Invalid) as refusal:
                take_answers(call, answers, by=world.monitor, at=CALLING, still_wrong="Nobody came.")
            assert refusal.value.field == "still_wrong"
        call.refresh_from_db()
        assert call.state == "waiting"


def m4(department: Department, at: datetime) -> tuple[int, int, int]:
    found = compliance([department], DRAWN.date(), DRAWN.date(), at)[0]
    step = next(step for stage in found.stages for step in stage.steps if step.code == "M4")
    return step.on_time, step.late, step.not_yet_due


class TestStepM4:
    def test_done_by_the_date_of_the_draw_or_late(self, world: World) -> None:
        told(world, 9, anonymity="hidden")
        made = listed(world, 4)
        assert made.size == 5
        calls = list(calls_for_official(world.monitor, made, CALLING))
        take_answers(calls[0], YES, by=world.monitor, at=CALLING)
        take_refusal(calls[1], by=world.monitor, at=made.due_at)
        take_refusal(calls[2], by=world.monitor, at=made.due_at + timedelta(seconds=1))
        assert m4(world.department, DRAWN) == (0, 0, 4), "the hidden citizen is the centre's"
        assert m4(world.department, CALLING) == (1, 0, 3)
        assert m4(world.department, made.due_at) == (2, 0, 2)
        assert m4(world.department, made.due_at + timedelta(days=1)) == (2, 2, 0)

    def test_before_the_draw_there_is_nothing(self, world: World) -> None:
        listed(world)
        assert compliance([world.department], DRAWN.date(), DRAWN.date(), DRAWN - timedelta(1))[0].stages == ()


class TestCounted:
    def test_both_sources_by_hand(self, world: World) -> None:
        for number in range(3):
            case = concluded(world, at=day(0))
            if number:
                closing.rate(case, by=Voice.CITIZEN, at=day(1 + number), stars=number + 3)
        made = listed(world, 4)
        calls = list(made.calls.order_by("number"))
        take_answers(calls[0], YES, by=world.monitor, at=CALLING)
        take_answers(calls[1], YES, by=world.monitor, at=CALLING)
        take_refusal(calls[2], by=world.monitor, at=CALLING)
        found = citizens([world.department], Q1, CALLING)[world.department.pk]
        assert found["after"]["contacts"] == {"web": 3}
        assert found["after"]["asked"] == 2
        assert sorted(each[5] for each in found["after"]["said"]) == [4, 5]
        called = found["called"]
        assert (called["in_all"], called["reachable"], called["asked"]) == (7, 4, 4)
        assert (called["refused"], called["not_reached"]) == (1, 0)
        assert called["said"] == [["phone", "yes", True, "yes", True, 5, 2]]

    def test_as_of_an_earlier_moment(self, world: World) -> None:
        made = listed(world)
        take_answers(first_call(made), YES, by=world.monitor, at=CALLING)
        found = citizens([world.department], Q1, CALLING - timedelta(seconds=1))[world.department.pk]
        assert found["called"]["said"] == []
        assert citizens([world.department], Q1, DRAWN - timedelta(days=1))[world.department.pk]["called"] is None
        assert citizens([], Q1, CALLING) == {}

    def test_its_queries_do_not_grow(self, world: World) -> None:
        listed(world)
        beta = make_world("beta")
        made = listed(beta, 5)
        for call in made.calls.all():
            take_answers(call, YES, by=beta.monitor, at=CALLING)
        with CaptureQueriesContext(connection) as few:
            citizens([world.department], Q1, CALLING)
        with CaptureQueriesContext(connection) as many:
            citizens([world.department, beta.department], Q1, CALLING)
        assert len(few) == len(many) == 4
