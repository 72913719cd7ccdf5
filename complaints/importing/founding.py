"""Agencies of another city as departments of ours: live since the beginning, owing only what the source promises.

What is founded once is found again by its name. Each department has four accounts that nobody can sign in to until an
administrator sets a password: the desk (which took the requests down and closed them), its deputy, a monitor, a head.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.text import slugify

from complaints.importing.requests import BEGINNING, Request
from complaints.importing.sources import Source
from complaints.importing.survey import AgencySurvey, Survey
from complaints.steps import RESOLUTION
from departments.administration import go_live, make_responsible
from departments.channels import ChannelKind
from departments.errors import NotReady
from departments.models import (
    Appointment,
    Calendar,
    CalendarVersion,
    Category,
    Channel,
    ChannelOpening,
    Department,
    Interval,
    Rung,
    Section,
    Sop,
    SopVersion,
    Step,
    User,
)
from departments.plans import ROUND_THE_CLOCK, uniform_rungs, uniform_steps
from departments.roles import Role
from departments.sops import Reason, Stage, Unit

# Nobody knows what these requests are to the city, so all of them are what most are.
REASON = Reason.COMPLAINT

# The procedure is a deviation, and a deviation ends on a date.
_END = datetime(2100, 1, 1, tzinfo=UTC)
_DESK, _DEPUTY, _MONITOR, _HEAD = "desk", "deputy", "monitor", "head"
_POSTS: tuple[tuple[str, Role], ...] = (
    (_DESK, Role.OFFICER),
    (_DEPUTY, Role.OFFICER),
    (_MONITOR, Role.MONITOR),
    (_HEAD, Role.HEAD),
    (_HEAD, Role.ADMINISTRATOR),
)
_LEADS = {Stage.CONTENT: (_DESK, _DEPUTY), Stage.RESPONSE: (_DESK, _DEPUTY), Stage.MONITORING: (_MONITOR, _HEAD)}
_SECTION = "requests"
_LONGEST_CODE = 50
_LONGEST_CATEGORY_CODE = 80
_LONGEST_ADDRESS = 200


@dataclass(frozen=True)
class Agency:
    """A founded agency with all that its rows need, so that no row asks the database for it again."""

    department: Department
    desk: User
    channels: Mapping[str, Channel]
    categories: Mapping[str, Category]

    def serves(self, request: Request) -> bool:
        """True if the channel and the type of the request are founded."""
        return request.channel in self.channels and request.subject in self.categories


@transaction.atomic
def found_agencies(source: Source, survey: Survey, *, prefix: str) -> dict[str, Agency]:
    """Return every agency of the survey, founding what is not there; all of it since the beginning of the records.

    Raises NotReady where a department or an account of that code is there already and is not ours.
    """
    calendar = _calendar(source)
    secret = make_password(None)
    return {
        name: _agency(source, calendar, name, found, prefix, secret) for name, found in sorted(survey.agencies.items())
    }


def _calendar(source: Source) -> Calendar:
    """Return the calendar that never closes, in the city's zone: the source says nothing of working hours."""
    code = slugify(f"311 {source.zone.replace('/', ' ')}")
    there = Calendar.objects.filter(code=code).first()
    if there is not None:
        return there
    calendar = Calendar.objects.create(code=code, name={"en": f"Round the clock, {source.zone}"}, zone=source.zone)
    week = CalendarVersion.objects.create(calendar=calendar, since=BEGINNING.date(), note="Working hours not known")
    Interval.objects.bulk_create(
        Interval(version=week, weekday=day, opens=opens, closes=closes) for day, opens, closes in ROUND_THE_CLOCK
    )
    return calendar


def _agency(source: Source, calendar: Calendar, agency: str, found: AgencySurvey, prefix: str, secret: str) -> Agency:
    name = f"{agency} ({source.city})"
    code, department = _department_called(f"{prefix}{agency}", name)
    if department is None:
        department = _found(source, calendar, code, name, secret)
    if department.calendar_id != calendar.pk:
        raise NotReady(f"There is another department with the code “{code}”; choose another --department-prefix.")
    department.calendar = calendar
    desk = desk_of(department)
    if desk is None:
        raise NotReady(f"The account “{code}.{_DESK}” is gone; without it nothing can be imported for {department}.")
    section = department.sections.get(code=_SECTION)
    return Agency(
        department=department,
        desk=desk,
        channels=_channels(source, department, found.channels),
        categories=_categories(department, section, found.subjects),
    )


def desk_of(department: Department) -> User | None:
    """Return the desk of a founded department with its appointments at hand; None where the department has none."""
    return User.objects.prefetch_related("appointments").filter(username=f"{department.code}.{_DESK}").first()


def _department_called(wanted: str, name: str) -> tuple[str, Department | None]:
    """Return the code of the agency's department and, if there is one, the department. Where another agency's name
    gives the same code, or the code is too long, a digest of the name tells them apart."""
    plain = slugify(wanted)
    if plain and len(plain) <= _LONGEST_CODE:
        there = Department.objects.filter(code=plain).first()
        if there is None or there.name.get("en") == name:
            return plain, there
    code = _with_digest(plain, name, _LONGEST_CODE)
    return code, Department.objects.filter(code=code).first()


