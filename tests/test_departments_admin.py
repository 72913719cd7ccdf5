"""The admin site for reference data: it renders, does what the verbs do, and gives nobody more than they allow."""

from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from departments.administration import adopt, appoint, declare_holiday, draft_version
from departments.forms import ClockField, NameFormField
from departments.founding import found
from departments.models import (
    Appointment,
    Calendar,
    CalendarVersion,
    Category,
    Channel,
    Department,
    Holiday,
    Section,
    Sop,
    SopVersion,
    User,
)
from departments.names import Name
from departments.roles import Role
from departments.sops import Stage
from departments.worktime import is_open, is_working_day
from tests.world import World, make_calendar, make_official, make_world

pytestmark = pytest.mark.django_db
ROOM = (Appointment, Calendar, CalendarVersion, Category, Department, Holiday, Sop, SopVersion, User)
PAST = datetime(2020, 1, 2, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def root() -> User:
    return User.objects.create(username="root", is_staff=True, is_superuser=True)


def staff_rights(*users: User) -> None:
    """Let them into the admin site with every permission on this room's models, but not make them superusers."""
    for user in users:
        User.objects.filter(pk=user.pk).update(is_staff=True)
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="departments"))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(model: type, kind: str, *args: Any) -> str:
    return reverse(f"admin:departments_{model.__name__.lower()}_{kind}", args=args)


def run(client: Client, model: type, action: str, rows: Any, **also: Any) -> Any:
    posted = {"action": action, "_selected_action": [row.pk for row in rows], **also}
    return client.post(page(model, "changelist"), posted, follow=True)


def said(response: Any) -> str:
    return " ".join(str(message) for message in response.context["messages"])


