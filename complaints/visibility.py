"""Who may see a complaint: one condition for lists, look-ups, counts, search, exports and API."""

from datetime import datetime

from django.db.models import Q

from departments.models import User
from departments.roles import scope_of


def visible_to(official: User, *, at: datetime, path: str = "") -> Q:
    """The complaints that `official` may see at `at` by his appointments; `path` is the prefix to the complaint.

    A department sees what it holds and what is offered to it by a pending transfer; a section's people see what
    their section answers or checks. Without a current appointment: nothing, superuser or not.
    """
    scope = scope_of(official.appointments.all(), at)
    if scope.everything:
        return Q()
    return (
        Q(**{f"{path}department__in": scope.departments})
        | Q(**{f"{path}offered_to__in": scope.departments})
        | Q(**{f"{path}section__in": scope.sections})
        | Q(**{f"{path}monitored_by__in": scope.sections})
    )
