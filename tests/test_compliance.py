"""SOP compliance case by case: what is on time, late, not yet due, and whose it is. The random lives are in
tests/test_compliance_lives.py."""

from datetime import UTC, date, datetime, timedelta

import pytest

from complaints import closing, correspondence, drafting, routing
from complaints.actors import Voice
from complaints.models import Complaint, Duty, Letter
from complaints.models.letters import LetterKind
from complaints.outcomes import Outcome
from complaints.sweep import sweep
from engagement.compliance import compliance
from tests.compliance_of import four, of, steps
from tests.lives import MONDAY, answer, answered, concluded, day, filed, minute, monitored, question
from tests.world import World, make_calendar, make_world

pytestmark = pytest.mark.django_db


def test_an_open_step_is_not_yet_due_to_the_end_of_its_date_and_late_after() -> None:
    world = make_world()
    filed(world)
    end_of_tuesday = datetime(2026, 3, 3, 18, 59, 59, 999999, tzinfo=UTC)
    assert four(world, "R2", end_of_tuesday) == (0, 0, 1, 0)
    assert four(world, "R2", end_of_tuesday + timedelta(microseconds=1)) == (0, 1, 0, 0)
    assert four(world, "R3", day(16)) == (0, 1, 0, 0)
    assert four(world, "R6", day(16)) == (0, 0, 1, 0)


def test_done_in_time_is_on_time_for_ever_and_done_late_is_late_for_ever() -> None:
    world = make_world()
    routing.accept(filed(world), by=world.officer, at=day(1))
    routing.accept(filed(world), by=world.officer, at=day(2))
    assert four(world, "R2", day(1.5)) == (1, 0, 1, 0)
    assert four(world, "R2", day(400)) == (1, 1, 0, 0)


def test_closing_without_the_event_is_late_although_the_date_lay_ahead() -> None:
    world = make_world()
    complaint = filed(world)
    question(world, complaint, at=minute(10))
    correspondence.call(complaint, by=world.officer, at=minute(20), text="No answer.")
    closing.conclude(complaint, by=world.officer, at=minute(30), outcome=Outcome.NOT_REACHED)
    assert four(world, "R3", minute(40)) == (0, 1, 0, 0)
    assert four(world, "R5", minute(40)) == (0, 0, 0, 0), "no date was missed that could have been told before"
    assert four(world, "M2", day(90)) == (0, 1, 0, 0), "only the hand-over (K2) is a missed date"


def test_a_withdrawal_releases_what_was_not_yet_due_and_nothing_else() -> None:
    world = make_world()
    closing.withdraw(filed(world), by=Voice.CITIZEN, at=day(3))
    found = steps(of(world, day(4)))
    assert (found["R2"].late, found["R2"].released) == (1, 0)
    assert (found["R3"].n, found["R3"].released) == (0, 1)
    assert (found["R6"].share, found["R6"].released) == (None, 1)


def test_a_pause_that_runs_is_not_yet_due() -> None:
    world = make_world()
    complaint = filed(world)
    question(world, complaint, at=day(1))
    assert Duty.objects.get(complaint=complaint, code="R6", replaced_at=None).paused_until is not None
    assert four(world, "R6", day(2)) == (0, 0, 1, 0)


def test_a_date_that_passes_while_the_clock_is_paused_is_not_missed() -> None:
    """No verb leaves such a date; whatever does, the step stands as paused, and M2 says the same."""
    world = make_world()
    complaint = filed(world)
    question(world, complaint, at=day(1))
    before = four(world, "M2", day(3))
    Duty.objects.filter(complaint=complaint, code="R6", replaced_at=None).update(due_at=day(2))
    assert four(world, "R6", day(3)) == (0, 0, 1, 0)
    assert four(world, "M2", day(3)) == before


# ------------------------------------------------------------------------------------- periods and departments


@pytest.mark.parametrize(("zone", "hours_ahead"), [("Asia/Karachi", 5), ("America/New_York", -5)])
def test_a_period_is_whole_local_days_both_ends_included(zone: str, hours_ahead: int) -> None:
    world = make_world(calendar=make_calendar(zone.rpartition("/")[2].lower(), zone))
    midnight = datetime(2026, 3, 2, tzinfo=UTC) - timedelta(hours=hours_ahead)
    filed(world, at=midnight)
    filed(world, at=midnight + timedelta(days=1, microseconds=-1))
    second = date(2026, 3, 2)
    assert four(world, "R3", day(3), (second, second)) == (0, 0, 2, 0)
    assert not of(world, day(3), (date(2026, 3, 1), date(2026, 3, 1))).stages
    assert not of(world, day(3), (date(2026, 3, 3), date(2026, 4, 1))).stages


