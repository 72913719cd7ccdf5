"""What belongs to a quarter and to which department: contacts, answers, closures, ratings, pauses, offers.

A contact belongs to the department that holds it at `at`, everything else to the one that held the query when it
happened: letters, closures and ratings say which. All as of `at`; each row has that department as `held_by`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from complaints.models import Closure, Complaint, Letter, Pause, Rating, Transfer
from complaints.models.letters import ANSWERS_AND_INTERIM
from departments.models import Department
from engagement.compliance import Window, held_by, within


def contacts(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """What citizens brought in the period, by when it reached the office."""
    departments = [pk for window in days for pk in window.departments]
    # Who may have held it at all is asked first, because to find who did costs a look-up for each.
    return _brought(days, at).filter(Q(department__in=departments) | _gave_away(days, at))


def contacts_in_parts(days: Sequence[Window], at: datetime) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """The same in two parts, of which an index has each in order: what did not change hands since `at`, and what its
    holder of then passed on."""
    since = Transfer.objects.filter(complaint=OuterRef("pk"), accepted=True, answered_at__gt=at)
    still = Complaint.objects.filter(~Exists(since), within(days, "department", "received_at"), recorded_at__lte=at)
    return still.annotate(held_by=F("department")), _brought(days, at).filter(_gave_away(days, at))


def _gave_away(days: Sequence[Window], at: datetime) -> Q:
    departments = [pk for window in days for pk in window.departments]
    since = Transfer.objects.filter(from_department__in=departments, accepted=True, answered_at__gt=at)
    return Q(pk__in=since.values("complaint"))


def _brought(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    there = Complaint.objects.filter(recorded_at__lte=at).annotate(held_by=held_by(at, path=""))
    return there.filter(within(days, "held_by", "received_at"))


def closures(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """What was concluded in the period, whether or not it held."""
    return _made(Closure.objects.filter(concluded_at__lte=at), days, "concluded_at")


def answers(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """The answers and the interim notes that were sent in the period."""
    sent = Letter.objects.filter(kind__in=ANSWERS_AND_INTERIM, sent_at__lte=at)
    return _made(sent, days, "sent_at")


def ratings(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """The judgements of citizens that were given in the period."""
    return _made(Rating.objects.filter(rated_at__lte=at), days, "rated_at")


def _made(rows: QuerySet[Any], days: Sequence[Window], moment: str) -> QuerySet[Any]:
    made: QuerySet[Any] = rows.filter(within(days, "department", moment)).annotate(held_by=F("department"))
    return made


def gone(rows: QuerySet[Any], department: Department, since: datetime) -> QuerySet[Any]:
    """Those of the rows, made after `since` when `department` held the query, that another one holds by now."""
    passed_on = Transfer.objects.filter(from_department=department, accepted=True, answered_at__gt=since)
    # Asked first: they are few, and a database would rather look through all rows of the period for them.
    elsewhere = passed_on.exclude(complaint__department=department).values_list("complaint", flat=True)
    return rows.filter(complaint__in=set(elsewhere))


def pauses(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """The questions that reached the citizen in the period, whether or not they stopped a clock."""
    after, until = min(window.after for window in days), max(window.until for window in days)
    # Those of all departments first: to find who held a query costs a look-up for each.
    begun = Pause.objects.filter(starts_at__gt=after, starts_at__lte=until).filter(starts_at__lte=at)
    held: QuerySet[Any] = begun.annotate(held_by=held_by(OuterRef("starts_at")))
    return held.filter(within(days, "held_by", "starts_at"))


def offers(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """The queries that were offered to another department in the period, by who offered them."""
    made = Transfer.objects.filter(offered_at__lte=at).annotate(held_by=F("from_department"))
    return made.filter(within(days, "from_department", "offered_at"))
