"""Dates as an official reads them: in the office's zone, with the weekday, and how a duty stands in words."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from complaints.deadlines import Standing
from complaints.models import Duty
from departments import worktime as clock
from departments.sops import Unit
from departments.worktime import Worktime


@dataclass(frozen=True)
class Tag:
    """A coloured tag: the colour is govuk-frontend's, and the words say it all without it."""

    colour: str
    words: str


def day(moment: datetime, worktime: Worktime) -> str:
    """Return the date in the office's zone: Tuesday 3 March 2026."""
    return date_format(moment.astimezone(worktime.zone), "l j F Y", use_l10n=False)


def short(moment: datetime, worktime: Worktime) -> str:
    """Return the date in the office's zone without the weekday: 3 March 2026."""
    return date_format(moment.astimezone(worktime.zone), "DATE_FORMAT")


def minute(moment: datetime, worktime: Worktime) -> str:
    """Return date and time in the office's zone: 3 March 2026, 14:05."""
    return date_format(moment.astimezone(worktime.zone), "DATETIME_FORMAT")


def by(moment: datetime, unit: str, worktime: Worktime) -> str:
    """Return the date by which something is due: a step counted in days is on time to the end of its day."""
    if unit == Unit.WORKING_HOURS:
        time = date_format(moment.astimezone(worktime.zone), "H:i", use_l10n=False)
        return _(", ").join((day(moment, worktime), time))
    return day(moment, worktime)


def standing_of(duty: Duty, worktime: Worktime, at: datetime) -> Tag:
    """Return how a duty (with its `standing`) stands."""
    how: str = duty.standing  # type: ignore[attr-defined]
    if how == Standing.OVERDUE:
        return Tag("red", _late(duty.due_at, worktime, at))
    if how == Standing.PAUSED:
        return Tag("purple", _("paused, due %(day)s") % {"day": _soon(duty.due_at, worktime, at)})
    if how == Standing.RUNNING:
        return _running(duty, worktime, at)
    colours = {Standing.MET: "green", Standing.LATE: "red"}
    return Tag(colours.get(Standing(how), "grey"), str(Standing(how).label))


def _running(duty: Duty, worktime: Worktime, at: datetime) -> Tag:
    ends, today = (moment.astimezone(worktime.zone).date() for moment in (duty.due_at, at))
    if ends == today:
        return Tag("orange", _("due today"))
    colour = "yellow" if clock.days_between(worktime, at, duty.due_at) <= 1 else "blue"
    return Tag(colour, _("due %(day)s") % {"day": _soon(duty.due_at, worktime, at)})


def _soon(due: datetime, worktime: Worktime, at: datetime) -> str:
    """Return the date with the weekday, and the year where it is another than now."""
    local = due.astimezone(worktime.zone)
    same_year = local.year == at.astimezone(worktime.zone).year
    return date_format(local, "l j F" if same_year else "l j F Y", use_l10n=False)


def _late(due: datetime, worktime: Worktime, at: datetime) -> str:
    days = clock.days_between(worktime, due, at)
    if days == 0:
        return _("overdue since %(day)s") % {"day": short(due, worktime)}
    return ngettext("overdue by %(n)s working day", "overdue by %(n)s working days", days) % {"n": days}
