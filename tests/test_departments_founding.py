"""A government founded from its files: complete, in both languages, and unchanged by founding it again."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import models

from departments.administration import go_live
from departments.channels import ASSISTED, ChannelKind
from departments.errors import Invalid, NotReady
from departments.founding import (
    LEADS,
    POSTS,
    found,
    found_calendar,
    found_centre,
    found_department,
    found_own_sop,
    found_uniform_sops,
)
from departments.models import (
    Appointment,
    Calendar,
    Category,
    Channel,
    Department,
    Holiday,
    Section,
    Sop,
    SopVersion,
    Step,
    User,
)
from departments.names import NameField, validate_name
from departments.plans import (
    ROUND_THE_CLOCK,
    CalendarPlan,
    CategoryPlan,
    ChannelPlan,
    DepartmentPlan,
    Name,
    WeekPlan,
    nine_departments,
    punjab_offices,
)
from departments.readiness import gaps
from departments.roles import Role, powers_of
from departments.sops import Reason, Stage, Unit
from departments.worktime import add_days, between, is_open, is_working_day
from tests.world import make_official

pytestmark = pytest.mark.django_db
AT = datetime(2026, 1, 1, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
NINE = {
    "opc",
    "agriculture",
    "livestock",
    "planning",
    "anticorruption",
    "law",
    "works",
    "auqaf",
    "population",
}


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return every row of the room."""
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in apps.get_app_config("departments").get_models()
    }


def test_founding_twice_changes_nothing() -> None:
    found(at=AT)
    before = everything()
    again = found(at=AT + 24 * HOUR, password="something else entirely")
    assert everything() == before
    assert set(again.departments) == NINE


def test_the_nine_are_live_and_lack_nothing() -> None:
    founding = found(at=AT)
    assert set(founding.departments) == NINE == set(Department.objects.values_list("code", flat=True))
    for department in founding.departments.values():
        assert department.live_since == AT
        assert gaps(department.responsibilities.select_related("lead", "deputy"), AT) == []
        assert set(department.categories.values_list("reason", flat=True)) == set(Reason.values)
        assert 4 <= department.categories.count() <= 7
        assert all(category.section.department_id == department.pk for category in department.categories.all())
        kinds = set(department.channels.values_list("kind", flat=True))
        assert kinds >= {ChannelKind.WEB, *ASSISTED}
    assert Category.objects.filter(resolution_limit__isnull=False, resolution_unit=Unit.WORKING_DAYS).count() >= 9


def test_the_nine_differ_as_the_survey_found() -> None:
    found(at=AT)
    sections: dict[str, list[str]] = {stage: [] for stage in Stage}
    for department in Department.objects.all():
        three = [department.responsibilities.get(stage=stage).section for stage in Stage]
        assert len(set(three)) == 3
        for stage, section in zip(Stage, three, strict=True):
            sections[stage].append(section.name["en"])
    assert len(set(sections[Stage.RESPONSE])) == 9
    assert len(set(sections[Stage.MONITORING])) == 9
    kinds_of_content_section = Counter(name.split()[0] for name in sections[Stage.CONTENT])
    assert kinds_of_content_section.most_common(1)[0] == ("IT", 4)


def test_everything_has_a_name_in_english_and_urdu() -> None:
    found(at=AT)
    seen = 0
    for model in apps.get_app_config("departments").get_models():
        for field in (f for f in model._meta.get_fields() if isinstance(f, NameField)):
            for name in model.objects.values_list(field.name, flat=True):
                seen += 1
                assert set(name) == {code for code, _label in settings.LANGUAGES}, (model, name)
                assert name["en"].isascii() or "’" in name["en"], name
                assert any("؀" <= letter <= "ۿ" for letter in name["ur"]), name
    assert seen > 700
    for question in (q for questions in Category.objects.values_list("questions", flat=True) for q in questions):
        validate_name(question)
        assert question["ur"]


def test_no_address_can_be_anybodys() -> None:
    found(at=AT)
    for channel in Channel.objects.exclude(kind=ChannelKind.WEB):
        fictitious = (".example", "0000", "000", "Example", "_example", "/open311/v2/")
        assert any(mark in channel.address for mark in fictitious), channel


def test_no_reason_is_without_a_uniform_procedure_with_steps_in_every_stage() -> None:
    found(at=AT)
    for reason in Reason:
        version = Sop.objects.get(reason=reason, department=None).versions.get()
        assert (version.number, version.in_force_from, version.in_force_until) == (1, AT, None)
        assert set(version.steps.values_list("stage", flat=True)) == set(Stage.values)
        assert version.rungs.count() == 4
    assert not Step.objects.filter(limit__isnull=False, unit="").exists()


