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
    here, gone = _here_and_gone(days, at)
    return _brought(days, at).filter(here | gone)


def contacts_in_parts(days: Sequence[Window], at: datetime) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """The same in two parts, of which an index has each in order: what is still there, and what went on since `at`."""
    here, gone = _here_and_gone(days, at)
    return _brought(days, at).filter(here), _brought(days, at).filter(gone).exclude(here)


def _here_and_gone(days: Sequence[Window], at: datetime) -> tuple[Q, Q]:
    """Who else may have held it is asked first and of few, because to find who did costs a look-up for each."""
    departments = [pk for window in days for pk in window.departments]
    gave_it_away = Transfer.objects.filter(from_department__in=departments, accepted=True, answered_at__gt=at)
    return Q(department__in=departments), Q(pk__in=gave_it_away.values("complaint"))


def _brought(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    there = Complaint.objects.filter(recorded_at__lte=at).annotate(held_by=held_by(at, path=""))
    return there.filter(within(days, "held_by", "received_at"))


def closures(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """What was concluded in the period, whether or not it held."""
    return _then_held(_concluded(days, at), days, "concluded_at")


def closures_in_parts(days: Sequence[Window], at: datetime) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """The same in two parts, of which an index has each in order: of queries that never changed hands, and others."""
    return _by_hands(_concluded(days, at), days, "concluded_at")


def _concluded(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    return Closure.objects.filter(_in_reach(days, "concluded_at"), concluded_at__lte=at)


def answers(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """The answers and the interim notes that were sent in the period."""
    kinds = (*ANSWERS, LetterKind.INTERIM)
    sent = Letter.objects.filter(_in_reach(days, "sent_at"), kind__in=kinds, sent_at__lte=at)
    return _then_held(sent, days, "sent_at")


def ratings(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """The judgements of citizens that were given in the period."""
    return _then_held(_rated(days, at), days, "rated_at")


def ratings_in_parts(days: Sequence[Window], at: datetime) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """The same in two parts, as the closures are."""
    return _by_hands(_rated(days, at), days, "rated_at")


def _rated(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    return Rating.objects.filter(_in_reach(days, "rated_at"), rated_at__lte=at)


def pauses(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """The questions that reached the citizen in the period, whether or not they stopped a clock."""
    begun = Pause.objects.filter(_in_reach(days, "starts_at"), starts_at__lte=at)
    return _then_held(begun, days, "starts_at")


def offers(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """The queries that were offered to another department in the period, by who offered them."""
    made = Transfer.objects.filter(offered_at__lte=at).annotate(held_by=F("from_department"))
    return made.filter(within(days, "from_department", "offered_at"))


def _then_held(rows: QuerySet[Any], days: Sequence[Window], moment: str) -> QuerySet[Any]:
    """Those of the rows that belong to who held the query at their `moment`."""
    held: QuerySet[Any] = rows.annotate(held_by=held_by(OuterRef(moment)))
    return held.filter(within(days, "held_by", moment))


def _by_hands(rows: QuerySet[Any], days: Sequence[Window], moment: str) -> tuple[QuerySet[Any], QuerySet[Any]]:
    departments = [pk for window in days for pk in window.departments]
    accepted = Transfer.objects.filter(accepted=True)
    theirs = accepted.filter(Q(from_department__in=departments) | Q(to_department__in=departments))
    never = rows.exclude(complaint__in=accepted.values("complaint"))
    return (
        never.annotate(held_by=F("complaint__department")).filter(within(days, "complaint__department", moment)),
        _then_held(rows.filter(complaint__in=theirs.values("complaint")), days, moment),
    )


def _in_reach(days: Sequence[Window], moment: str) -> Q:
    """Rows that may be in the period at all: to find who held a query costs a look-up for each."""
    after, until = min(window.after for window in days), max(window.until for window in days)
    return Q(**{f"{moment}__gt": after, f"{moment}__lte": until})
