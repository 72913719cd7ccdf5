"""The admin site for reference data: it renders, does what the verbs do, and gives nobody more than they allow."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from departments.administration import declare_holiday
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
    StandardText,
    User,
)
from departments.roles import Role
from departments.sops import Stage
from tests.admin_site import as_posted, page, run, said, signed_in, staff_rights
from tests.world import World, make_calendar, make_world

pytestmark = pytest.mark.django_db
ROOM = (Appointment, Calendar, CalendarVersion, Category, Department, Holiday, Sop, SopVersion, StandardText, User)
PAST = datetime(2020, 1, 2, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def root() -> User:
    return User.objects.create(username="root", is_staff=True, is_superuser=True)


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
