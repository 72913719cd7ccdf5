"""A holiday declared late moves open dates later, and never earlier (measurement 2.6)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from complaints import correspondence
from complaints.actors import Voice
from complaints.chain import EventKind
from complaints.intake import Submission, lodge
from complaints.models import Complaint, Duty, Flag
from complaints.recalendar import redate_changed
from complaints.sweep import sweep
from complaints.trail import broken_links
from departments.administration import cancel_holiday, declare_holiday
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)  # 10:00 in Karachi; R2 is due on Tuesday, R3 on Monday 16


def filed(world: World) -> Complaint:
    submission = Submission(channel=world.channels["web"], reason="complaint", text="The well is dry.")
    return lodge(submission, by=Voice.CITIZEN, at=MONDAY).complaint


def due(complaint: Complaint, code: str) -> date:
    """Return the local due date of the duty that is owed now."""
    return (complaint.duties.open().get(code=code).due_at + timedelta(hours=5)).date()


def declare(world: World, on: date) -> None:
    world.calendar.refresh_from_db()
    declare_holiday(
        world.calendar, on, {"en": "Eid", "ur": "عید"}, "provisional", by=world.centre, at=MONDAY + timedelta(hours=1)
    )


def test_open_dates_move_later_and_say_why() -> None:
    world = make_world()
    complaint = filed(world)
    redate_changed(at=MONDAY)
    declare(world, date(2026, 3, 11))
    assert redate_changed(at=MONDAY + timedelta(hours=2)) == 1
    assert due(complaint, "R2") == date(2026, 3, 3)
    assert due(complaint, "R3") == date(2026, 3, 17)
    moved = complaint.duties.open().get(code="R3")
    assert moved.cause == Duty.Cause.HOLIDAY
    assert moved.promised_at == Duty.objects.get(pk=moved.follows_id).due_at
    assert complaint.events.last().kind == EventKind.DUE_MOVED
    assert list(broken_links()) == []


def test_running_it_again_changes_nothing() -> None:
    world = make_world()
    complaint = filed(world)
    declare(world, date(2026, 3, 11))
    redate_changed(at=MONDAY)
    before = (complaint.duties.count(), complaint.events.count())
    assert redate_changed(at=MONDAY) == 0
    assert (complaint.duties.count(), complaint.events.count()) == before


def test_a_cancelled_holiday_moves_nothing_earlier() -> None:
    world = make_world()
    complaint = filed(world)
    declare(world, date(2026, 3, 11))
    redate_changed(at=MONDAY)
    holiday = world.calendar.holidays.get()
    cancel_holiday(holiday, by=world.centre, at=MONDAY + timedelta(hours=3))
    assert redate_changed(at=MONDAY + timedelta(hours=4)) == 0
    assert due(complaint, "R3") == date(2026, 3, 17)


def test_the_sweep_moves_before_it_flags() -> None:
    world = make_world()
    complaint = filed(world)
    declare(world, date(2026, 3, 3))
    sweep(at=datetime(2026, 3, 3, 18, 0, tzinfo=UTC))  # still within the old due date, 23:00 on Tuesday
    sweep(at=datetime(2026, 3, 4, 0, 0, tzinfo=UTC))  # past the old due date, not past the new one
    assert not Flag.objects.filter(duty__complaint=complaint).exists()
    sweep(at=datetime(2026, 3, 4, 20, 0, tzinfo=UTC))
    assert list(Flag.objects.filter(level=0).values_list("duty__code", flat=True)) == ["R2"]


def test_a_paused_date_keeps_its_pause() -> None:
    world = make_world()
    complaint = filed(world)
    question = correspondence.ask(complaint, by=world.officer, at=MONDAY + timedelta(days=1), text="Which well?")
    correspondence.deliver(complaint, by=world.officer, at=MONDAY + timedelta(days=1, hours=1), letter=question)
    paused = due(complaint, "R6")
    redate_changed(at=MONDAY + timedelta(days=2))
    declare(world, date(2026, 3, 26))
    redate_changed(at=MONDAY + timedelta(days=2))
    assert due(complaint, "R6") == paused + timedelta(days=1)
    row = complaint.duties.open().get(code="R6")
    assert row.paused_at is not None