def test_each_official_can_do_his_part_in_every_section() -> None:
    founding = found(at=AT)
    for code, department in founding.departments.items():
        people = {post: User.objects.get(username=f"{code}.{post}") for post in POSTS}
        assert all(person.first_name and person.last_name for person in people.values())
        for section in department.sections.all():
            powers = {post: powers_of(person.appointments.all(), section, AT) for post, person in people.items()}
            assert all(powers.values())
        for stage, (lead, deputy) in LEADS.items():
            charge = department.responsibilities.get(stage=stage)
            assert (charge.lead, charge.deputy) == (people[lead], people[deputy])
    assert User.objects.count() == 9 * 7 + 3
    assert Appointment.objects.filter(department=None).count() == 3


def test_without_a_password_nobody_can_sign_in() -> None:
    found(at=AT)
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_a_given_password_opens_every_account() -> None:
    found(at=AT, password="a long demo password")
    assert len(set(User.objects.values_list("password", flat=True))) == 1
    assert User.objects.get(username="law.head").check_password("a long demo password")


def test_only_the_centres_administrator_enters_the_admin_site() -> None:
    centre = found(at=AT).centre
    assert set(User.objects.filter(is_staff=True)) == {centre["admin"]}
    assert not User.objects.filter(is_superuser=True).exists()
    admin = User.objects.get(pk=centre["admin"].pk)
    assert admin.has_perms(["departments.change_holiday", "departments.add_appointment"])
    assert not admin.has_module_perms("auth")


# --- the calendar of Punjab ---


def karachi(calendar: Calendar, *when: int) -> datetime:
    return datetime(*when, tzinfo=calendar.worktime().zone)


OPEN = [
    ((2026, 1, 5, 8, 59), False),
    ((2026, 1, 5, 9, 0), True),
    ((2026, 1, 5, 13, 15), False),
    ((2026, 1, 5, 16, 59), True),
    ((2026, 1, 9, 12, 29), True),
    ((2026, 1, 9, 13, 30), False),
    ((2026, 1, 9, 14, 30), True),
    ((2026, 1, 10, 10, 0), False),
    ((2026, 2, 17, 16, 0), True),
    ((2026, 2, 18, 14, 59), True),
    ((2026, 2, 18, 16, 0), False),
    ((2026, 2, 20, 12, 31), False),
    ((2026, 3, 19, 16, 0), False),
    ((2026, 3, 24, 16, 0), True),
    ((2026, 8, 14, 10, 0), False),
    ((2017, 7, 3, 10, 0), True),
]


def test_the_hours_of_the_offices() -> None:
    calendar = found(at=AT).calendar
    for when, is_it_open in OPEN:
        assert is_open(calendar.worktime(), karachi(calendar, *when)) is is_it_open, when


def test_holidays_are_known_from_2014_to_2035_and_moon_sighted_ones_are_provisional() -> None:
    calendar = found(at=AT).calendar
    years = Counter(calendar.holidays.values_list("date__year", flat=True))
    assert set(years) == set(range(2014, 2036))
    assert calendar.holidays.get(date=date(2030, 2, 6)).status == Holiday.Status.PROVISIONAL
    assert calendar.holidays.get(date=date(2030, 8, 14)).status == Holiday.Status.CONFIRMED
    assert not is_working_day(calendar.worktime(), date(2030, 2, 6))


def test_a_calendar_that_is_there_stays_as_it_is() -> None:
    by = found_centre()["admin"]
    there = Calendar.objects.create(code="punjab-offices", name={"en": "Ours"})
    assert found_calendar(punjab_offices(), by=by, at=AT) == there
    assert there.versions.count() == 0


# --- a department from elsewhere ---


def agency(code: str = "sanitation", **changes: Any) -> DepartmentPlan:
    section = Name(en="Field Office")
    fields: dict[str, Any] = {
        "name": Name(en="Sanitation"),
        "sections": {"field": section, "audit": Name(en="Audit")},
        "responsible": {Stage.CONTENT: "field", Stage.RESPONSE: "field", Stage.MONITORING: "audit"},
        "channels": (ChannelPlan("web", Name(en="Web")),),
        "categories": (CategoryPlan("missed", Name(en="Missed pickup"), "complaint", "field", 2, "calendar_days"),),
        **changes,
    }
    return DepartmentPlan(code, **fields)