def _with_digest(plain: str, name: str, longest: int) -> str:
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{plain[: longest - 9]}-{digest}".strip("-")


def _found(source: Source, calendar: Calendar, code: str, name: str, secret: str) -> Department:
    usernames = {post: f"{code}.{post}" for post, _role in _POSTS}
    if taken := User.objects.filter(username__in=usernames.values()).order_by("username").first():
        raise NotReady(f"There is an account “{taken.username}” already; choose another --department-prefix.")
    department = Department.objects.create(code=code, name={"en": name}, calendar=calendar)
    section = Section.objects.create(department=department, code=_SECTION, name={"en": "Requests"})
    made = User.objects.bulk_create(
        User(username=username, first_name=post.capitalize(), last_name=name, password=secret)
        for post, username in usernames.items()
    )
    people = dict(zip(usernames, made, strict=True))
    Appointment.objects.bulk_create(
        Appointment(user=people[post], department=department, role=role, since=BEGINNING) for post, role in _POSTS
    )
    for stage, (lead, deputy) in _LEADS.items():
        make_responsible(department, stage, section, people[lead], people[deputy], by=people[_HEAD], at=BEGINNING)
    for reason in Reason:
        _put_in_force(source, department, reason, by=people[_HEAD])
    go_live(department, by=people[_HEAD], at=BEGINNING)
    return department


def _put_in_force(source: Source, department: Department, reason: str, *, by: User) -> None:
    """Give the department a procedure of one step, the resolution, without a limit: each request brings its date, or
    its type does. `adopt` refuses a procedure that sets no limit itself, hence the row is written here."""
    version = SopVersion.objects.create(
        sop=Sop.objects.create(reason=reason, department=department),
        number=1,
        in_force_from=BEGINNING,
        in_force_until=_END,
        adopted_by=by,
        deviation_reason=f"Imported from {source.city}'s own records; only the city's own due date is known.",
    )
    uniform = next(step for step in uniform_steps(REASON) if step.code == RESOLUTION)
    Step.objects.create(version=version, **{**vars(uniform), "limit": None, "unit": ""})
    flag = uniform_rungs()[0]
    Rung.objects.create(version=version, **vars(flag))


def _channels(source: Source, department: Department, wanted: Mapping[str, ChannelKind]) -> dict[str, Channel]:
    there = {(channel.kind, channel.address): channel for channel in department.channels.all()}
    keys = {name: (kind.value, f"{source.code}: {name}"[:_LONGEST_ADDRESS]) for name, kind in wanted.items()}
    missing = {key: name for name, key in keys.items() if key not in there}
    made = Channel.objects.bulk_create(
        Channel(department=department, kind=kind, name={"en": name}, address=address)
        for (kind, address), name in missing.items()
    )
    # As open_channels does; the records name nobody who opened them.
    ChannelOpening.objects.bulk_create(ChannelOpening(channel=channel, since=BEGINNING) for channel in made)
    there.update(((channel.kind, channel.address), channel) for channel in made)
    for channel in there.values():
        channel.department = department  # the one instance that has its calendar
    return {name: there[key] for name, key in keys.items()}


def _categories(department: Department, section: Section, wanted: Mapping[str, int | None]) -> dict[str, Category]:
    there = {category.name.get("en", ""): category for category in department.categories.all()}
    _take_back_limits([(there[name], days) for name, days in wanted.items() if name in there])
    codes = {category.code for category in there.values()}
    new = []
    for name in sorted(wanted.keys() - there.keys()):
        code = _free_code(name, codes)
        codes.add(code)
        new.append(_category(department, section, code, name, wanted[name]))
    there.update((category.name["en"], category) for category in Category.objects.bulk_create(new))
    for category in there.values():
        category.section = section
    return {name: there[name] for name in wanted}


def _category(department: Department, section: Section, code: str, name: str, days: int | None) -> Category:
    return Category(
        department=department,
        code=code,
        name={"en": name},
        reason=REASON,
        section=section,
        resolution_limit=days,
        resolution_unit="" if days is None else Unit.CALENDAR_DAYS,
    )


def _take_back_limits(known: Iterable[tuple[Category, int | None]]) -> None:
    """A newer file may show that a type is not always due in the same number of days: then it has no limit of its
    own. Each request keeps the date that it was given."""
    for category, days in known:
        if category.resolution_limit is not None and category.resolution_limit != days:
            category.resolution_limit, category.resolution_unit = None, ""
            Category.objects.filter(pk=category.pk).update(resolution_limit=None, resolution_unit="")


def _free_code(name: str, taken: set[str]) -> str:
    plain = slugify(name)
    if plain and len(plain) <= _LONGEST_CATEGORY_CODE and plain not in taken:
        return plain
    return _with_digest(plain, name, _LONGEST_CATEGORY_CODE)
