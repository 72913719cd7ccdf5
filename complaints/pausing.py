"""When a question to the citizen stops the resolution clock, and what happens to the date (measurement 2.6)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from complaints import deadlines, duties
from complaints.actions import Case, act_on
from complaints.actors import By
from complaints.chain import EventKind
from complaints.deadlines import PAUSE_DAYS_ALLOWED, PAUSES_ALLOWED
from complaints.models import Closure, Complaint, Duty, Letter, Pause
from complaints.models.letters import ANSWERS
from complaints.steps import PAUSABLE
from departments import worktime as clock
from departments.errors import Invalid, NotAllowed, NotReady
from departments.worktime import Worktime


def begin(case: Case, question: Letter, delivered_at: datetime) -> None:
    """Start the pause that belongs to a delivered question, if it is admissible; else say why it stops no clock."""
    pause = Pause.objects.filter(question=question, starts_at__isnull=True, ends_at__isnull=True).first()
    if pause is None:
        return
    why_not = _inadmissible(case, delivered_at)
    Pause.objects.filter(pk=pause.pk).update(starts_at=delivered_at, inadmissible=why_not)
    if not why_not:
        redate(case, Duty.Cause.PAUSED)


def strike(case: Case, question: Letter, why: str) -> None:
    """Let the pause that began with this question count nothing, from its beginning."""
    if Pause.objects.filter(question=question, starts_at__isnull=False, inadmissible="").update(inadmissible=why):
        redate(case, Duty.Cause.JUDGED)


def _inadmissible(case: Case, at: datetime) -> str:
    duty = case.complaint.duties.open().filter(code__in=PAUSABLE).first()
    if duty is None:
        return "Nothing that may pause is owed."
    if at > duty.due_at:
        return "The date had passed before the question came; a pause cannot bring it back."
    earlier = list(_admitted(case.complaint))
    if len(earlier) >= PAUSES_ALLOWED:
        return f"Two pauses are allowed; this would be number {len(earlier) + 1}."
    if pause_days(earlier, case.worktime) >= PAUSE_DAYS_ALLOWED:
        return "The ten working days of pause are used up."
    answered = case.complaint.letters.filter(kind__in=ANSWERS).exists()
    if not answered and clock.days_between(case.worktime, at, duty.due_at) < 1:
        return "The question came within the last working day before the due date."
    return ""


def _admitted(complaint: Complaint) -> QuerySet[Pause]:
    """Pauses that began and may stop the clock, whether or not they are contested."""
    return complaint.pauses.filter(starts_at__isnull=False, inadmissible="").order_by("starts_at")


def counts(pause: Pause) -> bool:
    """Whether the pause counts: contested, it counts nothing until the monitor upholds it (condition 5)."""
    return pause.contested_at is None or pause.upheld is True


def pause_days(pauses: Iterable[Pause], worktime: Worktime) -> int:
    """Return the working days that `pauses` take off the clock, ten at most in all. An open pause takes what is
    left of the ten: it ends by itself there, so that the date needs no nightly job to be right."""
    used = 0
    for pause in pauses:
        if pause.starts_at is None or not counts(pause):
            continue
        left = PAUSE_DAYS_ALLOWED - used
        used += (
            left if pause.ends_at is None else min(left, clock.days_between(worktime, pause.starts_at, pause.ends_at))
        )
    return used


def reopening_days(complaint: Complaint, worktime: Worktime) -> int:
    """Return G: the working days from closures that did not hold to their reopening."""
    voided = Closure.objects.filter(complaint=complaint, voided_at__isnull=False)
    return sum(clock.days_between(worktime, c.concluded_at, c.voided_at) for c in voided if c.voided_at)


def redate(case: Case, cause: Duty.Cause) -> None:
    """Give the resolution duty the date that pauses and reopenings make, as a new row saying `cause`."""
    rows = duties.procedure(case.complaint.sop_version_id)
    since, until = _standing_pause(list(_admitted(case.complaint)), case.worktime)
    for duty in case.complaint.duties.filter(code__in=PAUSABLE, replaced_at__isnull=True):
        duties.replace(
            duty,
            cause=cause,
            at=case.at,
            rungs=rows.rungs,
            worktime=case.worktime,
            due_at=net_due_of(case, duty),
            paused_at=since,
            paused_until=until,
        )


def net_due_of(case: Case, duty: Duty) -> datetime:
    """Return the due moment of `duty` net of reopenings and, where its clock may pause, of pauses."""
    days_off = reopening_days(case.complaint, case.worktime)
    if duty.code in PAUSABLE:
        days_off += pause_days(_admitted(case.complaint), case.worktime)
    return deadlines.net_due_at(duty.promised_at, duty.starts_at, duty.limit, duty.unit, days_off, case.worktime)


def _standing_pause(pauses: list[Pause], worktime: Worktime) -> tuple[datetime | None, datetime | None]:
    """Return from when to when the clock stands still now: from the open pause's start to the end of the ten days."""
    for number, pause in enumerate(pauses):
        if pause.starts_at is not None and pause.ends_at is None and counts(pause):
            left = PAUSE_DAYS_ALLOWED - pause_days(pauses[:number], worktime)
            return pause.starts_at, clock.add_days(worktime, pause.starts_at, left) + timedelta(microseconds=1)
    return None, None


def end(case: Case) -> None:
    """End the open pauses: the citizen has answered, on whatever channel (condition 3)."""
    open_ones = list(case.complaint.pauses.filter(ends_at__isnull=True))
    if not open_ones:
        return
    case.complaint.pauses.filter(ends_at__isnull=True).update(ends_at=case.at)
    if any(pause.starts_at is not None and not pause.inadmissible for pause in open_ones):
        redate(case, Duty.Cause.RESUMED)


def contest_pause(complaint: Complaint, *, by: By, at: datetime, seen: int | None = None) -> Pause:
    """The citizen says "I already sent this" or "this is not needed": the pause counts nothing until the monitor
    has decided."""
    with act_on(complaint, "contest_pause", by=by, at=at, seen=seen) as case:
        pause = _admitted(case.complaint).filter(contested_at__isnull=True).last()
        if pause is None:
            raise NotReady(_("No pause of %(reference)s can be contested.") % {"reference": case.complaint.reference})
        Pause.objects.filter(pk=pause.pk).update(contested_at=case.at)
        redate(case, Duty.Cause.CONTESTED)
        if case.complaint.monitored_by_id is None:
            case.call_monitors()
        case.record(EventKind.PAUSE_CONTESTED, pause=pause.pk)
    return pause


def judge_pause(
    complaint: Complaint, *, by: By, at: datetime, pause: Pause, verdict: str, seen: int | None = None
) -> None:
    """The monitor decides a contested pause: `verdict` is "upheld" (it counts after all) or "struck"."""
    with act_on(complaint, "judge_pause", by=by, at=at, seen=seen) as case:
        found = case.complaint.pauses.filter(pk=pause.pk, contested_at__isnull=False, judged_at__isnull=True).first()
        if found is None:
            raise NotReady(_("This pause is not contested, or it was judged already."))
        if found.question.author_id == case.official.pk:
            raise NotAllowed(_("Who asked the question cannot judge the pause; another monitor must."))
        if verdict not in ("upheld", "struck"):
            raise Invalid(_("Say “upheld” or “struck”."), field="verdict")
        Pause.objects.filter(pk=found.pk).update(judged_at=case.at, judged_by=case.official, upheld=verdict == "upheld")
        redate(case, Duty.Cause.JUDGED)
        case.record(EventKind.PAUSE_JUDGED, pause=found.pk, verdict=verdict)