def test_an_agency_with_its_own_calendar_and_procedure_in_a_year_before_the_founding() -> None:
    centre = found(at=AT).centre
    then = datetime(2018, 1, 1, tzinfo=UTC)
    put = {"by": centre["admin"], "at": then}
    week = WeekPlan(date(2000, 1, 1), ROUND_THE_CLOCK)
    calendar = found_calendar(CalendarPlan("nyc", Name(en="New York"), "America/New_York", (week,)), **put)
    department = found_department(agency(), calendar, **put)
    with pytest.raises(NotReady, match="No procedure is in force"):
        go_live(department, **put)
    until = datetime(2100, 1, 1, tzinfo=UTC)
    limits = {"R3": (30, Unit.CALENDAR_DAYS), "R6": (60, Unit.CALENDAR_DAYS)}
    for reason in Reason:
        found_own_sop(department, reason, limits, why="The city's own terms.", until=until, **put)
        found_own_sop(department, reason, {}, why="A second time.", until=until, **put)
    go_live(department, **put)
    version = SopVersion.objects.for_query(department, "complaint", datetime(2018, 6, 1, tzinfo=UTC))
    assert version is not None
    assert (version.number, version.deviation_reason, version.in_force_until) == (1, "The city's own terms.", until)
    step = version.steps.get(code="R6")
    assert (step.limit, step.unit, step.counts_from) == (60, "calendar_days", "receipt")
    assert version.steps.get(code="R1").limit == 1
    assert between(calendar.worktime(), then, then + 1000 * HOUR) == 1000 * HOUR
    assert add_days(calendar.worktime(), datetime(2018, 1, 6, 5, tzinfo=UTC), 1).date() == date(2018, 1, 8)
    assert department.categories.get().resolution_unit == "calendar_days"
    assert found_department(agency(name=Name(en="Another")), calendar, **put) == department


def test_an_own_procedure_that_is_laxer_must_end() -> None:
    founding = found(at=AT)
    by = founding.centre["admin"]
    with pytest.raises(Invalid, match="R3"):
        found_own_sop(
            founding.departments["law"],
            "question",
            {"R3": (9, Unit.WORKING_DAYS)},
            why="",
            until=AT + HOUR,
            by=by,
            at=AT,
        )


def test_people_who_have_an_account_keep_it() -> None:
    officer = User.objects.create(username="sanitation.officer1", first_name="Old")
    by = make_official("root", Role.ADMINISTRATOR)
    found_uniform_sops(by=by, at=AT)
    calendar = found_calendar(punjab_offices(), by=by, at=AT)
    found_department(agency(), calendar, by=by, at=AT)
    officer.refresh_from_db()
    assert (officer.first_name, officer.appointments.get().role) == ("Old", Role.OFFICER)


def test_a_draft_that_somebody_began_does_not_stand_in_the_way() -> None:
    by = make_official("root", Role.ADMINISTRATOR)
    sop = Sop.objects.create(reason="question")
    SopVersion.objects.create(sop=sop, number=1)
    assert found_uniform_sops(by=by, at=AT)["question"].number == 2


def test_the_plans_name_only_sections_that_exist() -> None:
    for plan in nine_departments():
        named = {*plan.responsible.values(), *(category.section for category in plan.categories)}
        assert named <= set(plan.sections)
        assert set(plan.officials) == set(POSTS)
        assert set(plan.responsible) == set(Stage.values)


# --- manage.py found_standard ---


def test_a_real_installation_begins_with_procedures_and_a_calendar_but_no_department() -> None:
    User.objects.create(username="root", is_superuser=True)
    out = StringIO()
    for _time in range(2):
        call_command("found_standard", "--by", "root", stdout=out)
    assert "question (uniform) v1 in force since" in out.getvalue()
    assert Calendar.objects.get().code == "punjab-offices"
    assert SopVersion.objects.count() == 6
    assert not Department.objects.exists()
    assert not Section.objects.exists()


def test_the_command_says_who_is_missing_or_may_not() -> None:
    with pytest.raises(CommandError, match="createsuperuser"):
        call_command("found_standard", "--by", "nobody")
    User.objects.create(username="clerk")
    with pytest.raises(CommandError, match="administrator of the centre"):
        call_command("found_standard", "--by", "clerk")
    assert not Sop.objects.exists()


def test_no_model_of_the_room_points_upwards() -> None:
    for model in apps.get_app_config("departments").get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey):
                assert field.related_model._meta.app_label == "departments"
