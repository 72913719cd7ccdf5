"""The verbs that found a government: its districts, calendar and uniform procedures, the centre, and live departments.

Each looks first whether what it founds is there, and then leaves it as it is; so all may be repeated at will.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission
from django.db import transaction

from departments.administration import adopt, calendar_changed, go_live, make_responsible, open_channels, open_week
from departments.administration.authority import must_administer
from departments.almanac import public_holidays
from departments.models import (
    Appointment,
    Calendar,
    Category,
    Channel,
    Department,
    District,
    Holiday,
    Rung,
    Section,
    Sop,
    SopVersion,
    StandardText,
    Step,
    User,
)
from departments.plans import (
    CalendarPlan,
    DepartmentPlan,
    RungPlan,
    StepPlan,
    centre_officials,
    districts,
    nine_departments,
    punjab_offices,
    standard_texts,
    uniform_rungs,
    uniform_steps,
)
from departments.roles import Role
from departments.sops import Reason, Stage, Unit

# The posts of every department by the second half of the username, such as "livestock.officer1".
POSTS: dict[str, Role] = {
    "intake": Role.INTAKE,
    "officer1": Role.OFFICER,
    "officer2": Role.OFFICER,
    "approver": Role.APPROVER,
    "monitor": Role.MONITOR,
    "head": Role.HEAD,
    "admin": Role.ADMINISTRATOR,
}
CENTRE_POSTS: dict[str, Role] = {"admin": Role.ADMINISTRATOR, "monitor": Role.MONITOR, "auditor": Role.AUDITOR}

# Lead and deputy of each stage. Who monitors does not answer, so that nobody checks his own work.
LEADS: dict[str, tuple[str, str]] = {
    Stage.CONTENT: ("approver", "officer1"),
    Stage.RESPONSE: ("officer1", "officer2"),
    Stage.MONITORING: ("monitor", "head"),
}

# The centre was there before the first department, however far back a department's records reach.
_SINCE_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Founding:
    """What `found` has founded or found in place; departments and the centre's people by their codes."""

    calendar: Calendar
    departments: dict[str, Department]
    centre: dict[str, User]


@transaction.atomic
def found(*, at: datetime, password: str | None = None) -> Founding:
    """Found the nine departments, live since `at`. Without a password nobody can sign in until one is set."""
    secret = make_password(password)  # once for all, because hashing is meant to be slow
    found_districts()
    centre = found_centre(secret=secret)
    by = centre["admin"]
    calendar = found_calendar(punjab_offices(), by=by, at=at)
    found_uniform_sops(by=by, at=at)
    found_standard_texts(by=by, at=at)
    departments = {}
    for plan in nine_departments():
        department = found_department(plan, calendar, by=by, at=at, secret=secret)
        if department.live_since is None:
            go_live(department, by=by, at=at)
        departments[plan.code] = department
    return Founding(calendar, departments, centre)


@transaction.atomic
def found_districts() -> dict[str, District]:
    """Return the districts of Pakistan by code, and whatever others an administrator has entered."""
    there = set(District.objects.values_list("code", flat=True))
    District.objects.bulk_create(District(**vars(plan)) for plan in districts() if plan.code not in there)
    return {district.code: district for district in District.objects.all()}


@transaction.atomic
def found_centre(*, secret: str = "") -> dict[str, User]:
    """Return the centre's people by post. The administrator may also use the admin site for all that is kept here."""
    centre = _people("centre", centre_officials(), secret)
    held = set(Appointment.objects.filter(department=None).values_list("user_id", flat=True))
    Appointment.objects.bulk_create(
        Appointment(user=centre[post], role=role, since=_SINCE_EVER)
        for post, role in CENTRE_POSTS.items()
        if centre[post].pk not in held
    )
    admin = centre["admin"]
    if not held:
        User.objects.filter(pk=admin.pk).update(is_staff=True)
        admin.user_permissions.set(Permission.objects.filter(content_type__app_label="departments"))
    return centre


@transaction.atomic
def found_calendar(plan: CalendarPlan, *, by: User, at: datetime) -> Calendar:
    """Return the calendar with its dated hours and the public holidays of Pakistan for the years it names."""
    there = Calendar.objects.filter(code=plan.code).first()
    if there is not None:
        return there
    calendar = Calendar.objects.create(code=plan.code, name=plan.name, zone=plan.zone)
    for week in plan.weeks:
        open_week(calendar, week.since, week.intervals, note=week.note, by=by, at=at)
    Holiday.objects.bulk_create(
        Holiday(
            calendar=calendar,
            date=day.date,
            name=day.name,
            status=Holiday.Status.PROVISIONAL if day.estimated else Holiday.Status.CONFIRMED,
        )
        for day in public_holidays(plan.holiday_years)
    )
    calendar_changed(calendar, by=by, at=at)
    return calendar


