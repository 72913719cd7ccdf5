"""What a holiday declared late does: open dates that lie ahead move later, none moves earlier (measurement 2.6)."""

from datetime import datetime

from django.db.models import Q

from complaints import deadlines, duties, pausing
from complaints.actions import Case, NothingToNote, machine_notes
from complaints.chain import EventKind
from complaints.models import Complaint, Duty, Reckoned
from departments.models import Calendar
from departments.sops import Unit

_WORKING = (Unit.WORKING_DAYS, Unit.WORKING_HOURS)


def redate_changed(*, at: datetime) -> int:
    """Move the open duties of calendars that changed since the last call; return how many complaints were touched.
    The sweep calls it before it flags, so that nobody is flagged for a day on which the office was closed. Running
    it again, or after it died half way, changes nothing more."""
    reckoned = dict(Reckoned.objects.values_list("calendar", "revision"))
    touched = 0
    for calendar in Calendar.objects.order_by("pk"):
        if reckoned.get(calendar.pk) == calendar.revision:
            continue
        touched += _redate(calendar, at)
        Reckoned.objects.update_or_create(calendar=calendar, defaults={"revision": calendar.revision})
    return touched


def _redate(calendar: Calendar, at: datetime) -> int:
    worktime = calendar.worktime()
    ahead = Duty.objects.open().filter(_not_passed(at), department__calendar=calendar, unit__in=_WORKING)
    rows = ahead.values_list("complaint", "limit", "unit", "starts_at", "promised_at").iterator(chunk_size=2000)
    later = {
        complaint
        for complaint, limit, unit, start, promised in rows
        if limit is not None and deadlines.due_at(limit, unit, start, worktime) > promised
    }
    return sum(_redate_one(complaint, at) for complaint in Complaint.objects.filter(pk__in=later).order_by("pk"))


def _not_passed(at: datetime) -> Q:
    """The dates that lie ahead, and those that no sweep has found passed: while none ran, nobody was told."""
    return Q(due_at__gte=at) | Q(next_rung=0, next_rung_at__isnull=False)


def _redate_one(complaint: Complaint, at: datetime) -> bool:
    with machine_notes(complaint, at=at) as case:
        codes = [
            duty.code
            for duty in case.complaint.duties.open().filter(_not_passed(at)).order_by("pk")
            if _move(case, duty)
        ]
        if not codes:  # every date is late enough already
            raise NothingToNote
        case.record(EventKind.DUE_MOVED, codes=sorted(codes), cause=Duty.Cause.HOLIDAY.value)
    return case.event is not None


def _move(case: Case, duty: Duty) -> bool:
    if duty.limit is None or duty.unit not in _WORKING:
        return False
    worktime = duty.department.calendar.worktime()
    due = deadlines.due_at(duty.limit, duty.unit, duty.starts_at, worktime)
    due = max(due, pausing.net_due_of(case, duty))
    if due <= duty.due_at:
        return False
    rungs = duties.procedure(case.complaint.sop_version_id).rungs
    duties.replace(duty, cause=Duty.Cause.HOLIDAY, at=case.at, rungs=rungs, worktime=worktime, due_at=due)
    Duty.objects.filter(pk=duty.pk).update(next_rung_at=None)  # on that day the office was closed: nobody was late
    return True