def test_departments_of_several_zones_each_have_their_own_days() -> None:
    here = make_world("here")
    there = make_world("there", calendar=make_calendar("there", "America/New_York"))
    at = datetime(2026, 3, 2, 2, tzinfo=UTC)  # Monday in Karachi, Sunday in New York
    filed(here, at=at)
    filed(there, at=at)
    sunday, monday = date(2026, 3, 1), date(2026, 3, 2)
    departments = [there.department, here.department]
    assert [bool(found.stages) for found in compliance(departments, sunday, sunday, day(1))] == [True, False]
    assert [bool(found.stages) for found in compliance(departments, monday, monday, day(1))] == [False, True]
    assert [found.department for found in compliance(departments, monday, monday, day(1))] == departments


def test_what_was_received_before_it_was_typed_in_counts_from_when_it_was_typed_in() -> None:
    world = make_world()
    filed(world, channel=world.channels["phone"], by=world.intake, at=day(2), received_at=MONDAY)
    assert not of(world, day(1)).stages
    assert four(world, "R2", day(2)) == (0, 1, 0, 0)
    assert of(world, day(2), (MONDAY.date(), MONDAY.date())).stages, "it belongs to the day of its receipt"


def test_a_transfer_passes_what_is_still_owed_and_leaves_what_is_done() -> None:
    sender, receiver = make_world("sender"), make_world("receiver")
    complaint = filed(sender)
    routing.accept(complaint, by=sender.officer, at=minute(5))
    routing.transfer(complaint, by=sender.intake, at=day(1), to=receiver.department, reason="Theirs.")
    assert four(receiver, "R4", day(1)) == (0, 0, 1, 0)
    assert four(sender, "R3", day(2)) == (0, 0, 1, 0)
    routing.accept_transfer(complaint, by=receiver.intake, at=day(2.1))
    assert four(receiver, "R4", day(2.2)) == (1, 0, 0, 0)
    assert (four(sender, "R2", day(2.2)), four(sender, "R3", day(2.2))) == ((1, 0, 0, 0), (0, 0, 0, 0))
    assert (four(receiver, "R2", day(2.2)), four(receiver, "R3", day(2.2))) == ((0, 0, 1, 0), (0, 0, 1, 0))
    assert four(sender, "R3", day(2)) == (0, 0, 1, 0), "as of then it was still the sender's"


# ------------------------------------------------------------------------------------- steps without a clock


def test_an_answer_in_the_citizens_language_approved_by_another_person() -> None:
    world = make_world()
    answered(world)
    urdu = filed(world, language="ur")
    drafting.draft(urdu, by=world.officer, at=day(1), text="A team comes.", language="en")
    drafting.approve(urdu, by=world.approver, at=day(1))
    drafting.send(urdu, by=world.officer, at=day(1))
    assert four(world, "C3", minute(50)) == (1, 0, 0, 0)
    assert four(world, "C3", day(2)) == (1, 1, 0, 0)
    assert four(world, "C1", day(2)) == (2, 0, 0, 0)
    Letter.objects.filter(complaint=urdu, kind=LetterKind.SUBSTANTIVE).update(approval=None)
    assert four(world, "C1", day(2)) == (1, 1, 0, 0)
    assert of(world, day(2)).basis.answers == 2


def test_a_closure_holds_is_voided_or_is_not_yet_certain() -> None:
    world = make_world()
    held, voided, silent, told = (monitored(world) for _ in range(4))
    closing.confirm(held, by=Voice.CITIZEN, at=day(5))
    closing.object_to(voided, by=Voice.CITIZEN, at=day(6), reason="Nobody came.")
    notice = told.letters.get(kind=LetterKind.CLOSING)
    correspondence.deliver(told, by=world.officer, at=day(7), letter=notice)
    assert four(world, "R7", day(4)) == (0, 0, 4, 0)
    assert four(world, "R7", day(8)) == (1, 1, 2, 0)
    assert four(world, "R7", day(36.9)) == (1, 1, 2, 0)
    assert four(world, "R7", day(37)) == (2, 1, 1, 0)
    assert of(world, day(37)).basis.closures == 4
    assert silent.closures.get().delivered_at is None


