"""Verbs on people: posts, who answers for each stage, going live; and who may do any of it (reliability P0-17)."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import IntegrityError
from django.utils import translation

from departments.administration import appoint, end_appointment, forget_second_factor, go_live, make_responsible
from departments.administration.authority import may_administer, may_vouch_for, must_administer
from departments.errors import Invalid, NotAllowed, NotReady, Stale
from departments.models import Appointment, Interval, Responsibility, SopVersion, User
from departments.roles import Role
from departments.sops import Stage
from tests.world import World, make_calendar, make_official, make_world

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def newcomer() -> User:
    return User.objects.create(username="newcomer")


# --- appointing ---


def test_an_administrator_gives_a_post_in_his_department(world: World, newcomer: User) -> None:
    given = appoint(newcomer, Role.APPROVER, department=world.department, by=world.administrator, at=AT)
    assert (given.user, given.department, given.section, given.since, given.until) == (
        newcomer,
        world.department,
        None,
        AT,
        None,
    )


def test_a_post_may_be_for_a_section_and_a_time(world: World, newcomer: User) -> None:
    place = {"department": world.department, "section": world.section}
    given = appoint(
        newcomer, Role.OFFICER, **place, since=AT + HOUR, until=AT + 2 * HOUR, by=world.administrator, at=AT
    )
    assert (given.section, given.since, given.until) == (world.section, AT + HOUR, AT + 2 * HOUR)


@pytest.mark.parametrize("post", ["intake", "officer", "approver", "monitor", "head", "auditor"])
def test_no_other_post_gives_posts(world: World, newcomer: User, post: str) -> None:
    with pytest.raises(NotAllowed, match="Alpha"):
        appoint(newcomer, Role.OFFICER, department=world.department, by=getattr(world, post), at=AT)
    assert not newcomer.appointments.exists()


def test_an_administrator_gives_nothing_beyond_his_department(world: World, newcomer: User) -> None:
    beta = make_world("beta")
    with pytest.raises(NotAllowed):
        appoint(newcomer, Role.INTAKE, department=beta.department, by=world.administrator, at=AT)
    with pytest.raises(NotAllowed, match="centre"):
        appoint(newcomer, Role.AUDITOR, by=world.administrator, at=AT)
    assert not newcomer.appointments.exists()


def test_the_centre_gives_posts_everywhere(world: World, newcomer: User) -> None:
    appoint(newcomer, Role.AUDITOR, by=world.centre, at=AT)
    appoint(newcomer, Role.HEAD, department=world.department, by=world.centre, at=AT)
    assert newcomer.appointments.count() == 2


def test_a_superuser_begins_a_new_installation(newcomer: User) -> None:
    root = User.objects.create(username="root", is_superuser=True)
    appoint(newcomer, Role.ADMINISTRATOR, by=root, at=AT)
    assert may_administer(newcomer, None, AT)


@pytest.mark.parametrize("post", ["administrator", "centre"])
def test_nobody_gives_himself_a_post(world: World, post: str) -> None:
    person = getattr(world, post)
    with pytest.raises(NotAllowed, match="their own"):
        appoint(person, Role.APPROVER, department=world.department, by=person, at=AT)
    root = User.objects.create(username="root", is_superuser=True)
    with pytest.raises(NotAllowed, match="their own"):
        appoint(root, Role.ADMINISTRATOR, by=root, at=AT)


def test_a_former_or_closed_administrator_gives_nothing(world: World, newcomer: User) -> None:
    world.administrator.appointments.update(until=AT)
    with pytest.raises(NotAllowed):
        appoint(newcomer, Role.OFFICER, department=world.department, by=world.administrator, at=AT)
    root = User.objects.create(username="root", is_superuser=True, is_active=False)
    with pytest.raises(NotAllowed):
        appoint(newcomer, Role.OFFICER, by=root, at=AT)


def test_what_cannot_be_a_post_is_refused_with_its_field(world: World, newcomer: User) -> None:
    beta = make_world("beta")
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"role": "king", "department": world.department}, "role"),
        ({"section": world.section}, "section"),
        ({"section": beta.section, "department": world.department}, "section"),
        ({"department": world.department, "since": AT - HOUR}, "since"),
        ({"department": world.department, "until": AT}, "until"),
    ]
    for given, field in wrong:
        with pytest.raises(Invalid) as refusal:
            appoint(newcomer, **{"role": Role.OFFICER, **given}, by=world.centre, at=AT)
        assert refusal.value.field == field
        assert str(refusal.value) == refusal.value.sentence != ""
    assert not newcomer.appointments.exists()


def test_a_closed_account_gets_no_post(world: World) -> None:
    closed = User.objects.create(username="closed", is_active=False)
    with pytest.raises(Invalid, match="cannot sign in"):
        appoint(closed, Role.OFFICER, department=world.department, by=world.administrator, at=AT)


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ((0, None), (5, None), True),
        ((0, 5), (5, None), False),
        ((0, 6), (5, 7), True),
        ((5, 6), (0, 5), False),
        ((5, None), (0, 6), True),
    ],
)
def test_the_same_post_is_held_once_at_a_time(
    world: World, newcomer: User, first: tuple[int, int | None], second: tuple[int, int | None], clash: bool
) -> None:
    def give(hours: tuple[int, int | None], **place: Any) -> None:
        until = None if hours[1] is None else AT + hours[1] * HOUR
        appoint(newcomer, Role.OFFICER, **place, since=AT + hours[0] * HOUR, until=until, by=world.centre, at=AT)

    for place in ({}, {"department": world.department}, {"department": world.department, "section": world.section}):
        give(first, **place)
        if clash:
            with pytest.raises(Invalid, match="already"):
                give(second, **place)
        else:
            give(second, **place)


# --- ending a post ---


def test_a_post_ends_at_once_and_only_once(world: World) -> None:
    post = world.intake.appointments.get()
    end_appointment(post, by=world.administrator, at=AT)
    assert post.until == AT
    assert Appointment.objects.get(pk=post.pk).until == AT
    with pytest.raises(Stale):
        end_appointment(post, by=world.administrator, at=AT + HOUR)
    assert Appointment.objects.get(pk=post.pk).until == AT


def test_a_post_that_has_not_begun_is_taken_back(world: World, newcomer: User) -> None:
    post = appoint(newcomer, Role.OFFICER, department=world.department, since=AT + HOUR, by=world.administrator, at=AT)
    end_appointment(post, by=world.administrator, at=AT)
    assert not newcomer.appointments.exists()


def test_nobody_ends_his_own_post_or_one_elsewhere(world: World) -> None:
    beta = make_world("beta")
    with pytest.raises(NotAllowed, match="their own"):
        end_appointment(world.administrator.appointments.get(), by=world.administrator, at=AT)
    with pytest.raises(NotAllowed):
        end_appointment(beta.intake.appointments.get(), by=world.administrator, at=AT)
    with pytest.raises(NotAllowed):
        end_appointment(world.centre.appointments.get(), by=world.administrator, at=AT)


def test_who_leads_a_stage_hands_it_over_first(world: World) -> None:
    with pytest.raises(NotReady, match=r"Content creation, Response"):
        end_appointment(world.officer.appointments.get(), by=world.administrator, at=AT)
    appoint(world.officer, Role.APPROVER, department=world.department, by=world.administrator, at=AT)
    end_appointment(world.officer.appointments.get(role=Role.OFFICER), by=world.administrator, at=AT + HOUR)


def test_the_centre_ends_posts_of_the_centre(world: World) -> None:
    auditor = make_official("centre.auditor", Role.AUDITOR)
    end_appointment(auditor.appointments.get(), by=world.centre, at=AT)
    assert auditor.appointments.get().until == AT


# --- who answers for a stage ---


def test_a_new_owner_ends_the_row_of_the_old_one(world: World) -> None:
    before = world.department.responsibilities.get(stage=Stage.RESPONSE)
    after = make_responsible(
        world.department, Stage.RESPONSE, world.other, world.officer2, world.officer, by=world.administrator, at=AT
    )
    before.refresh_from_db()
    assert (before.until, after.since, after.until) == (AT, AT, None)
    assert (after.section, after.lead, after.deputy) == (world.other, world.officer2, world.officer)
    assert world.department.responsibilities.filter(stage=Stage.RESPONSE, until=None).count() == 1


def test_naming_the_same_owners_again_changes_nothing(world: World) -> None:
    before = world.department.responsibilities.get(stage=Stage.RESPONSE)
    same = make_responsible(
        world.department, Stage.RESPONSE, world.section, world.officer, world.officer2, by=world.administrator, at=AT
    )
    assert same == before
    assert world.department.responsibilities.count() == 3


def test_what_cannot_answer_for_a_stage_is_refused_with_its_field(world: World, newcomer: User) -> None:
    beta = make_world("beta")
    world.intake.appointments.update(until=AT)
    User.objects.filter(pk=world.head.pk).update(is_active=False)
    world.head.refresh_from_db()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"stage": "gossip"}, "stage"),
        ({"section": beta.section}, "section"),
        ({"deputy": world.officer}, "deputy"),
        ({"lead": newcomer}, "lead"),
        ({"deputy": beta.officer}, "deputy"),
        ({"deputy": world.intake}, "deputy"),
        ({"deputy": world.head}, "deputy"),
    ]
    for given, field in wrong:
        fields = {
            "stage": Stage.RESPONSE,
            "section": world.section,
            "lead": world.officer,
            "deputy": world.officer2,
            **given,
        }
        with pytest.raises(Invalid) as refusal:
            make_responsible(world.department, **fields, by=world.administrator, at=AT)
        assert refusal.value.field == field
    with pytest.raises(NotAllowed):
        make_responsible(
            world.department, Stage.RESPONSE, world.other, world.officer, world.officer2, by=world.head, at=AT
        )
    assert world.department.responsibilities.count() == 3


def test_a_live_department_is_never_left_without_lead_or_deputy(world: World) -> None:
    for lead, deputy in ((None, world.officer), (world.officer, None)):
        with pytest.raises(NotReady):
            make_responsible(
                world.department, Stage.RESPONSE, world.section, lead, deputy, by=world.administrator, at=AT
            )


def test_a_change_dated_before_the_open_row_is_stale(world: World) -> None:
    begun = world.department.responsibilities.get(stage=Stage.RESPONSE).since
    with pytest.raises(Stale):
        make_responsible(
            world.department,
            Stage.RESPONSE,
            world.other,
            world.officer,
            world.officer2,
            by=world.administrator,
            at=begun,
        )


@pytest.mark.parametrize("moment", ["before the old row ends", "before the new row begins"])
def test_of_two_who_change_at_the_same_moment_the_second_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    if moment == "before the old row ends":
        nothing_left = SimpleNamespace(update=lambda **changes: 0)
        rows = SimpleNamespace(objects=SimpleNamespace(filter=lambda **lookups: nothing_left))
        monkeypatch.setattr("departments.administration.people.Responsibility", rows)
    else:
        monkeypatch.setattr(Responsibility.objects, "create", _clash)
    charge = (world.department, Stage.RESPONSE, world.other, world.officer, world.officer2)
    with pytest.raises(Stale, match="look again"):
        make_responsible(*charge, by=world.administrator, at=AT)
    assert world.department.responsibilities.get(stage=Stage.RESPONSE, until=None).section == world.section


def _clash(**fields: Any) -> None:
    raise IntegrityError("UNIQUE constraint failed: one_owner_a_stage")


# --- going live ---


def test_a_complete_department_goes_live_once(world: World) -> None:
    beta = make_world("beta", live=False)
    assert beta.department.live_since is None
    go_live(beta.department, by=beta.administrator, at=AT)
    assert beta.department.live_since == AT
    with pytest.raises(Stale, match="Beta"):
        go_live(beta.department, by=beta.administrator, at=AT + HOUR)
    beta.department.refresh_from_db()
    assert beta.department.live_since == AT


def test_a_bare_department_is_told_every_stage_and_part_that_it_lacks() -> None:
    world = make_world(live=False)
    world.department.responsibilities.all().delete()
    with pytest.raises(NotReady) as refusal:
        go_live(world.department, by=world.administrator, at=AT)
    sentence = refusal.value.sentence
    for stage in Stage:
        assert f"{stage.label} lacks: responsible section, lead, deputy." in sentence
    assert sentence.startswith("Alpha cannot go live.")
    world.department.refresh_from_db()
    assert world.department.live_since is None


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("part", ["lead", "deputy"])
def test_a_single_gap_is_named_and_nothing_else(stage: Stage, part: str) -> None:
    world = make_world(live=False)
    world.department.responsibilities.filter(stage=stage).update(**{part: None})
    with pytest.raises(NotReady) as refusal:
        go_live(world.department, by=world.administrator, at=AT)
    assert f"{stage.label} lacks: {part}." in refusal.value.sentence
    assert refusal.value.sentence.count("lacks") == 1


def test_a_department_without_procedures_or_hours_does_not_go_live() -> None:
    world = make_world(live=False)
    SopVersion.objects.filter(sop__reason__in=["form", "event"]).update(in_force_until=AT)
    Interval.objects.all().delete()
    with pytest.raises(NotReady) as refusal:
        go_live(world.department, by=world.administrator, at=AT)
    sentence = refusal.value.sentence
    assert "Get or hand in a form" in sentence
    assert "Sign up for an event" in sentence
    assert sentence.count("No procedure") == 2
    assert "no working hours" in sentence


def test_only_its_administrators_let_a_department_go_live() -> None:
    world = make_world(live=False)
    with pytest.raises(NotAllowed):
        go_live(world.department, by=world.head, at=AT)


def test_a_refusal_speaks_the_language_of_the_person(world: World) -> None:
    with translation.override("ur"), pytest.raises(NotAllowed, match="محکمہ alpha"):
        must_administer(world.officer, world.department, AT)


# --- accounts ---


def test_who_may_change_an_account(world: World, newcomer: User) -> None:
    beta = make_world("beta")
    staff = User.objects.create(username="staff", is_staff=True)
    root = User.objects.create(username="root", is_superuser=True)
    both = make_official("both", Role.OFFICER, world.department)
    Appointment.objects.create(user=both, department=beta.department, role=Role.OFFICER, since=AT - HOUR)
    table = [
        (world.administrator, world.officer, True),
        (world.administrator, newcomer, True),
        (world.administrator, world.administrator, False),
        (world.administrator, beta.officer, False),
        (world.administrator, both, False),
        (world.administrator, world.centre, False),
        (world.administrator, staff, False),
        (world.administrator, root, False),
        (world.centre, both, True),
        (world.centre, root, False),
        (root, root, True),
        (root, world.centre, True),
    ]
    for by, account, may in table:
        assert may_vouch_for(by, account, AT) is may, (by, account)
    root.is_active = False
    assert not may_vouch_for(root, world.centre, AT)


def test_who_vouches_for_somebody_takes_a_lost_second_factor_off(world: World) -> None:
    for account in (world.officer, world.approver):
        Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={})
    for by in (world.officer, world.head, make_world("beta").administrator):
        with pytest.raises(NotAllowed, match=r"alpha\.officer"):
            forget_second_factor(world.officer, by=by, at=AT)
    forget_second_factor(world.officer, by=world.administrator, at=AT)
    assert list(Authenticator.objects.values_list("user", flat=True)) == [world.approver.pk]


def test_calendars_of_the_world_are_shared(world: World) -> None:
    assert make_calendar() == world.calendar
    assert make_world("beta").calendar == world.calendar
