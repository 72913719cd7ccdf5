"""How each date was computed: limit, unit, counted from what, by which calendar, and every time it was moved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.desk import dates
from complaints.desk.dates import Tag
from complaints.duties import procedure
from complaints.models import Complaint, Duty
from departments.sops import CountsFrom, Unit
from departments.worktime import Worktime

MOVED: dict[str, Promise] = {
    Duty.Cause.TRANSFERRED: gettext_lazy("Passed to another department; the date stayed"),
    Duty.Cause.PAUSED: gettext_lazy("A question to the citizen stopped the clock"),
    Duty.Cause.RESUMED: gettext_lazy("The citizen answered, and the clock ran on"),
    Duty.Cause.CONTESTED: gettext_lazy("The citizen contested the pause, so it counts nothing until it is judged"),
    Duty.Cause.JUDGED: gettext_lazy("The pause was judged"),
    Duty.Cause.REOPENED: gettext_lazy("Opened again; only the time it lay closed was taken off"),
    Duty.Cause.HOLIDAY: gettext_lazy("A holiday was declared"),
    Duty.Cause.LEARNT: gettext_lazy("The delivery was learnt of afterwards"),
}
# Holidays named one by one; a step of months shows their number.
_NAMED = 5


@dataclass(frozen=True)
class Turn:
    """One row of the history of a date."""

    when: str
    why: str
    due: str


@dataclass(frozen=True)
class Owed:
    """A step owed on this query: its name, how it stands, and how its date came about."""

    code: str
    title: str
    instruction: str
    tag: Tag
    due: str
    done: str
    rule: str
    closed_days: str
    turns: Sequence[Turn]


def owed(complaint: Complaint, rows: Iterable[Duty], at: datetime) -> list[Owed]:
    """Return the steps of a query, those still owed first, by date. `rows` are all its duties, with `standing`."""
    every = {duty.pk: duty for duty in rows}
    standing = [duty for duty in every.values() if duty.replaced_at is None]
    standing.sort(key=lambda duty: (duty.ended_at is not None, duty.due_at, duty.pk))
    return [_owed(complaint, duty, every, at) for duty in standing]


def _owed(complaint: Complaint, duty: Duty, every: dict[int, Duty], at: datetime) -> Owed:
    worktime = complaint.department.calendar.worktime()
    step = procedure(complaint.sop_version_id).step(duty.code)
    counts_from = CountsFrom(step.counts_from).label if step else ""
    return Owed(
        code=duty.code,
        title=str(step.title) if step else duty.code,
        instruction=str(step.instruction) if step else "",
        tag=dates.standing_of(duty, worktime, at),
        due=dates.by(duty.due_at, duty.unit, worktime),
        done=_done(duty, worktime),
        rule=_rule(duty, str(counts_from), str(complaint.department.calendar), worktime),
        closed_days=_closed_days(duty, worktime),
        turns=_turns(duty, every, worktime),
    )


def _done(duty: Duty, worktime: Worktime) -> str:
    if duty.ended_at is None:
        return ""
    words = _("done on %(day)s") if duty.ended_as == "done" else _("ended on %(day)s")
    return words % {"day": dates.minute(duty.ended_at, worktime)}


def _rule(duty: Duty, counts_from: str, calendar: str, worktime: Worktime) -> str:
    start = dates.minute(duty.starts_at, worktime)
    if duty.limit is None:
        return _("The date came with the query: %(day)s.") % {"day": dates.day(duty.promised_at, worktime)}
    values = {
        "limit": duty.limit,
        "unit": Unit(duty.unit).label,
        "from": counts_from,
        "start": start,
        "calendar": calendar,
        "due": dates.by(duty.promised_at, duty.unit, worktime),
    }
    if duty.unit == Unit.WORKING_HOURS:
        return _("%(limit)s %(unit)s from: %(from)s, %(start)s. Calendar: %(calendar)s. Promised by %(due)s.") % values
    return (
        _(
            "%(limit)s %(unit)s from: %(from)s, %(start)s; that day is day 0. Calendar: %(calendar)s. "
            "Promised by the end of %(due)s."
        )
        % values
    )


def _closed_days(duty: Duty, worktime: Worktime) -> str:
    """Name the holidays that were left out of the count."""
    if duty.limit is None or duty.unit == Unit.CALENDAR_DAYS:
        return ""
    first, last = (moment.astimezone(worktime.zone).date() for moment in (duty.starts_at, duty.due_at))
    closed = sorted(day for day in worktime.holidays if first < day <= last)
    if not closed:
        return ""
    named = [dates.short(datetime.combine(day, datetime.min.time(), worktime.zone), worktime) for day in closed]
    shown = _("; ").join(named[:_NAMED])
    more = _(" and %(n)s more") % {"n": len(named) - _NAMED} if len(named) > _NAMED else ""
    return _("Holidays not counted: %(days)s.") % {"days": shown + more}


def _turns(duty: Duty, every: dict[int, Duty], worktime: Worktime) -> list[Turn]:
    """Return the rows that this one replaced, first to last; none where the date never moved."""
    chain = [duty]
    while chain[-1].follows_id is not None and chain[-1].follows_id in every:
        chain.append(every[chain[-1].follows_id])
    if len(chain) == 1:
        return []
    turns = []
    for row in reversed(chain):
        why = str(MOVED[row.cause]) if row.cause in MOVED else _("First promised")
        turns.append(Turn(dates.short(row.opened_at, worktime), why, dates.by(row.due_at, row.unit, worktime)))
    return turns