@transaction.atomic
def found_uniform_sops(*, by: User, at: datetime) -> dict[str, SopVersion]:
    """Return the uniform procedure for each reason, version 1 in force since `at` where there was none."""
    return {reason: _found_sop(reason, None, uniform_steps(reason), uniform_rungs(), by=by, at=at) for reason in Reason}


@transaction.atomic
def found_standard_texts(*, by: User, at: datetime) -> list[StandardText]:
    """Enter the standard texts for all departments that are not there, and return those. One that was closed stays
    closed."""
    must_administer(by, None, at)
    there = set(StandardText.objects.filter(department=None).values_list("language", "text"))
    missing = [plan for plan in standard_texts() if (plan.language, plan.text) not in there]
    return StandardText.objects.bulk_create(StandardText(**vars(plan)) for plan in missing)


@transaction.atomic
def found_own_sop(
    department: Department,
    reason: str,
    limits: Mapping[str, tuple[int, Unit]],
    *,
    why: str,
    until: datetime,
    by: User,
    at: datetime,
) -> SopVersion:
    """Return the department's own procedure for `reason`: the uniform steps with other `limits` by code.

    A limit laxer than the uniform one is a deviation, so it has a reason and ends.
    """
    steps = [
        replace(step, limit=limits[step.code][0], unit=limits[step.code][1]) if step.code in limits else step
        for step in uniform_steps(reason)
    ]
    return _found_sop(reason, department, steps, uniform_rungs(), why=why, until=until, by=by, at=at)


@transaction.atomic
def found_department(
    plan: DepartmentPlan, calendar: Calendar, *, by: User, at: datetime, secret: str = ""
) -> Department:
    """Return the department with sections, people, channels and catalogue, every stage with its owners since `at`.

    It is not live yet: `go_live` refuses until procedures are in force for it, uniform or its own. `secret` is the
    encoded password of new accounts.
    """
    there = Department.objects.filter(code=plan.code).first()
    if there is not None:
        return there
    department = Department.objects.create(code=plan.code, name=plan.name, calendar=calendar)
    sections = {
        section.code: section
        for section in Section.objects.bulk_create(
            Section(department=department, code=code, name=name) for code, name in plan.sections.items()
        )
    }
    people = _people(plan.code, {post: plan.officials.get(post, "") for post in POSTS}, secret)
    Appointment.objects.bulk_create(
        Appointment(user=people[post], department=department, role=role, since=at) for post, role in POSTS.items()
    )
    _open_channels_and_catalogue(plan, department, sections, by=by, at=at)
    for stage, (lead, deputy) in LEADS.items():
        section = sections[plan.responsible[stage]]
        make_responsible(department, stage, section, people[lead], people[deputy], by=by, at=at)
    return department


def _open_channels_and_catalogue(
    plan: DepartmentPlan, department: Department, sections: Mapping[str, Section], *, by: User, at: datetime
) -> None:
    ways = [Channel(department=department, kind=way.kind, name=way.name, address=way.address) for way in plan.channels]
    open_channels(ways, by=by, at=at)
    Category.objects.bulk_create(
        Category(
            department=department,
            code=line.code,
            name=line.name,
            reason=line.reason,
            section=sections[line.section],
            questions=[dict(question) for question in line.questions],
            resolution_limit=line.limit,
            resolution_unit=line.unit,
        )
        for line in plan.categories
    )


def _people(prefix: str, names: Mapping[str, str], secret: str) -> dict[str, User]:
    """Return a user for each post of `names`, called prefix.post; who has no account yet gets one."""
    usernames = {post: f"{prefix}.{post}" for post in names}
    there = set(User.objects.filter(username__in=usernames.values()).values_list("username", flat=True))
    password = secret or make_password(None)
    User.objects.bulk_create(
        User(
            username=usernames[post],
            first_name=name.partition(" ")[0],
            last_name=name.partition(" ")[2],
            password=password,
        )
        for post, name in names.items()
        if usernames[post] not in there
    )
    people = {user.username: user for user in User.objects.filter(username__in=usernames.values())}
    return {post: people[username] for post, username in usernames.items()}


def _found_sop(
    reason: str,
    department: Department | None,
    steps: Iterable[StepPlan],
    rungs: Iterable[RungPlan],
    *,
    why: str = "",
    until: datetime | None = None,
    by: User,
    at: datetime,
) -> SopVersion:
    sop, _made = Sop.objects.get_or_create(reason=reason, department=department)
    there = sop.versions.filter(in_force_from__isnull=False).order_by("number").last()
    if there is not None:
        return there
    number = sop.versions.count() + 1
    version = SopVersion.objects.create(sop=sop, number=number, deviation_reason=why)
    Step.objects.bulk_create(Step(version=version, **vars(step)) for step in steps)
    Rung.objects.bulk_create(Rung(version=version, **vars(rung)) for rung in rungs)
    adopt(version, at, until=until, by=by, at=at)
    return version
