"""A holiday declared late: dates that lie ahead move later, none moves earlier."""

from datetime import date, datetime, timedelta

import pytest

from complaints import correspondence, pausing
from complaints.actors import Voice
from complaints.chain import EventKind
from complaints.models import Complaint, Duty, Reckoned
from complaints.recalendar import redate_changed
from complaints.sweep import sweep
from complaints.trail import broken_links
from departments.administration import cancel_holiday, declare_holiday
from departments.models import Holiday
from tests import lives
from tests.lives import UTC, day, minute
from tests.world import World, make_calendar, make_world

pytestmark = pytest.mark.django_db
WEDNESDAY = date(2026, 3, 4)


@pytest.fixture
def world() -> World:
    found = make_world("alpha")
    redate_changed(at=minute(0))
    return found


def declared(world: World, when: date) -> Holiday:
    return declare_holiday(world.calendar, when, {"en": "Eid"}, by=world.centre, at=day(1))


def due(complaint: Complaint, code: str) -> datetime:
    return lives.duty(complaint, code).due_at


def end_of(number: int) -> datetime:
    """The end of the date so many days after Monday 2 March, in Karachi."""
    return datetime(2026, 3, 2, 18, 59, 59, 999999, tzinfo=UTC) + timedelta(days=number)


def test_open_dates_ahead_move_later_with_one_event(world: World) -> None:
    complaint = lives.filed(world)
    declared(world, WEDNESDAY)
    assert redate_changed(at=day(1)) == 1
    assert (due(complaint, "R2"), due(complaint, "R3"), due(complaint, "R6")) == (end_of(1), end_of(15), end_of(29))
    moved = lives.duty(complaint, "R3")
    assert (moved.cause, moved.promised_at) == (Duty.Cause.HOLIDAY, end_of(14))
    event = complaint.events.last()
    assert event is not None
    assert (event.kind, event.data) == (EventKind.DUE_MOVED, {"codes": ["R3", "R6"], "cause": "holiday"})
    assert list(broken_links()) == []


def test_again_and_without_a_change_nothing_happens(world: World) -> None:
    complaint = lives.filed(world)
    declared(world, WEDNESDAY)
    redate_changed(at=day(1))
    assert redate_changed(at=day(1)) == 0
    Reckoned.objects.all().delete()  # as if it had died before it could remember
    assert redate_changed(at=day(1)) == 0
    assert complaint.events.count() == 2


def test_cancelled_it_moves_nothing_earlier(world: World) -> None:
    complaint = lives.filed(world)
    holiday = declared(world, WEDNESDAY)
    redate_changed(at=day(1))
    cancel_holiday(holiday, by=world.centre, at=day(1.5))
    assert redate_changed(at=day(1.5)) == 0
    assert due(complaint, "R3") == end_of(15)


def test_promises_of_their_own_and_calendar_days_stay(world: World) -> None:
    category = world.categories["complaint"]
    category.resolution_limit, category.resolution_unit = 28, "calendar_days"
    by_calendar = lives.filed(world, category=category)
    promised = lives.filed(world, promise=day(9))
    declared(world, WEDNESDAY)
    redate_changed(at=day(1))
    assert due(by_calendar, "R6") == end_of(28)
    assert due(promised, "R6") == day(9)


def test_pauses_count_on_top(world: World) -> None:
    complaint = lives.asked(world, at=day(0.5))
    correspondence.citizen_writes(complaint, by=Voice.CITIZEN, at=day(1), text="The old one.")  # one day
    declared(world, WEDNESDAY)
    redate_changed(at=day(1))
    assert due(complaint, "R6") == end_of(30)


def test_a_date_that_a_pause_moved_far_enough_stays(world: World) -> None:
    complaint = lives.asked(world, at=day(0.5))
    assert due(complaint, "R6") == end_of(42)
    pausing.contest_pause(complaint, by=Voice.CITIZEN, at=day(0.6))
    holiday = declared(world, WEDNESDAY)
    redate_changed(at=day(1))
    cancel_holiday(holiday, by=world.centre, at=day(1))
    assert due(complaint, "R6") == end_of(29)


def test_the_sweep_moves_before_it_flags_and_a_past_one_breaks_nothing(world: World) -> None:
    complaint = lives.filed(world)
    declared(world, date(2026, 3, 16))
    correspondence.note(complaint, by=world.officer, at=day(14), text="x")
    sweep(at=day(10))
    assert due(complaint, "R3") == end_of(15)
    sweep(at=day(15))
    assert not lives.duty(complaint, "R3").flags.exists()
    sweep(at=day(16))
    assert lives.duty(complaint, "R3").flags.get(level=0).due_at == end_of(15)


def test_calendars_of_others_do_not_matter(world: World) -> None:
    other = make_world("beta", calendar=make_calendar("other"))
    complaint = lives.filed(other)
    declared(world, WEDNESDAY)
    redate_changed(at=day(1))
    assert due(complaint, "R3") == end_of(14)


def test_a_day_off_declared_while_no_sweep_ran_counts_for_dates_that_passed_meanwhile(world: World) -> None:
    complaint = lives.filed(world)
    declared(world, date(2026, 3, 3))
    assert due(complaint, "R2") == end_of(1)
    sweep(at=day(2))  # a day after the date, and the first since the holiday was declared
    assert due(complaint, "R2") == end_of(2)
    assert not complaint.events.filter(kind=EventKind.FLAGGED).exists()


def test_what_is_past_and_flagged_is_past(world: World) -> None:
    complaint = lives.filed(world)
    sweep(at=day(2))
    declared(world, date(2026, 3, 3))
    sweep(at=day(2.1))
    assert due(complaint, "R2") == end_of(1)
