"""When a question stops the resolution clock: the six conditions of measurement 2.6, and what the date does."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from complaints import closing, correspondence, pausing
from complaints.actors import Voice
from complaints.chain import EventKind
from complaints.correspondence import citizen_writes
from complaints.models import Complaint, Duty, Pause
from complaints.pausing import pause_days
from complaints.pulling import pull_deliveries
from complaints.sweep import sweep
from complaints.triage import leading_duties
from complaints.visibility import visible_to
from departments import worktime
from departments.errors import Invalid, NotAllowed, NotReady
from departments.roles import Role
from messaging.models import Outgoing
from messaging.states import State
from tests import lives
from tests.lives import BY_MAIL, MONDAY, day, minute
from tests.world import World, make_official, make_world

pytestmark = pytest.mark.django_db
# Twenty working days after Monday 2 March; Monday to Friday are working days here.
DUE = datetime(2026, 3, 30, 18, 59, 59, 999999, tzinfo=lives.UTC)


def due(complaint: Complaint, code: str = "R6") -> datetime:
    return lives.duty(complaint, code).due_at


def workdays(world: World, number: int) -> datetime:
    """Return the due moment of a promise of so many working days."""
    return worktime.add_days(world.calendar.worktime(), MONDAY, number)


def reply(complaint: Complaint, at: datetime, kind: str = "web") -> None:
    citizen_writes(complaint, by=Voice.CITIZEN, at=at, text="The old one.", channel_kind=kind)


def test_one_only_the_resolution_pauses(world: World) -> None:
    complaint = lives.filed(world)
    others = {code: due(complaint, code) for code in ("R2", "R3")}
    lives.question(world, complaint, at=day(1))
    reply(complaint, day(4))
    assert due(complaint) == workdays(world, 23)
    assert {code: due(complaint, code) for code in others} == others
    assert complaint.duties.filter(code__in=others).count() == 2


def test_one_where_nothing_is_to_be_resolved_nothing_pauses(world: World) -> None:
    complaint = lives.asked(world, reason="question")
    assert complaint.pauses.get().inadmissible == "Nothing that may pause is owed."
    reply(complaint, day(4))


def test_two_a_question_that_did_not_arrive_stops_no_clock(world: World) -> None:
    complaint = lives.owned(world, reach=BY_MAIL)
    correspondence.ask(complaint, by=world.officer, at=day(1), text="Which well?")
    assert lives.standing_of(complaint, "R6", day(3)) == "running"
    assert due(complaint) == DUE
    reply(complaint, day(4))
    assert due(complaint) == DUE
    assert complaint.pauses.get().ends_at == day(4)


def test_two_and_three_it_starts_when_the_channel_delivered_it_and_ends_on_any_channel(world: World) -> None:
    complaint = lives.owned(world, reach=BY_MAIL)
    assert complaint.contact is not None
    correspondence.verify_contact(complaint, by=Voice.CITIZEN, at=minute(11), proof=lives.proof_of(complaint))
    letter = correspondence.ask(complaint, by=world.officer, at=day(1), text="Which well?")
    assert letter.outgoing is not None
    Outgoing.objects.filter(pk=letter.outgoing.pk).update(state=State.ACCEPTED, state_at=day(2))
    assert pull_deliveries(at=day(2.1)) == 1
    pause = complaint.pauses.get()
    assert (pause.asked_at, pause.starts_at, pause.ends_at) == (day(1), day(2), None)
    assert lives.standing_of(complaint, "R6", day(2.5)) == "paused"
    reply(complaint, day(4), kind="phone")
    pause.refresh_from_db()
    assert pause.ends_at == day(4)
    assert due(complaint) == workdays(world, 22)
    assert lives.standing_of(complaint, "R6", day(4)) == "running"


def test_three_an_answer_before_the_delivery_is_learnt_leaves_no_pause_running(world: World) -> None:
    complaint = lives.owned(world)
    letter = correspondence.ask(complaint, by=world.officer, at=day(1), text="Which well?")
    reply(complaint, day(2))
    correspondence.deliver(complaint, by=world.officer, at=day(3), letter=letter)
    assert complaint.pauses.get().starts_at is None
    assert due(complaint) == DUE


def test_four_an_answer_that_never_comes_costs_ten_days_without_any_job(world: World) -> None:
    complaint = lives.asked(world, at=day(1))
    last_paused = datetime(2026, 3, 17, 18, 59, 59, 999999, tzinfo=lives.UTC)
    assert lives.standing_of(complaint, "R6", last_paused) == "paused"
    assert lives.standing_of(complaint, "R6", last_paused + timedelta(microseconds=1)) == "running"
    assert due(complaint) == workdays(world, 30)
    assert lives.standing_of(complaint, "R6", due(complaint)) == "running"
    assert lives.standing_of(complaint, "R6", due(complaint) + timedelta(microseconds=1)) == "overdue"
    sweep(at=day(200))
    flag = lives.duty(complaint, "R6").flags.get(level=0)
    assert flag.due_at == workdays(world, 30)


def test_four_ten_days_in_all_pauses_together(world: World) -> None:
    complaint = lives.asked(world, at=day(1))
    reply(complaint, day(10))  # seven working days
    lives.question(world, complaint, at=day(11))
    assert due(complaint) == workdays(world, 30)  # the open one takes the three that are left
    row = lives.duty(complaint, "R6")
    assert row.paused_until == datetime(2026, 3, 18, 19, 0, tzinfo=lives.UTC)
    reply(complaint, day(30))
    assert due(complaint) == workdays(world, 30)


def test_four_nothing_is_left_when_the_ten_are_used(world: World) -> None:
    complaint = lives.asked(world, at=day(1))
    reply(complaint, day(17))
    assert due(complaint) == workdays(world, 30)
    lives.question(world, complaint, at=day(18))
    assert "ten working days" in complaint.pauses.order_by("pk").last().inadmissible  # type: ignore[union-attr]
    assert lives.standing_of(complaint, "R6", day(19)) == "running"


def test_four_a_third_pause_is_none(world: World) -> None:
    complaint = lives.owned(world)
    for number in (1, 3, 8):
        lives.question(world, complaint, at=day(number))
        reply(complaint, day(number + 1))
    last = complaint.pauses.order_by("pk").last()
    assert last is not None
    assert "number 3" in last.inadmissible
    assert due(complaint) == workdays(world, 22)


def test_six_a_question_on_the_last_working_day_stops_nothing(world: World) -> None:
    complaint = lives.asked(world, at=day(28))
    assert "last working day" in complaint.pauses.get().inadmissible
    assert due(complaint) == DUE


def test_six_the_day_before_it_still_does(world: World) -> None:
    complaint = lives.asked(world, at=day(25))  # Friday; due on Monday
    assert complaint.pauses.get().inadmissible == ""
    reply(complaint, day(28))
    assert due(complaint) == workdays(world, 21)


def test_six_unless_the_case_was_answered_before(world: World) -> None:
    complaint = lives.answered(world)
    lives.question(world, complaint, at=day(28))
    assert complaint.pauses.get().inadmissible == ""
    reply(complaint, day(29))
    assert due(complaint) == workdays(world, 21)


def test_what_is_overdue_is_not_made_timely_by_a_question(world: World) -> None:
    complaint = lives.answered(world)
    lives.question(world, complaint, at=day(40))
    assert "had passed" in complaint.pauses.get().inadmissible
    assert due(complaint) == DUE
    assert lives.standing_of(complaint, "R6", day(41)) == "overdue"


class TestContest:
    def test_five_contested_it_counts_nothing_until_it_is_judged(self, world: World) -> None:
        complaint = lives.asked(world, at=day(1))
        pause = pausing.contest_pause(complaint, by=Voice.CITIZEN, at=day(3))
        assert due(complaint) == DUE
        assert lives.standing_of(complaint, "R6", day(3)) == "running"
        reply(complaint, day(4))
        assert due(complaint) == DUE
        pausing.judge_pause(complaint, by=world.monitor, at=day(5), pause=pause, verdict="upheld")
        assert due(complaint) == workdays(world, 23)
        pause.refresh_from_db()
        assert (pause.contested_at, pause.judged_at, pause.judged_by, pause.upheld) == (
            day(3),
            day(5),
            world.monitor,
            True,
        )

    def test_five_struck_it_never_counts(self, world: World) -> None:
        complaint = lives.asked(world, at=day(1))
        pause = pausing.contest_pause(complaint, by=world.intake, at=day(3))
        pausing.judge_pause(complaint, by=world.monitor, at=day(5), pause=pause, verdict="struck")
        reply(complaint, day(8))
        assert due(complaint) == DUE
        causes = complaint.duties.filter(code="R6").order_by("pk").values_list("cause", flat=True)
        assert list(causes) == ["filed", "paused", "contested", "judged", "resumed"]

    def test_upheld_while_the_question_is_open_the_clock_stands_still_again(self, world: World) -> None:
        complaint = lives.asked(world, at=day(1))
        pause = pausing.contest_pause(complaint, by=Voice.CITIZEN, at=day(2))
        pausing.judge_pause(complaint, by=world.monitor, at=day(3), pause=pause, verdict="upheld")
        assert lives.standing_of(complaint, "R6", day(4)) == "paused"

    def test_judged_after_the_conclusion_the_verdict_follows(self, world: World) -> None:
        complaint = lives.answered(world)
        lives.question(world, complaint, at=day(23))
        reply(complaint, day(28))  # three working days
        pause = pausing.contest_pause(complaint, by=Voice.CITIZEN, at=day(28))
        closing.conclude(complaint, by=world.officer, at=day(31), outcome="granted")
        assert lives.standing_of(complaint, "R6", day(31)) == "late"
        closing.hand_over(complaint, by=world.officer, at=day(31))
        pausing.judge_pause(complaint, by=world.monitor, at=day(32), pause=pause, verdict="upheld")
        assert lives.standing_of(complaint, "R6", day(32)) == "met"
        assert lives.standing_of(complaint, "R6", day(31)) == "late"  # the past stays as it was

    def test_the_monitors_section_sees_what_it_has_to_judge(self, world: World) -> None:
        """It is told of the contest; it checks the case only later, from the hand-over on."""
        complaint = lives.asked(world, at=day(1))
        inspector = make_official("alpha.inspector", Role.MONITOR, world.department, world.monitoring)
        seen = Complaint.objects.filter(visible_to(inspector, at=day(3)))
        assert not seen.exists()
        pause = pausing.contest_pause(complaint, by=Voice.CITIZEN, at=day(2))
        assert seen.get() == complaint
        pausing.judge_pause(complaint, by=inspector, at=day(3), pause=pause, verdict="upheld")

    def test_a_second_one_is_seen_by_the_section_that_judges_the_first(self, world: World) -> None:
        complaint = lives.asked(world, at=day(1))
        pausing.contest_pause(complaint, by=Voice.CITIZEN, at=day(2))
        reply(complaint, day(2))
        question = correspondence.ask(complaint, by=world.officer, at=day(3), text="Which well?")
        correspondence.deliver(complaint, by=world.officer, at=day(3), letter=question)
        pausing.contest_pause(complaint, by=Voice.CITIZEN, at=day(4))
        assert list(complaint.pauses.order_by("pk").values_list("contested_at", flat=True)) == [day(2), day(4)]
        complaint.refresh_from_db()
        assert complaint.monitored_by == world.monitoring

    def test_there_must_be_one_to_contest(self, world: World) -> None:
        never = lives.owned(world)
        undelivered = lives.owned(world)
        correspondence.ask(undelivered, by=world.officer, at=day(1), text="Which well?")
        stops_nothing = lives.asked(world, at=day(28))
        twice = lives.asked(world, at=day(1))
        pausing.contest_pause(twice, by=Voice.CITIZEN, at=day(2))
        for complaint in (never, undelivered, stops_nothing, twice):
            with pytest.raises(NotReady, match="can be contested"):
                pausing.contest_pause(complaint, by=Voice.CITIZEN, at=day(29))

    def test_only_a_contested_pause_of_this_query_is_judged_once(self, world: World) -> None:
        complaint, other = lives.asked(world, at=day(1)), lives.asked(world, at=day(1))
        theirs = pausing.contest_pause(other, by=Voice.CITIZEN, at=day(2))
        for pause in (complaint.pauses.get(), theirs, Pause(pk=0)):
            with pytest.raises(NotReady, match="not contested"):
                pausing.judge_pause(complaint, by=world.monitor, at=day(3), pause=pause, verdict="upheld")
        pausing.judge_pause(other, by=world.monitor, at=day(3), pause=theirs, verdict="struck")
        with pytest.raises(NotReady):
            pausing.judge_pause(other, by=world.monitor, at=day(4), pause=theirs, verdict="upheld")

    @pytest.mark.parametrize("verdict", ["", "maybe", None, True, "UPHELD"])
    def test_the_verdict_is_one_of_two(self, world: World, verdict: Any) -> None:
        complaint = lives.asked(world, at=day(1))
        pause = pausing.contest_pause(complaint, by=Voice.CITIZEN, at=day(2))
        with pytest.raises(Invalid) as refusal:
            pausing.judge_pause(complaint, by=world.monitor, at=day(3), pause=pause, verdict=verdict)
        assert refusal.value.field == "verdict"

    def test_who_asked_does_not_judge(self, world: World) -> None:
        asker = lives.also(make_official("asker", Role.OFFICER, world.department), Role.MONITOR, world)
        complaint = lives.owned(world)
        letter = correspondence.ask(complaint, by=asker, at=day(1), text="Which well?")
        correspondence.deliver(complaint, by=asker, at=day(1), letter=letter)
        pause = pausing.contest_pause(complaint, by=Voice.CITIZEN, at=day(2))
        with pytest.raises(NotAllowed, match="Who asked"):
            pausing.judge_pause(complaint, by=asker, at=day(3), pause=pause, verdict="upheld")
        assert lives.kinds(complaint)[-1] == EventKind.PAUSE_CONTESTED

    def test_the_citizen_may_contest_while_another_department_thinks(self, world: World) -> None:
        other = make_world("beta")
        complaint = lives.asked(world, at=day(1))
        lives.routing.transfer(complaint, by=world.intake, at=day(2), to=other.department, reason="Theirs.")
        pausing.contest_pause(complaint, by=Voice.CITIZEN, at=day(3))
        assert due(complaint) == DUE


def test_a_promise_of_its_own_and_calendar_days_move_by_working_days(world: World) -> None:
    promised = lives.asked(world, at=day(1), promise=workdays(world, 20))
    category = world.categories["complaint"]
    category.resolution_limit, category.resolution_unit = 28, "calendar_days"
    calendar_days = lives.asked(world, at=day(1), category=category)
    for complaint in (promised, calendar_days):
        reply(complaint, day(4))
        assert due(complaint) == workdays(world, 23)


def test_a_conclusion_ends_the_pause(world: World) -> None:
    complaint = lives.answered(world)
    lives.question(world, complaint, at=day(1))
    closing.conclude(complaint, by=world.officer, at=day(4), outcome="granted")
    assert complaint.pauses.get().ends_at == day(4)
    assert due(complaint) == workdays(world, 23)


def test_pauses_and_reopenings_add_up(world: World) -> None:
    complaint = lives.asked(world, at=day(1))
    reply(complaint, day(3))  # P = 2
    lives.answer(world, complaint, at=day(4))
    closing.conclude(complaint, by=world.officer, at=day(4), outcome="granted")
    closing.object_to(complaint, by=Voice.CITIZEN, at=day(7), reason="Nobody came.")  # G = 1, over the week-end
    lives.question(world, complaint, at=day(8))
    reply(complaint, day(9))  # P = 3
    assert due(complaint) == workdays(world, 24)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(0.3, 9), min_size=1, max_size=4))
def test_the_due_date_is_the_formula(world: World, gaps: list[float]) -> None:
    """τ = W - P, at most two pauses and ten days: the date is the one of the limit plus the days paused."""
    complaint = lives.owned(world)
    moment, moments = day(0.3), []
    for gap in gaps:
        moment += timedelta(days=gap)
        moments.append(moment)
    for number, when in enumerate(moments):
        if number % 2 == 0:
            lives.question(world, complaint, at=when)
        else:
            reply(complaint, when)
    hours = world.calendar.worktime()
    ends = [*moments, None] if len(moments) % 2 else moments
    paused = 0
    for number, (start, end) in enumerate(pairwise(ends)):
        if number % 2 == 0 and start is not None and paused < 10:
            paused += 10 - paused if end is None else min(10 - paused, worktime.days_between(hours, start, end))
    assert pause_days(complaint.pauses.filter(inadmissible="").order_by("pk"), hours) == paused
    assert due(complaint) == workdays(world, 20 + paused)
    assert due(complaint) >= lives.duty(complaint, "R6").promised_at


def test_of_two_dates_that_fall_together_the_paused_one_leads(world: World) -> None:
    """So that the desk says "waits for the citizen" and not "due", where both fall on one moment."""
    complaint = lives.asked(world, at=day(1))
    Duty.objects.filter(complaint=complaint).update(due_at=day(40))
    leading = leading_duties([complaint.pk], at=day(2))[complaint.pk]
    assert (leading.code, leading.standing) == ("R6", "paused")  # type: ignore[attr-defined]
