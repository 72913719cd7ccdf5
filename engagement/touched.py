"""Of which queries the counts of procedures (engagement/compliance.py) may come to something else as of a moment than
they came to as of an earlier one: something was written down about them since, or a date of theirs has passed.

Every source is read from an index that holds what is new or still to come, so that the cost follows what happened and
not the table.
"""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from complaints.models import Closure, Duty, Event, Flag
from complaints.outcomes import OBJECTION_WINDOW
from departments.models import SopVersion
from engagement.compliance import UNFLAGGED
from engagement.models import CallBack


def touched(then: datetime, at: datetime) -> set[int]:
    """Return the queries (primary keys) to be counted again as of `at` (aware) where they were counted as of `then`."""
    sources = (
        # What was written after `at` too: a sweep may have taken a date off its index by now that had passed at `at`.
        Event.objects.filter(recorded_at__gt=then),
        _dates_passed(then, at),
        Duty.objects.open().filter(paused_at__isnull=False, paused_until__gt=then, paused_until__lte=at),
        _escalations_passed(then, at),
        _objections_passed(then, at),
        _calls(then, at),
    )
    return {pk for rows in sources for pk in rows.order_by().values_list("complaint", flat=True).distinct()}


def _dates_passed(then: datetime, at: datetime) -> QuerySet[Any]:
    """Due dates that passed: of those that a sweep has flagged, an event says so; others wait for it. A procedure
    without a ladder flags none: its dates are looked for, and those that count as not escalated a day later."""
    waiting = Q(next_rung_at__lt=at)
    unflagged = list(SopVersion.objects.exclude(rungs__level=0).values_list("pk", flat=True))
    if unflagged:
        waiting |= Q(sop_version__in=unflagged, due_at__gte=then - UNFLAGGED, due_at__lt=at)
    return Duty.objects.filter(waiting)


def _escalations_passed(then: datetime, at: datetime) -> QuerySet[Any]:
    flags = Flag.objects.filter(escalate_by__gte=then, escalate_by__lt=at)
    return Duty.objects.filter(pk__in=flags.values("duty"))


def _objections_passed(then: datetime, at: datetime) -> QuerySet[Any]:
    """Closures that hold from now on, because nobody objected."""
    told = Closure.objects.filter(delivered_at__gt=then - OBJECTION_WINDOW, delivered_at__lte=at - OBJECTION_WINDOW)
    return told.filter(voided_at__isnull=True, confirmed_at__isnull=True)


def _calls(then: datetime, at: datetime) -> QuerySet[Any]:
    """Calls that were drawn or settled, and those whose date passed; there are a few hundred in a quarter."""
    passed = Q(draw__due_at__gte=then, draw__due_at__lt=at)
    return CallBack.objects.filter(Q(settled_at__gt=then) | Q(draw__drawn_at__gt=then) | passed)
