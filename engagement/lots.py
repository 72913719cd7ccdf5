"""What belongs to a quarter and to which department: contacts, answers, closures, ratings, pauses, offers.

A contact belongs to the department that holds it at `at`, everything else to the one that held the query when it
happened. All as of `at`; each row has that department as `held_by`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet

from complaints.models import Closure, Complaint, Letter, Pause, Rating, Transfer
from complaints.models.letters import ANSWERS, LetterKind
from engagement.compliance import Window, held_by, within


def contacts(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """What citizens brought in the period, by when it reached the office."""
    departments = [pk for window in days for pk in window.departments]
    gave_it_away = Transfer.objects.filter(from_department__in=departments, accepted=True, answered_at__gt=at)
    # Who else may have held it is asked first and of few, because to find who did costs a look-up for each.
    perhaps = Q(department__in=departments) | Q(pk__in=gave_it_away.values("complaint"))
    there = Complaint.objects.filter(perhaps, recorded_at__lte=at).annotate(held_by=held_by(at, path=""))
    return there.filter(within(days, "held_by", "received_at"))


def closures(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """What was concluded in the period, whether or not it held."""
    made = Closure.objects.filter(_in_reach(days, "concluded_at"), concluded_at__lte=at)
    return made.annotate(held_by=held_by(OuterRef("concluded_at"))).filter(within(days, "held_by", "concluded_at"))


def answers(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """The answers and the interim notes that were sent in the period."""
    kinds = (*ANSWERS, LetterKind.INTERIM)
    sent = Letter.objects.filter(_in_reach(days, "sent_at"), kind__in=kinds, sent_at__lte=at)
    return sent.annotate(held_by=held_by(OuterRef("sent_at"))).filter(within(days, "held_by", "sent_at"))


def ratings(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """The judgements of citizens that were given in the period."""
    given = Rating.objects.filter(_in_reach(days, "rated_at"), rated_at__lte=at)
    return given.annotate(held_by=held_by(OuterRef("rated_at"))).filter(within(days, "held_by", "rated_at"))


def pauses(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """The questions that reached the citizen in the period, whether or not they stopped a clock."""
    begun = Pause.objects.filter(_in_reach(days, "starts_at"), starts_at__lte=at)
    return begun.annotate(held_by=held_by(OuterRef("starts_at"))).filter(within(days, "held_by", "starts_at"))


def offers(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """The queries that were offered to another department in the period, by who offered them."""
    made = Transfer.objects.filter(offered_at__lte=at).annotate(held_by=F("from_department"))
    return made.filter(within(days, "from_department", "offered_at"))


def _in_reach(days: Sequence[Window], moment: str) -> Q:
    """Rows that may be in the period at all: to find who held a query costs a look-up for each."""
    after, until = min(window.after for window in days), max(window.until for window in days)
    return Q(**{f"{moment}__gt": after, f"{moment}__lte": until})
