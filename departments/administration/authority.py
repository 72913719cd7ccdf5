"""Who may change a department: the one condition that every verb here asks first.

A power is granted by place: who administers a department gives and takes its posts, whatever they carry; the centre's
administrators do so everywhere; nobody changes their own (reliability P0-17). A superuser counts as an administrator
of the centre, so that a new installation can begin.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from departments.errors import NotAllowed
from departments.models import Department, User
from departments.roles import administers, current


def may_administer(by: User, department: Department | None, at: datetime) -> bool:
    """True if `by` may change the department at `at`; None is the centre."""
    return _may_administer(by, department.pk if department else None, at)


def must_administer(by: User, department: Department | None, at: datetime) -> None:
    """Raise NotAllowed unless `by` may change the department at `at`; None is the centre."""
    if may_administer(by, department, at):
        return
    if department is None:
        raise NotAllowed(_("Only an administrator of the centre may do this."))
    raise NotAllowed(_("Only an administrator of “%(department)s” may do this.") % {"department": department})


def may_vouch_for(by: User, user: User, at: datetime) -> bool:
    """True if `by` may change the account of `user` at `at`: who can sign in as somebody holds all his posts, so he
    must administer every place where `user` serves. Accounts with rights in the admin site are a superuser's."""
    if by.is_superuser and by.is_active:
        return True
    if by.pk == user.pk or user.is_superuser or user.is_staff:
        return False
    places = {post.department_id for post in current(user.appointments.all(), at)}
    return all(_may_administer(by, place, at) for place in places)


def _may_administer(by: User, department_id: int | None, at: datetime) -> bool:
    if not by.is_active:
        return False
    return by.is_superuser or administers(by.appointments.all(), department_id, at)