def test_answers_and_closures_stay_with_the_department_that_made_them() -> None:
    sender, receiver = make_world("sender"), make_world("receiver")
    complaint = concluded(sender)
    closing.object_to(complaint, by=Voice.CITIZEN, at=day(2), reason="Nobody came.")
    routing.transfer(complaint, by=sender.intake, at=day(2.1), to=receiver.department, reason="Theirs.")
    routing.accept_transfer(complaint, by=receiver.intake, at=day(2.2))
    answer(receiver, complaint, at=day(3))
    closing.conclude(complaint, by=receiver.officer, at=day(3.1), outcome=Outcome.GRANTED)
    for world in (sender, receiver):
        assert four(world, "C1", day(4)) == (1, 0, 0, 0)
    assert (four(sender, "R7", day(4)), four(receiver, "R7", day(4))) == ((0, 1, 0, 0), (0, 0, 1, 0))


def test_a_missed_date_told_before_with_a_later_one() -> None:
    world = make_world()
    told, too_late, too_short, never, in_time = (filed(world) for _ in range(5))
    due = Duty.objects.get(complaint=told, code="R3").due_at
    hour = timedelta(hours=1)
    interim(world, told, due, due + hour)
    interim(world, too_late, due + hour, due + 48 * hour)
    interim(world, too_short, due - 48 * hour, due)
    answer(world, in_time, at=day(1))
    assert four(world, "R5", due) == (0, 0, 0, 0)
    assert four(world, "R5", due + hour) == (1, 3, 0, 0)
    assert never.duties.get(code="R3").ended_at is None
    assert four(world, "R5", day(60)) == (1, 8, 0, 0), "five more dates are missed: those of the resolution"


def interim(world: World, complaint: Complaint, at: datetime, expected_at: datetime) -> None:
    correspondence.interim(complaint, by=world.officer, at=at, reason="Rain.", expected_at=expected_at)


def only_r2_is_missed(world: World) -> Complaint:
    """A query of which nothing but the acceptance, due at the end of Tuesday, can be late in the next days."""
    return filed(world, reason="complaint")


def test_a_missed_date_is_escalated_when_the_next_level_is_told_within_a_working_day() -> None:
    world = make_world()
    only_r2_is_missed(world)
    assert four(world, "M2", day(2)) == (0, 0, 1, 0), "missed since midnight, nobody has looked yet"
    sweep(at=day(2))
    assert four(world, "M2", day(2)) == (0, 0, 1, 0), "flagged, and the lead is told at 13:00"
    sweep(at=day(2.2))
    assert four(world, "M2", day(2.2)) == (1, 0, 0, 0)
    assert four(world, "M2", day(2.1)) == (0, 0, 1, 0)


def test_a_missed_date_is_escalated_late_when_the_day_goes_by() -> None:
    world = make_world()
    only_r2_is_missed(world)
    sweep(at=day(2))
    end_of_wednesday = datetime(2026, 3, 4, 18, 59, 59, 999999, tzinfo=UTC)
    assert four(world, "M2", end_of_wednesday) == (0, 0, 1, 0)
    assert four(world, "M2", end_of_wednesday + timedelta(microseconds=1)) == (0, 1, 0, 0)
    sweep(at=day(4))
    assert four(world, "M2", day(4)) == (0, 1, 0, 0), "told, but too late"


def test_what_is_done_before_it_had_to_be_escalated_leaves_nothing_to_escalate() -> None:
    world = make_world()
    complaint = only_r2_is_missed(world)
    sweep(at=day(2))
    routing.accept(complaint, by=world.officer, at=day(2.05))
    assert four(world, "R2", day(9)) == (0, 1, 0, 0)
    assert steps(of(world, day(9)))["M2"].released == 1
    assert four(world, "M2", day(2.01)) == (0, 0, 1, 0), "as of a moment before, it was still to come"


def test_a_missed_date_that_nobody_flags_for_a_day_is_late() -> None:
    world = make_world()
    only_r2_is_missed(world)
    a_day_later = datetime(2026, 3, 4, 18, 59, 59, 999999, tzinfo=UTC)
    assert four(world, "M2", a_day_later) == (0, 0, 1, 0)
    assert four(world, "M2", a_day_later + timedelta(microseconds=1)) == (0, 1, 0, 0)


def test_a_ladder_that_was_begun_before_a_transfer_is_one_ladder() -> None:
    sender, receiver = make_world("sender"), make_world("receiver")
    complaint = only_r2_is_missed(sender)
    sweep(at=day(2))
    routing.transfer(complaint, by=sender.intake, at=day(2.01), to=receiver.department, reason="Theirs.")
    routing.accept_transfer(complaint, by=receiver.intake, at=day(2.02))
    sweep(at=day(2.2))
    flagged = complaint.duties.filter(code="R2", flags__isnull=False)
    assert flagged.count() == 2, "level 0 lies on the sender's row, level 1 on the receiver's"
    assert four(receiver, "M2", day(2.3)) == (1, 0, 0, 0)
    assert four(sender, "M2", day(2.3)) == (0, 0, 0, 0)
