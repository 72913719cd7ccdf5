"""Whose figures an official sees: of the departments that they may see whole, by their appointments."""

from collections.abc import Sequence
from datetime import datetime

from departments.models import Department, User
from departments.roles import scope_of


def departments_of(official: User, at: datetime) -> Sequence[Department]:
    """Return the departments, by code, whose every query `official` may see at `at`: those of a post over the whole
    department, all of them for a post at the centre. A post in a section alone shows a part, of which no figure of
    the department may be made."""
    scope = scope_of(official.appointments.all(), at)
    there = Department.objects.select_related("calendar").order_by("code")
    return list(there if scope.everything else there.filter(pk__in=scope.departments))


def sees_all(official: User, at: datetime) -> bool:
    """Whether `official` holds a post at the centre at `at`: only then are all departments together in sight."""
    return scope_of(official.appointments.all(), at).everything
