"""Whose figures an official sees: of the departments that they may see whole, by their appointments."""

from collections.abc import Sequence
from datetime import datetime

from departments.models import Department, User
from departments.roles import POWERS, Power, Role, current, scope_of
from engagement.dashboard.exhibits import Audience


def departments_of(official: User, at: datetime) -> Sequence[Department]:
    """Return the departments, by code, whose every query `official` may see at `at`: those of a post over the whole
    department, all of them for a post at the centre. A post in a section alone shows a part, of which no figure of
    the department may be made."""
    scope = scope_of(official.appointments.all(), at)
    there = Department.objects.select_related("calendar").order_by("code")
    return list(there if scope.everything else there.filter(pk__in=scope.departments))


def reviewed_by(official: User, departments: Sequence[Department], at: datetime) -> Sequence[Department]:
    """Return those of `departments` over which `official` watches at `at`: by a post over the whole department that may
    judge closures, administers it or audits it, or by any post at the centre. Signs of gaming are for them alone: an
    office should not learn from the dashboard up to where nobody looks."""
    posts = [post for post in current(official.appointments.all(), at) if post.section_id is None]
    if any(post.department_id is None for post in posts):
        return departments
    watched = {post.department_id for post in posts if _watches(post.role)}
    return [each for each in departments if each.pk in watched]


def _watches(role: str) -> bool:
    powers = POWERS.get(role, frozenset())
    return role == Role.AUDITOR or Power.MONITOR in powers or Power.ADMINISTER in powers


def sees_all(official: User, at: datetime) -> bool:
    """Whether `official` holds a post at the centre at `at`: only then are all departments together in sight."""
    return scope_of(official.appointments.all(), at).everything


def audiences(official: User, departments: Sequence[Department], at: datetime) -> frozenset[Audience]:
    """Return what kinds of report `official` may read of all of `departments` at `at`."""
    watches = set(departments) <= set(reviewed_by(official, departments, at))
    return frozenset(Audience) if watches else frozenset(Audience) - {Audience.REVIEWERS}
