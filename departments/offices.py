"""Who answers to the public: the live departments; what each handles, how and when it is reached, and for each stage
the section and the post of its lead."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from django.db import models
from django.db.models import Prefetch, Q

from departments.channels import FOR_MACHINES, ChannelKind
from departments.models import Category, Channel, Department, Interval, Responsibility, Section, User
from departments.roles import Role, current
from departments.sops import Stage
from departments.worktime import Worktime, week_on


@dataclass(frozen=True)
class Charge:
    """One stage and who answers for it; no section when nobody does, no post when its lead holds none here."""

    stage: Stage
    section: Section | None
    post: Role | None


@dataclass(frozen=True)
class Way:
    """An open channel; `link` is what a phone or a browser can open, empty when nothing can."""

    channel: Channel
    link: str

    @property
    def shown(self) -> str:
        """The address as people say it."""
        return self.channel.address.removeprefix("https://")


@dataclass(frozen=True)
class OpenDays:
    """Neighbouring weekdays with the same hours, such as Monday to Thursday, 09:00 to 13:00 and 13:30 to 17:00, in the
    office's own time."""

    first: str
    last: str
    hours: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Office:
    """A live department: its three stages in their order, what it handles, how it is reached, and when it is open in
    the week of the reading."""

    department: Department
    charges: tuple[Charge, ...]
    categories: tuple[Category, ...]
    ways: tuple[Way, ...]
    open_days: tuple[OpenDays, ...]


def live_departments(at: datetime) -> models.QuerySet[Department]:
    """Return the departments that take queries at `at`, by code, with their calendars."""
    return Department.objects.filter(live_since__lte=at).select_related("calendar").order_by("code")


def offices(at: datetime) -> list[Office]:
    """Return the departments that take queries at `at`, by code, in a number of queries that does not grow (a calendar
    is read once a process and revision). Names of persons are left out: the public is owed the office and the post."""
    held = Q(since__lte=at) & (Q(until__isnull=True) | Q(until__gt=at))
    responsible = Responsibility.objects.filter(held).select_related("section", "lead")
    departments = live_departments(at)
    return [
        Office(
            department,
            _charges(department.responsibilities.all(), at),
            tuple(department.categories.all()),
            tuple(Way(channel, _link(channel)) for channel in department.channels.all()),
            _open_days(department.calendar.worktime(), at),
        )
        for department in departments.prefetch_related(
            Prefetch("responsibilities", responsible.prefetch_related("lead__appointments")),
            Prefetch("categories", Category.objects.filter(is_open=True).order_by("pk")),
            Prefetch("channels", Channel.objects.filter(is_open=True).exclude(kind__in=FOR_MACHINES).order_by("pk")),
        )
    ]


def _link(channel: Channel) -> str:
    """Return an address that a phone or browser opens. Outside pages only by https: what an administrator typed is
    shown to everybody."""
    if channel.kind == ChannelKind.EMAIL:
        return f"mailto:{channel.address}"
    if channel.kind in (ChannelKind.PHONE, ChannelKind.SMS):
        number = re.sub(r"[^+\d]", "", channel.address)
        return f"{'tel' if channel.kind == ChannelKind.PHONE else 'sms'}:{number}" if number else ""
    return channel.address if channel.address.startswith("https://") else ""


def _open_days(worktime: Worktime, at: datetime) -> tuple[OpenDays, ...]:
    week = week_on(worktime, at.astimezone(worktime.zone).date())
    days = [(day, week.get(day)) for day, _name in Interval.WEEKDAYS]
    named = dict(Interval.WEEKDAYS)
    found = []
    for hours, same in groupby(days, key=itemgetter(1)):
        together = [day for day, _hours in same]
        if hours:
            clock = tuple((_clock(each.opens), _clock(each.closes)) for each in hours)
            found.append(OpenDays(str(named[together[0]]), str(named[together[-1]]), clock))
    return tuple(found)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _charges(responsibilities: Iterable[Responsibility], at: datetime) -> tuple[Charge, ...]:
    by_stage = {row.stage: row for row in responsibilities}
    return tuple(_charge(stage, by_stage.get(stage), at) for stage in Stage)


def _charge(stage: Stage, row: Responsibility | None, at: datetime) -> Charge:
    if row is None:
        return Charge(stage, None, None)
    return Charge(stage, row.section, _post(row, at))


def _post(row: Responsibility, at: datetime) -> Role | None:
    return post_of(row.lead, row.section, at) if row.lead is not None else None


def post_of(person: User, section: Section, at: datetime) -> Role | None:
    """Return the person's post in the section, else the post elsewhere in its department: what the public is told
    instead of a name."""
    posts = current(person.appointments.all(), at)
    here = [post for post in posts if post.department_id == section.department_id]
    nearest = sorted(here, key=lambda post: post.section_id != section.pk)
    return Role(nearest[0].role) if nearest else None
