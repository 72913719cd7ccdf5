"""The world that tests live in: a department that is live, its people, and nine-to-five working days."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password

from departments.administration import go_live
from departments.channels import ChannelKind
from departments.founding import found_uniform_sops
from departments.models import (
    Appointment,
    Calendar,
    CalendarVersion,
    Category,
    Channel,
    ChannelOpening,
    Department,
    Interval,
    Responsibility,
    Section,
    User,
)
from departments.models.calendars import _loaded
from departments.roles import Role
from departments.sops import Reason, Stage
from tests.moulds import poured

# Before anything that a test does.
FOUNDED = datetime(2020, 1, 1, tzinfo=UTC)

PEOPLE: dict[str, Role] = {
    "intake": Role.INTAKE,
    "officer": Role.OFFICER,
    "officer2": Role.OFFICER,
    "approver": Role.APPROVER,
    "monitor": Role.MONITOR,
    "head": Role.HEAD,
    "administrator": Role.ADMINISTRATOR,
    "auditor": Role.AUDITOR,
}
SECTIONS = ("answers", "checks", "elsewhere")

# A worktime is kept in memory by calendar and revision; tests roll calendars back and then their keys come again, so
# every calendar made here begins with a revision that no other has had.
_revisions = count(1_000_000, 1_000)
# Hashing a password is slow on purpose, so nobody here has one; sign in with client.force_login.
_NO_PASSWORD = make_password(None)


@dataclass(frozen=True)
class World:
    """A department and who and what is in it. Every person but `centre` serves the whole department, and nobody
    else serves in it; `section` owns content and response, `monitoring` owns monitoring, `other` owns nothing."""

    department: Department
    calendar: Calendar
    section: Section
    monitoring: Section
    other: Section
    intake: User
    officer: User
    officer2: User
    approver: User
    monitor: User
    head: User
    administrator: User
    auditor: User
    centre: User
    channels: dict[str, Channel]
    categories: dict[str, Category]


def make_world(code: str = "alpha", *, at: datetime = FOUNDED, live: bool = True, **overrides: Any) -> World:
    """Build a department called `code` with everything it needs, in being since `at`.

    `overrides` are fields of the Department, such as name or calendar. Worlds share calendar, centre and procedures.
    """
    _loaded.cache_clear()  # a mould's calendar comes again with its key and revision
    found = partial(_found_world, code, at=at, live=live, **overrides)
    return found() if overrides else poured((code, at, live), found)


make_department = make_world


def _found_world(code: str, *, at: datetime, live: bool, **overrides: Any) -> World:
    centre = make_official("centre.admin", Role.ADMINISTRATOR, at=at)
    found_uniform_sops(by=centre, at=at)
    calendar = overrides.pop("calendar", None) or make_calendar()
    fields = {"name": {"en": code.title(), "ur": f"محکمہ {code}"}, **overrides}
    department = Department.objects.create(code=code, calendar=calendar, **fields)
    sections = [_section(department, name) for name in SECTIONS]
    people = {post: make_official(f"{code}.{post}", role, department, at=at) for post, role in PEOPLE.items()}
    _make_responsible(department, sections, people, at)
    if live:
        go_live(department, by=centre, at=at)
    return World(
        department,
        calendar,
        *sections,
        **people,
        centre=centre,
        channels=_channels(department, at),
        categories=_categories(department, sections[0]),
    )


def make_calendar(code: str = "nine-to-five", zone: str = "Asia/Karachi") -> Calendar:
    """Return the calendar called `code`: Monday to Friday from 9 to 17, no holidays."""
    there = Calendar.objects.filter(code=code).first()
    if there is not None:
        return there
    calendar = Calendar.objects.create(code=code, name={"en": code}, zone=zone, revision=next(_revisions))
    version = CalendarVersion.objects.create(calendar=calendar, since=date(2000, 1, 1))
    Interval.objects.bulk_create(Interval(version=version, weekday=day, opens=540, closes=1020) for day in range(5))
    return calendar


def departments_now() -> list[Department]:
    """The departments with their calendars as they are now: a life may have declared a holiday."""
    return list(Department.objects.select_related("calendar").order_by("pk"))


def make_official(
    username: str,
    role: str,
    department: Department | None = None,
    section: Section | None = None,
    *,
    at: datetime = FOUNDED,
) -> User:
    """Return the user in this post since `at`; without a department it is a post at the centre."""
    user, made = User.objects.get_or_create(username=username, defaults={"password": _NO_PASSWORD})
    if made:
        Appointment.objects.create(user=user, department=department, section=section, role=role, since=at)
    return user


def _section(department: Department, code: str) -> Section:
    name = {"en": code.title(), "ur": f"شعبہ {code}"}
    return Section.objects.create(department=department, code=code, name=name)


def _make_responsible(department: Department, sections: list[Section], people: dict[str, User], at: datetime) -> None:
    answers, checks, _elsewhere = sections
    owners = {
        Stage.CONTENT: (answers, people["approver"], people["officer"]),
        Stage.RESPONSE: (answers, people["officer"], people["officer2"]),
        Stage.MONITORING: (checks, people["monitor"], people["head"]),
    }
    Responsibility.objects.bulk_create(
        Responsibility(department=department, stage=stage, section=section, lead=lead, deputy=deputy, since=at)
        for stage, (section, lead, deputy) in owners.items()
    )


def _channels(department: Department, at: datetime) -> dict[str, Channel]:
    domain = f"{department.code}.example"
    made = Channel.objects.bulk_create(
        Channel(department=department, kind=kind.value, name={"en": str(kind.label)}, address=f"{kind}@{domain}")
        for kind in ChannelKind
    )
    ChannelOpening.objects.bulk_create(ChannelOpening(channel=channel, since=at) for channel in made)
    return {channel.kind: channel for channel in made}


def _categories(department: Department, section: Section) -> dict[str, Category]:
    made = Category.objects.bulk_create(
        Category(
            department=department, code=reason.replace("_", "-"), name={"en": reason}, reason=reason, section=section
        )
        for reason in Reason.values
    )
    return {category.reason: category for category in made}
