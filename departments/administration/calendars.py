"""Calendars: hours and holidays. Every change makes the worktimes computed before be computed anew."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import pairwise

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from departments.administration.authority import may_administer, must_administer
from departments.errors import Invalid, Stale
from departments.models import Calendar, CalendarVersion, Holiday, Interval, User
from departments.names import Name
from departments.worktime import Hours


@transaction.atomic
def declare_holiday(
    calendar: Calendar,
    date: date,
    name: Name | dict[str, str],
    status: str = Holiday.Status.PROVISIONAL,
    *,
    by: User,
    at: datetime,
) -> Holiday:
    """Close the offices of the calendar on a date, and return the holiday; a cancelled one of that date is revived."""
    calendar_changed(calendar, by=by, at=at)
    if status not in (Holiday.Status.PROVISIONAL, Holiday.Status.CONFIRMED):
        raise Invalid(_("A holiday is declared as provisional or as confirmed."), "status")
    if calendar.holidays.filter(date=date).exclude(status=Holiday.Status.CANCELLED).exists():
        raise Invalid(_("%(date)s is a holiday already.") % {"date": date}, "date")
    holiday, _made = Holiday.objects.update_or_create(
        calendar=calendar, date=date, defaults={"name": name, "status": status}
    )
    return holiday


@transaction.atomic
def confirm_holiday(holiday: Holiday, *, by: User, at: datetime) -> None:
    """The government has notified the date."""
    calendar_changed(holiday.calendar, by=by, at=at)
    provisional = Holiday.objects.filter(pk=holiday.pk, status=Holiday.Status.PROVISIONAL)
    if provisional.update(status=Holiday.Status.CONFIRMED) != 1:
        raise Stale(_("%(holiday)s is not provisional.") % {"holiday": holiday})
    holiday.status = Holiday.Status.CONFIRMED


@transaction.atomic
def cancel_holiday(holiday: Holiday, *, by: User, at: datetime) -> None:
    """The offices are open on that date after all. The row stays, so that everybody can see what was announced."""
    calendar_changed(holiday.calendar, by=by, at=at)
    standing = Holiday.objects.filter(pk=holiday.pk).exclude(status=Holiday.Status.CANCELLED)
    if standing.update(status=Holiday.Status.CANCELLED) != 1:
        raise Stale(_("%(holiday)s is cancelled already.") % {"holiday": holiday})
    holiday.status = Holiday.Status.CANCELLED


@transaction.atomic
def open_week(
    calendar: Calendar,
    since: date,
    intervals: Iterable[tuple[int, int, int]],
    *,
    note: str = "",
    by: User,
    at: datetime,
) -> CalendarVersion:
    """Change the weekly hours from the local date `since` on, and return them as a version of the calendar.

    `intervals` are (weekday from 0, Monday; opens; closes), the latter two in minutes after midnight.
    """
    calendar_changed(calendar, by=by, at=at)
    hours = _checked_hours(intervals)
    if calendar.versions.filter(since=since).exists():
        raise Invalid(_("Other hours begin on %(date)s already; change those.") % {"date": since}, "since")
    version = CalendarVersion.objects.create(calendar=calendar, since=since, note=note)
    Interval.objects.bulk_create(
        Interval(version=version, weekday=day, opens=span.opens, closes=span.closes) for day, span in hours
    )
    return version


@transaction.atomic
def calendar_changed(calendar: Calendar, *, by: User, at: datetime) -> None:
    """Make every worktime computed before be computed anew. Every change of a calendar's rows comes with this.

    Whoever changes a calendar changes the dates of all who keep it, so he must administer each of them.
    """
    keepers = list(calendar.departments.all())
    if not keepers or not all(may_administer(by, keeper, at) for keeper in keepers):
        must_administer(by, None, at)
    Calendar.objects.filter(pk=calendar.pk).update(revision=F("revision") + 1)
    calendar.refresh_from_db(fields=["revision"])


def _checked_hours(intervals: Iterable[tuple[int, int, int]]) -> list[tuple[int, Hours]]:
    try:
        hours = sorted((day, Hours(opens, closes)) for day, opens, closes in intervals)
    except ValueError as wrong:
        raise Invalid(_("Hours are minutes from 0 to 1440, and open before they close."), "intervals") from wrong
    if not all(0 <= day <= 6 for day, _hours in hours):
        raise Invalid(_("Weekdays are numbered from 0, Monday, to 6, Sunday."), "intervals")
    for (day, earlier), (next_day, later) in pairwise(hours):
        if day == next_day and later.opens < earlier.closes:
            raise Invalid(_("Two intervals of one day overlap."), "intervals")
    return hours
