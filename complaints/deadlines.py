"""When a step is due, and how it stands: running, overdue, met, late, paused or released. Nothing else decides it."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Case, CharField, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from departments import worktime as clock
from departments.sops import Unit
from departments.worktime import Worktime

# Measurement 2.6, conditions 4 and 6 of an admissible pause.
PAUSES_ALLOWED = 2
PAUSE_DAYS_ALLOWED = 10


class Ended(models.TextChoices):
    """How a duty ended."""

    DONE = "done"
    CLOSED = "closed"  # the case was closed without the event: counts as late
    RELEASED = "released"  # the citizen withdrew: no longer owed, unless it was overdue by then


class Standing(models.TextChoices):
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    OVERDUE = "overdue", _("Overdue")
    MET = "met", _("Met")
    LATE = "late", _("Late")
    RELEASED = "released", _("No longer owed")


# Measurement 2.6: on time and late are the share's two sides; the others are shown as counts.
ON_TIME = frozenset({Standing.MET})
LATE = frozenset({Standing.LATE, Standing.OVERDUE})
NOT_YET_DUE = frozenset({Standing.RUNNING, Standing.PAUSED})


def due_at(limit: int, unit: str, start: datetime, worktime: Worktime) -> datetime:
    """Return the last moment at which a step with `limit` `unit`s, counted from `start`, is on time (aware UTC).

    Days: the day of `start` is day 0 whatever the hour, and the step is on time to the end of the due date;
    hours: open hours to the minute (measurement 2.6, working time).
    """
    if unit == Unit.WORKING_DAYS:
        return clock.add_days(worktime, start, limit)
    if unit == Unit.CALENDAR_DAYS:
        return clock.add_calendar_days(worktime, start, limit)
    if unit == Unit.WORKING_HOURS:
        return clock.add(worktime, start, timedelta(hours=limit))
    raise ValueError(f"“{unit}” is no unit of time; use one of {', '.join(Unit.values)}.")


def net_due_at(
    promised: datetime, start: datetime, limit: int | None, unit: str, days_off: int, worktime: Worktime
) -> datetime:
    """Return the due moment after `days_off` working days of admissible pauses and of closures that did not hold.

    Never earlier than `promised`: a date told to a citizen moves later only (2.6). A promise without a limit of
    ours (it came with the query) is moved by the same days.
    """
    if limit is None or unit != Unit.WORKING_DAYS:
        return clock.add_days(worktime, promised, days_off) if days_off else promised
    return max(promised, due_at(limit + days_off, unit, start, worktime))


def owed(at: datetime, path: str = "") -> Q:
    """Duties that existed at `at`: opened by then and not yet replaced by a row with another date or owner."""
    opened = Q(**{f"{path}opened_at__lte": at})
    return opened & (Q(**{f"{path}replaced_at__isnull": True}) | Q(**{f"{path}replaced_at__gt": at}))


def standing(at: datetime, path: str = "") -> Case:
    """The standing of a duty at `at`, as SQL. Badge, queue, sweep, API and dashboard read this and nothing else.

    `path` is the lookup prefix to the duty, such as "duties__". Combine with `owed(at)` for past moments.
    """
    ended = Q(**{f"{path}ended_at__lte": at})
    in_time = Q(**{f"{path}ended_at__lte": F(f"{path}due_at")})
    return Case(
        When(ended & in_time & Q(**{f"{path}ended_as": Ended.DONE}), then=Value(Standing.MET.value)),
        When(ended & in_time & Q(**{f"{path}ended_as": Ended.RELEASED}), then=Value(Standing.RELEASED.value)),
        When(ended, then=Value(Standing.LATE.value)),
        When(
            Q(**{f"{path}paused_at__lte": at, f"{path}paused_until__gt": at}),
            then=Value(Standing.PAUSED.value),
        ),
        When(Q(**{f"{path}due_at__lt": at}), then=Value(Standing.OVERDUE.value)),
        default=Value(Standing.RUNNING.value),
        output_field=CharField(),
    )
