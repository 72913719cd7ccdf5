"""Verbs on calendars: every change counts at once, and only those change it whom it concerns."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from departments.administration import (
    calendar_changed,
    cancel_holiday,
    confirm_holiday,
    declare_holiday,
    open_week,
)
from departments.errors import Invalid, NotAllowed, Stale
from departments.models import Calendar, CalendarVersion, Holiday, Interval, User
from departments.models.calendars import validate_zone
from departments.worktime import is_open, is_working_day
from tests.world import World, make_calendar, make_world

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
TUESDAY = date(2026, 3, 10)
NAME = {"en": "Day of the flood", "ur": "سیلاب کا دن"}


@pytest.fixture
def world() -> World:
    return make_world()


def declared(world: World, status: str = Holiday.Status.PROVISIONAL) -> Holiday:
    return declare_holiday(world.calendar, TUESDAY, NAME, status, by=world.administrator, at=AT)


def is_workday(calendar: Calendar) -> bool:
    """Ask a fresh row and the one in hand; both must know."""
    fresh = is_working_day(Calendar.objects.get(pk=calendar.pk).worktime(), TUESDAY)
    assert is_working_day(calendar.worktime(), TUESDAY) is fresh
    return fresh


@pytest.mark.parametrize("status", [Holiday.Status.PROVISIONAL, Holiday.Status.CONFIRMED])
def test_a_declared_holiday_closes_the_office_at_once(world: World, status: str) -> None:
    before = world.calendar.revision
    assert is_workday(world.calendar)
    holiday = declared(world, status)
    assert (holiday.status, str(holiday)) == (status, "2026-03-10 Day of the flood")
    assert world.calendar.revision > before
    assert not is_workday(world.calendar)


def test_a_cancelled_holiday_opens_it_again_and_stays_on_record(world: World) -> None:
    holiday = declared(world)
    cancel_holiday(holiday, by=world.administrator, at=AT)
    world.calendar.refresh_from_db()
    assert is_workday(world.calendar)
    assert Holiday.objects.get().status == holiday.status == Holiday.Status.CANCELLED
    with pytest.raises(Stale):
        cancel_holiday(holiday, by=world.administrator, at=AT)


def test_a_cancelled_holiday_may_be_declared_again(world: World) -> None:
    holiday = declared(world)
    cancel_holiday(holiday, by=world.administrator, at=AT)
    again = declare_holiday(
        world.calendar, TUESDAY, {"en": "Eid"}, Holiday.Status.CONFIRMED, by=world.administrator, at=AT
    )
    assert (again.pk, str(again.name), again.status) == (holiday.pk, "Eid", Holiday.Status.CONFIRMED)
    assert not is_workday(world.calendar)


def test_a_holiday_is_confirmed_once(world: World) -> None:
    holiday = declared(world)
    before = holiday.calendar.revision
    confirm_holiday(holiday, by=world.administrator, at=AT)
    assert Holiday.objects.get().status == holiday.status == Holiday.Status.CONFIRMED
    assert Calendar.objects.get(pk=world.calendar.pk).revision > before
    with pytest.raises(Stale):
        confirm_holiday(holiday, by=world.administrator, at=AT)


def test_a_date_is_one_holiday_and_nothing_is_declared_cancelled(world: World) -> None:
    declared(world)
    before = Calendar.objects.get(pk=world.calendar.pk).revision
    with pytest.raises(Invalid) as refusal:
        declared(world)
    assert refusal.value.field == "date"
    with pytest.raises(Invalid) as refusal:
        declared(world, Holiday.Status.CANCELLED)
    assert refusal.value.field == "status"
    assert Calendar.objects.get(pk=world.calendar.pk).revision == before


def test_new_hours_hold_from_their_date_on(world: World) -> None:
    noon, afternoon = (datetime(2026, 3, 10, hour, tzinfo=UTC) for hour in (7, 11))  # 12:00 and 16:00 in Karachi
    assert is_open(world.calendar.worktime(), afternoon)
    version = open_week(
        world.calendar, date(2026, 3, 9), [(1, 600, 780), (1, 540, 600)], note="Ramadan", by=world.centre, at=AT
    )
    assert str(version) == "nine-to-five from 2026-03-09"
    assert [str(interval) for interval in version.intervals.all()] == ["Tuesday 09:00", "Tuesday 10:00"]
    worktime = world.calendar.worktime()
    assert (is_open(worktime, noon), is_open(worktime, afternoon)) == (True, False)
    assert is_open(worktime, afternoon - timedelta(days=7))


@pytest.mark.parametrize(
    "intervals",
    [
        [(0, 540, 540)],
        [(0, -1, 540)],
        [(0, 540, 1441)],
        [(7, 540, 600)],
        [(-1, 540, 600)],
        [(0, 540, 700), (0, 600, 800)],
        [(0, 600, 800), (0, 540, 1020)],
    ],
)
def test_hours_that_cannot_be_are_refused(world: World, intervals: list[tuple[int, int, int]]) -> None:
    before = world.calendar.revision
    with pytest.raises(Invalid) as refusal:
        open_week(world.calendar, TUESDAY, intervals, by=world.administrator, at=AT)
    assert refusal.value.field == "intervals"
    assert not CalendarVersion.objects.filter(since=TUESDAY).exists()
    assert Calendar.objects.get(pk=world.calendar.pk).revision == before


def test_a_week_may_be_closed_altogether_and_begins_once(world: World) -> None:
    open_week(world.calendar, TUESDAY, [], by=world.administrator, at=AT)
    assert not is_workday(world.calendar)
    with pytest.raises(Invalid) as refusal:
        open_week(world.calendar, TUESDAY, [(0, 540, 600)], by=world.administrator, at=AT)
    assert refusal.value.field == "since"


def test_who_may_change_a_calendar_administers_all_who_keep_it(world: World) -> None:
    calendar_changed(world.calendar, by=world.administrator, at=AT)
    for post in ("officer", "head", "auditor"):
        with pytest.raises(NotAllowed):
            calendar_changed(world.calendar, by=getattr(world, post), at=AT)
    beta = make_world("beta")
    for person in (world.administrator, beta.administrator):
        with pytest.raises(NotAllowed):
            declare_holiday(world.calendar, TUESDAY, NAME, by=person, at=AT)
    calendar_changed(world.calendar, by=world.centre, at=AT)
    unused = make_calendar("unused")
    with pytest.raises(NotAllowed):
        calendar_changed(unused, by=world.administrator, at=AT)
    calendar_changed(unused, by=world.centre, at=AT)
    calendar_changed(unused, by=User.objects.create(username="root", is_superuser=True), at=AT)


def test_two_changes_are_two_revisions_even_from_rows_read_before(world: World) -> None:
    one, other = Calendar.objects.get(), Calendar.objects.get()
    calendar_changed(one, by=world.centre, at=AT)
    calendar_changed(other, by=world.centre, at=AT)
    assert other.revision == one.revision + 1 == world.calendar.revision + 2


def test_a_zone_is_one_of_iana() -> None:
    validate_zone("America/New_York")
    with pytest.raises(ValidationError):
        validate_zone("Lahore")


def test_intervals_name_themselves() -> None:
    assert str(Interval(weekday=4, opens=870, closes=1020)) == "Friday 14:30"
