"""The admin site for calendars, holidays and procedures."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from departments.administration import adopt, appoint, draft_version
from departments.forms import ClockField, NameFormField
from departments.models import (
    Calendar,
    CalendarVersion,
    Holiday,
    Sop,
    SopVersion,
    User,
)
from departments.names import Name
from departments.roles import Role
from departments.sops import Stage
from departments.worktime import is_open, is_working_day
from tests.admin_site import as_posted, page, run, said, signed_in, staff_rights
from tests.world import World, make_calendar, make_official, make_world

pytestmark = pytest.mark.django_db
PAST = datetime(2020, 1, 2, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def root() -> User:
    return User.objects.create(username="root", is_staff=True, is_superuser=True)


def test_an_edit_of_the_hours_counts_at_once(world: World, root: User) -> None:
    client = signed_in(root)
    address = page(CalendarVersion, "change", world.calendar.versions.get().pk)
    posted = as_posted(client.get(address))
    assert posted["intervals-0-opens"] == "09:00"
    before = world.calendar.revision
    assert client.post(address, {**posted, "intervals-0-closes": "24:00"}).status_code == 302
    world.calendar.refresh_from_db()
    assert world.calendar.revision == before + 1
    assert is_open(world.calendar.worktime(), datetime(2026, 3, 2, 18, tzinfo=UTC))  # Monday 23:00 in Karachi


@pytest.mark.parametrize("text", ["9", "24:01", "9:60", "9:5", "nine:00", "-1:30"])
def test_a_time_that_is_none_is_sent_back(world: World, root: User, text: str) -> None:
    client = signed_in(root)
    address = page(CalendarVersion, "change", world.calendar.versions.get().pk)
    response = client.post(address, {**as_posted(client.get(address)), "intervals-0-opens": text})
    assert response.status_code == 200
    assert b"Write a time like 09:00" in response.content
    assert text.encode() in response.content


def test_new_and_deleted_weeks_and_an_edited_calendar_renew_it(world: World, root: User) -> None:
    client = signed_in(root)
    revision = world.calendar.revision
    posted = as_posted(client.get(page(CalendarVersion, "add")))
    posted |= {"calendar": world.calendar.pk, "since": "2026-04-01", "note": "Closed"}
    assert client.post(page(CalendarVersion, "add"), posted).status_code == 302
    world.calendar.refresh_from_db()
    assert world.calendar.revision == revision + 1
    monday = date(2026, 4, 6)
    assert not is_working_day(world.calendar.worktime(), monday)
    week = world.calendar.versions.get(since=date(2026, 4, 1))
    assert client.post(page(CalendarVersion, "delete", week.pk), {"post": "yes"}).status_code == 302
    world.calendar.refresh_from_db()
    assert world.calendar.revision == revision + 2
    assert is_working_day(world.calendar.worktime(), monday)
    address = page(Calendar, "change", world.calendar.pk)
    assert client.post(address, {**as_posted(client.get(address)), "zone": "Asia/Dubai"}).status_code == 302
    world.calendar.refresh_from_db()
    assert (world.calendar.revision, world.calendar.worktime().zone.key) == (revision + 3, "Asia/Dubai")
    week = CalendarVersion.objects.create(calendar=world.calendar, since=date(2026, 5, 1))
    run(client, CalendarVersion, "delete_selected", [week], post="yes")
    world.calendar.refresh_from_db()
    assert world.calendar.revision == revision + 4


def test_a_calendar_that_nobody_keeps_may_go(root: User) -> None:
    client = signed_in(root)
    client.post(page(Calendar, "delete", make_calendar("one").pk), {"post": "yes"})
    run(client, Calendar, "delete_selected", [make_calendar("two")], post="yes")
    assert not Calendar.objects.exists()


def test_a_calendar_is_not_changed_by_staff_of_one_of_its_departments(world: World) -> None:
    make_world("beta")
    staff_rights(world.administrator)
    client = signed_in(world.administrator)
    week = world.calendar.versions.get()
    address = page(CalendarVersion, "change", week.pk)
    assert client.post(address, {**as_posted(client.get(address)), "note": "Ours"}).status_code == 403
    assert client.post(page(CalendarVersion, "delete", week.pk), {"post": "yes"}).status_code == 403
    assert run(client, CalendarVersion, "delete_selected", [week], post="yes").status_code == 403
    week.refresh_from_db()
    assert week.note == ""
    assert LogEntry.objects.filter(change_message__startswith="Refused").count() == 3


def declare(client: Client, calendar: Calendar, day: str) -> Any:
    posted = {
        "calendar": calendar.pk,
        "date": day,
        "name_en": "Day of the flood",
        "name_ur": "",
        "status": "provisional",
    }
    return client.post(page(Holiday, "add"), posted, follow=True)


def test_holidays_are_declared_confirmed_renamed_and_cancelled(world: World, root: User) -> None:
    client = signed_in(root)
    day = date(2026, 3, 10)
    assert declare(client, world.calendar, "2026-03-10").status_code == 200
    holiday = Holiday.objects.get()
    assert not is_working_day(Calendar.objects.get().worktime(), day)
    assert b"This field is required" in declare(client, world.calendar, "").content
    assert b"already exists" in declare(client, world.calendar, "2026-03-10").content
    assert "confirmed" in said(run(client, Holiday, "confirm", [holiday]))
    assert "not provisional" in said(run(client, Holiday, "confirm", [holiday]))
    address = page(Holiday, "change", holiday.pk)
    revision = Calendar.objects.get().revision
    changed = {**as_posted(client.get(address)), "name_en": "Flood day", "date": "2026-03-11", "status": "cancelled"}
    assert client.post(address, changed).status_code == 302
    holiday.refresh_from_db()
    assert (str(holiday.name), holiday.date, holiday.status) == ("Flood day", day, "confirmed")
    assert Calendar.objects.get().revision == revision + 1
    assert client.post(page(Holiday, "delete", holiday.pk), {"post": "yes"}).status_code == 403
    assert "cancelled" in said(run(client, Holiday, "cancel", [holiday]))
    assert is_working_day(Calendar.objects.get().worktime(), day)
    assert declare(client, world.calendar, "2026-03-10").status_code == 200
    assert Holiday.objects.get().status == Holiday.Status.PROVISIONAL


# --- procedures ---


def test_a_procedure_is_drafted_edited_adopted_and_then_only_read(world: World, root: User) -> None:
    client = signed_in(root)
    sop = Sop.objects.get(reason="question")
    assert "next version drafted" in said(run(client, Sop, "draft", [sop]))
    draft = sop.versions.get(number=2)
    address = page(SopVersion, "change", draft.pk)
    posted = as_posted(client.get(address))
    field = next(name for name, value in posted.items() if name.endswith("-code") and value == "R3")
    posted[field.replace("-code", "-limit")] = "2"
    assert client.post(address, posted).status_code == 302
    assert draft.steps.get(code="R3").limit == 2
    assert "adopted" in said(run(client, SopVersion, "adopt_now", [draft], until=""))
    draft.refresh_from_db()
    assert draft.in_force_from is not None
    assert client.get(address).status_code == 200
    posted[field.replace("-code", "-limit")] = "9"
    assert client.post(address, posted).status_code == 403
    assert client.post(page(SopVersion, "delete", draft.pk), {"post": "yes"}).status_code == 403
    run(client, SopVersion, "delete_selected", [draft], post="yes")
    assert draft.steps.get(code="R3").limit == 2
    assert "already" in said(run(client, SopVersion, "adopt_now", [draft], until=""))


def test_a_deviation_is_adopted_with_the_day_on_which_it_ends(world: World, root: User) -> None:
    client = signed_in(root)
    sop = Sop.objects.create(reason="question", department=world.department)
    draft = draft_version(sop, by=root, at=timezone.now())
    draft.steps.filter(code="R3").update(limit=9)
    assert "Say why" in said(run(client, SopVersion, "adopt_now", [draft], until="2126-01-01"))
    SopVersion.objects.filter(pk=draft.pk).update(deviation_reason="Flood.")
    assert "Say until when" in said(run(client, SopVersion, "adopt_now", [draft], until=""))
    assert "adopted" in said(run(client, SopVersion, "adopt_now", [draft], until="2126-01-01"))
    draft.refresh_from_db()
    assert draft.in_force_until == datetime(2125, 12, 31, 19, tzinfo=UTC)  # midnight in Karachi


def test_a_draft_may_be_thrown_away(world: World, root: User) -> None:
    draft = draft_version(Sop.objects.get(reason="form"), by=root, at=timezone.now())
    assert signed_in(root).post(page(SopVersion, "delete", draft.pk), {"post": "yes"}).status_code == 302
    assert not SopVersion.objects.filter(pk=draft.pk).exists()


def test_the_uniform_procedure_is_not_drafted_or_adopted_by_a_department(world: World) -> None:
    staff_rights(world.administrator)
    client = signed_in(world.administrator)
    sop = Sop.objects.get(reason="form")
    assert run(client, Sop, "draft", [sop]).status_code == 403
    draft = draft_version(sop, by=world.centre, at=timezone.now())
    assert run(client, SopVersion, "adopt_now", [draft], until="").status_code == 403
    draft.refresh_from_db()
    assert draft.in_force_from is None


def test_the_page_of_a_version_adopted_meanwhile_is_refused(world: World, root: User) -> None:
    client = signed_in(root)
    draft = draft_version(Sop.objects.get(reason="form"), by=world.centre, at=timezone.now())
    address = page(SopVersion, "change", draft.pk)
    posted = as_posted(client.get(address))
    adopt(draft, timezone.now(), by=world.centre, at=timezone.now() - timedelta(seconds=9))
    assert client.post(address, {**posted, "deviation_reason": "late"}).status_code == 403


# --- fields ---


def test_a_name_field_knows_when_it_has_changed() -> None:
    field = NameFormField()
    assert field.clean(["Roads", ""]) == Name(en="Roads")
    assert not field.has_changed(Name(en="Roads"), ["Roads", ""])
    assert field.has_changed(Name(en="Roads"), ["Roads", "سڑکیں"])
    with pytest.raises(ValidationError):
        field.clean(["", ""])
    assert NameFormField(required=False).clean(["", ""]) == {}


def test_a_name_input_is_marked_with_its_language_and_direction() -> None:
    html = NameFormField().widget.render("name", Name(en="Roads", ur="سڑکیں"))
    assert 'lang="ur"' in html
    assert 'dir="rtl"' in html
    assert 'value="سڑکیں"' in html


def test_an_empty_clock_is_no_time() -> None:
    assert ClockField(required=False).clean("") is None
    assert ClockField().clean("24:00") == 1440


def test_posts_read_as_sentences(world: World) -> None:
    post = appoint(
        make_official("x", Role.OFFICER), Role.HEAD, department=world.department, by=world.centre, at=timezone.now()
    )
    assert str(post) == "x head"
    assert str(world.channels["web"]) == "alpha web web@alpha.example"
    assert str(world.department.responsibilities.get(stage=Stage.CONTENT)) == "alpha content"