class Browser(HTMLParser):
    """Collects what a browser would send back from the fields of a page that nobody has touched."""

    def __init__(self) -> None:
        super().__init__()
        self.posted: dict[str, Any] = {}
        self.select = ""
        self.textarea = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        name = given.get("name") or ""
        if tag == "select":
            self.select = name
            self.posted.setdefault(name, "")
        elif tag == "textarea":
            self.textarea = name
            self.posted[name] = ""
        elif tag == "option" and "selected" in given:
            self.posted[self.select] = given.get("value") or ""
        elif tag == "input" and given.get("type") in ("checkbox", "radio"):
            if "checked" in given:
                self.posted[name] = given.get("value") or "on"
        elif tag == "input" and name and given.get("type") != "submit":
            self.posted[name] = given.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.posted[self.textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.textarea = ""


def as_posted(response: Any) -> dict[str, Any]:
    """Return what a browser would send back from an admin page that nobody has touched."""
    browser = Browser()
    browser.feed(response.content.decode())
    return browser.posted


# --- pages ---


@pytest.mark.parametrize("model", ROOM)
def test_every_page_renders_for_a_superuser(model: Any, root: User) -> None:
    found(at=PAST)
    declare_holiday(Calendar.objects.get(), date(2041, 1, 1), {"en": "Day"}, by=root, at=PAST)
    client = signed_in(root)
    assert client.get(page(model, "changelist")).status_code == 200
    row = model.objects.order_by("pk").first()
    response = client.get(page(model, "change", row.pk))
    assert response.status_code == 200
    assert client.get(page(model, "add")).status_code == (403 if model is SopVersion else 200)
    assert client.get(page(model, "history", row.pk)).status_code == 200


@pytest.mark.parametrize("model", ROOM)
def test_officials_do_not_get_in_whatever_their_post(model: Any, world: World) -> None:
    row = model.objects.order_by("pk").first()
    pages = [page(model, "changelist"), page(model, "add")]
    pages += [page(model, kind, row.pk) for kind in ("change", "delete") if row]
    for official in (world.officer, world.head, world.administrator, world.centre):
        client = signed_in(official)
        for address in pages:
            for answer in (client.get(address), client.post(address, {})):
                assert answer.status_code in (302, 403)
                assert answer.status_code == 403 or "login" in answer["Location"]


def test_staff_see_only_what_they_have_permission_for(world: World) -> None:
    User.objects.filter(pk=world.officer.pk).update(is_staff=True)
    client = signed_in(world.officer)
    for model in ROOM:
        assert client.get(page(model, "changelist")).status_code == 403


def test_groups_are_for_superusers(world: World, root: User) -> None:
    staff_rights(world.centre)
    group = Group.objects.create(name="all")
    world.centre.user_permissions.add(*Permission.objects.filter(content_type__app_label="auth"))
    addresses = [
        reverse("admin:auth_group_changelist"),
        reverse("admin:auth_group_add"),
        reverse("admin:auth_group_change", args=[group.pk]),
        reverse("admin:auth_group_delete", args=[group.pk]),
    ]
    assert {signed_in(root).get(address).status_code for address in addresses} == {200}
    assert {signed_in(world.centre).get(address).status_code for address in addresses} == {403}
    assert "auth" not in {app["app_label"] for app in admin.site.get_app_list(_request(world.centre))}


def _request(user: User) -> Any:
    return SimpleNamespace(user=User.objects.get(pk=user.pk), META={"SCRIPT_NAME": ""})


# --- departments ---


def test_a_department_is_entered_with_a_name_in_each_language(root: User) -> None:
    client = signed_in(root)
    calendar = make_calendar()
    posted = as_posted(client.get(page(Department, "add")))
    posted |= {"code": "roads", "name_en": "Roads", "name_ur": "سڑکیں", "calendar": calendar.pk}
    posted |= {
        "sections-TOTAL_FORMS": "1",
        "sections-0-code": "paving",
        "sections-0-name_en": "Paving",
        "sections-0-name_ur": "",
    }
    assert client.post(page(Department, "add"), posted).status_code == 302
    department = Department.objects.get()
    assert department.name == {"en": "Roads", "ur": "سڑکیں"}
    assert Section.objects.get().name == {"en": "Paving"}
    assert department.live_since is None


def test_a_name_without_english_is_sent_back(root: User) -> None:
    client = signed_in(root)
    posted = as_posted(client.get(page(Department, "add")))
    posted |= {"code": "roads", "name_ur": "سڑکیں", "calendar": make_calendar().pk}
    for english in ("", " "):
        response = client.post(page(Department, "add"), {**posted, "name_en": english})
        assert response.status_code == 200
        assert "English too" in str(response.context["adminform"].form.errors["name"])
    assert not Department.objects.exists()


def test_a_page_sent_back_untouched_changes_no_row(world: World, root: User) -> None:
    client = signed_in(root)
    before = list(Category.objects.order_by("pk").values()), list(Channel.objects.order_by("pk").values())
    address = page(Department, "change", world.department.pk)
    assert client.post(address, as_posted(client.get(address))).status_code == 302
    assert (list(Category.objects.order_by("pk").values()), list(Channel.objects.order_by("pk").values())) == before
    assert world.department.responsibilities.count() == 3


def test_sections_to_choose_from_are_the_departments_own(world: World, root: User) -> None:
    beta = make_world("beta")
    response = signed_in(root).get(page(Department, "change", world.department.pk))
    for inline in response.context["inline_admin_formsets"]:
        for form in inline.formset.forms:
            if "section" in form.fields:
                assert beta.section not in form.fields["section"].queryset
                assert world.section in form.fields["section"].queryset


def new_owner(client: Client, world: World, **fields: Any) -> Any:
    address = page(Department, "change", world.department.pk)
    posted = as_posted(client.get(address))
    posted["responsibilities-TOTAL_FORMS"] = str(int(posted["responsibilities-TOTAL_FORMS"]) + 1)
    posted |= {f"responsibilities-3-{name}": getattr(value, "pk", value) for name, value in fields.items()}
    return client.post(address, posted, follow=True)


def test_a_new_owner_of_a_stage_is_named_by_a_new_row(world: World, root: User) -> None:
    fields = {"stage": Stage.RESPONSE, "section": world.other, "lead": world.officer2, "deputy": world.officer}
    assert new_owner(signed_in(root), world, **fields).status_code == 200
    rows = world.department.responsibilities.filter(stage=Stage.RESPONSE).order_by("since")
    assert [row.section for row in rows] == [world.section, world.other]
    assert rows[0].until == rows[1].since
    assert rows[1].until is None


def test_what_the_verb_refuses_is_said_and_nothing_changes(world: World, root: User) -> None:
    fields = {"stage": Stage.RESPONSE, "section": world.other, "lead": root, "deputy": world.officer}
    response = new_owner(signed_in(root), world, **fields)
    assert "root holds no post" in said(response)
    assert world.department.responsibilities.count() == 3


def test_going_live_says_what_is_missing_and_then_goes(root: User) -> None:
    world = make_world(live=False)
    client = signed_in(root)
    world.department.responsibilities.filter(stage=Stage.MONITORING).update(deputy=None)
    assert "Monitoring lacks: deputy" in said(run(client, Department, "go_live_now", [world.department]))
    world.department.responsibilities.update(deputy=world.intake)
    assert "is live" in said(run(client, Department, "go_live_now", [world.department]))
    world.department.refresh_from_db()
    assert world.department.live_since is not None
    assert "live already" in said(run(client, Department, "go_live_now", [world.department]))


def test_what_is_referenced_is_not_deleted_and_the_page_says_by_what(world: World, root: User) -> None:
    client = signed_in(root)
    response = client.get(page(Department, "delete", world.department.pk))
    assert response.status_code == 200
    assert response.context["protected"]
    client.post(page(Department, "delete", world.department.pk), {"post": "yes"})
    run(client, Department, "delete_selected", [world.department], post="yes")
    client.post(page(User, "delete", world.officer.pk), {"post": "yes"})
    client.post(page(Calendar, "delete", world.calendar.pk), {"post": "yes"})
    assert Department.objects.filter(pk=world.department.pk).exists()
    assert User.objects.filter(pk=world.officer.pk).exists()
    assert world.calendar.versions.exists()


# --- posts (reliability P0-17) ---


def give(client: Client, user: User, role: str, department: Department | None = None) -> Any:
    posted = {"user": user.pk, "role": role, "department": department.pk if department else "", "section": ""}
    return client.post(page(Appointment, "add"), {**posted, "until_0": "", "until_1": ""})


def test_a_post_given_on_the_page_is_the_verbs(world: World, root: User) -> None:
    newcomer = User.objects.create(username="newcomer")
    assert give(signed_in(root), newcomer, Role.OFFICER, world.department).status_code == 302
    post = newcomer.appointments.get()
    assert abs(post.since - timezone.now()) < timedelta(minutes=5)
    assert LogEntry.objects.filter(object_id=str(post.pk), user=root).exists()


def test_nobody_grants_what_he_lacks_and_the_attempt_is_on_record(world: World) -> None:
    beta = make_world("beta")
    staff_rights(world.administrator, world.officer)
    newcomer = User.objects.create(username="newcomer")
    attempts = [
        (world.officer, newcomer, Role.APPROVER, world.department),
        (world.officer, world.officer, Role.APPROVER, world.department),
        (world.administrator, world.administrator, Role.APPROVER, world.department),
        (world.administrator, newcomer, Role.OFFICER, beta.department),
        (world.administrator, newcomer, Role.ADMINISTRATOR, None),
    ]
    before = list(Appointment.objects.order_by("pk").values())
    for by, user, role, department in attempts:
        LogEntry.objects.all().delete()
        assert give(signed_in(by), user, role, department).status_code == 403
        entry = LogEntry.objects.get()
        assert entry.user == by
        assert entry.change_message.startswith("Refused: ")
    assert list(Appointment.objects.order_by("pk").values()) == before
    assert give(signed_in(world.administrator), newcomer, Role.OFFICER, world.department).status_code == 302


def test_a_post_that_cannot_be_is_explained(world: World, root: User) -> None:
    response = give(signed_in(root), world.officer, Role.OFFICER, world.department)
    assert response.status_code == 302
    assert "already holds this post" in said(response.client.get(response["Location"]))


def test_posts_are_not_rewritten_or_deleted_even_by_a_superuser(world: World, root: User) -> None:
    client = signed_in(root)
    post = world.officer.appointments.get()
    assert client.post(page(Appointment, "change", post.pk), {"role": Role.HEAD}).status_code == 403
    assert client.post(page(Appointment, "delete", post.pk), {"post": "yes"}).status_code == 403
    run(client, Appointment, "delete_selected", [post], post="yes")
    assert Appointment.objects.get(pk=post.pk).role == Role.OFFICER


def test_ending_posts_is_for_those_who_could_give_them(world: World) -> None:
    staff_rights(world.administrator)
    client = signed_in(world.administrator)
    for post in (world.administrator.appointments.get(), world.centre.appointments.get()):
        assert run(client, Appointment, "end_now", [world.intake.appointments.get(), post]).status_code == 403
    assert not Appointment.objects.filter(until__isnull=False).exists()
    assert "still lead" in said(run(client, Appointment, "end_now", [world.officer.appointments.get()]))
    assert "ended" in said(run(client, Appointment, "end_now", [world.intake.appointments.get()]))
    assert world.intake.appointments.get().until is not None


# --- accounts ---


def test_an_administrator_cannot_make_himself_or_others_more_powerful(world: World) -> None:
    staff_rights(world.administrator)
    client = signed_in(world.administrator)
    address = page(User, "change", world.intake.pk)
    powers = {"is_staff": "on", "is_superuser": "on", "user_permissions": [1, 2], "groups": []}
    posted = {**as_posted(client.get(address)), **powers, "first_name": "Amina"}
    assert client.post(address, posted).status_code == 302
    world.intake.refresh_from_db()
    assert world.intake.first_name == "Amina"
    assert (world.intake.is_staff, world.intake.is_superuser) == (False, False)
    assert not world.intake.user_permissions.exists()
    own = client.post(page(User, "change", world.administrator.pk), {**posted, "username": "x"})
    assert own.status_code == 403
    world.administrator.refresh_from_db()
    assert not world.administrator.is_superuser


def test_who_may_not_give_his_posts_cannot_take_over_an_account(world: World, root: User) -> None:
    beta = make_world("beta")
    staff_rights(world.administrator)
    client = signed_in(world.administrator)
    new = {"password1": "correct horse battery", "password2": "correct horse battery", "usable_password": "true"}
    for account in (root, world.centre, beta.officer, world.administrator):
        address = reverse("admin:auth_user_password_change", args=[account.pk])
        before = User.objects.get(pk=account.pk).password
        assert client.post(address, new).status_code == 403
        assert User.objects.get(pk=account.pk).password == before
        assert client.post(page(User, "delete", account.pk), {"post": "yes"}).status_code == 403
        assert User.objects.filter(pk=account.pk).exists()
    address = reverse("admin:auth_user_password_change", args=[world.intake.pk])
    assert client.post(address, new).status_code == 302
    world.intake.refresh_from_db()
    assert world.intake.check_password("correct horse battery")


def test_an_account_is_made_without_any_power(world: World) -> None:
    staff_rights(world.administrator)
    client = signed_in(world.administrator)
    new = {"password1": "correct horse battery", "password2": "correct horse battery", "usable_password": "true"}
    made = client.post(page(User, "add"), {**new, "username": "new", "is_superuser": "on", "is_staff": "on"})
    assert made.status_code == 302
    user = User.objects.get(username="new")
    assert (user.is_staff, user.is_superuser, user.appointments.count()) == (False, False, 0)


# --- calendars ---


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
