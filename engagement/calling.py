"""The random call-back: who is drawn, who may call, and what comes of a call (measurement 2.5 and 2.6, step M4).

All contacts of a quarter can be drawn, open and unanswered ones too. The system draws, once, when the quarter is over.
A call is for a monitor who sees the query and had no part in answering it; a citizen who is hidden from the office is
called by the centre.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from complaints.closing import object_to
from complaints.models import Approval, Closure, Complaint, Draft, Letter, Rating, StageEntry
from complaints.models.letters import ANSWERS
from complaints.visibility import visible_to
from departments import worktime
from departments.errors import Invalid, NotAllowed, NotReady, Refused, Stale
from departments.models import Department, User
from departments.offices import live_departments
from departments.roles import Power, scope_of
from departments.sops import Stage
from engagement.compliance import period, within
from engagement.drawing import TRIES, Contact, calls_for, can_be_called, in_drawn_order
from engagement.models import CallBack, CallDraw
from engagement.periods import Quarter, day_in

# A list is called through within so many calendar days: as long as a citizen may object to a closure, so that a call
# that finds a query unanswered can still undo its closure.
TO_BE_CALLED_WITHIN = timedelta(days=30)
# Three calls in one minute are one call.
BETWEEN_TRIES = timedelta(hours=1)


@dataclass(frozen=True)
class Answers:
    """What the citizen said: the three questions, how satisfied (1 to 5), and whether they got it or had the refusal
    explained. All but the first may be left out."""

    answered: str
    could_say: bool | None = None
    used: str = ""
    satisfaction: int | None = None
    explained: bool | None = None
    way: str = CallBack.Way.PHONE


def is_over(quarter: Quarter, department: Department, at: datetime) -> bool:
    """Whether the quarter's last day has passed where the department is."""
    return day_in(department.calendar.zone, at) > quarter.end


def draw(department: Department, quarter: Quarter, *, seed: str, at: datetime) -> CallDraw:
    """Draw whom the quarter's call-back asks, and keep how many came by which channel. No official chooses: `seed` is
    drawn by the machine that asks, after the quarter. What is drawn stays: a second call returns the first draw.
    Raises NotReady while the quarter runs."""
    if at.tzinfo is None:
        raise Invalid(_("Give the time with its zone."), field="at")
    if not is_over(quarter, department, at):
        raise NotReady(_("%(quarter)s is not over yet; nobody is drawn before.") % {"quarter": quarter})
    if (there := drawn(department, quarter)) is not None:
        return there
    contacts = _contacts(department, quarter, at)
    reachable = list(in_drawn_order(filter(can_be_called, contacts), seed))
    chosen = reachable[: calls_for(len(contacts))]
    due = day_in(department.calendar.zone, at) + TO_BE_CALLED_WITHIN
    try:
        with transaction.atomic():
            made = CallDraw.objects.create(
                department=department,
                quarter=str(quarter),
                seed=seed,
                drawn_at=at,
                due_at=worktime.end_of_day(department.calendar.worktime(), due),
                contacts=len(contacts),
                reachable=len(reachable),
                size=len(chosen),
                by_channel=dict(sorted(Counter(each.channel for each in contacts).items())),
            )
            CallBack.objects.bulk_create(
                CallBack(draw=made, number=number, complaint_id=each.pk, channel=each.channel)
                for number, each in enumerate(chosen, start=1)
            )
    except IntegrityError:
        there = drawn(department, quarter)  # somebody else drew at this moment
        if there is None:
            raise
        return there
    return made


def to_be_drawn(at: datetime) -> list[tuple[Department, Quarter]]:
    """Return the live departments with the quarter that ended last there at `at`, where it is not drawn yet."""
    live = live_departments(at)
    last = {each: Quarter.of(day_in(each.calendar.zone, at)).previous for each in live}
    done = set(CallDraw.objects.filter(department__in=last).values_list("department", "quarter"))
    return [(each, quarter) for each, quarter in last.items() if (each.pk, str(quarter)) not in done]


def drawn(department: Department, quarter: Quarter) -> CallDraw | None:
    """Return the draw of this quarter, if it was made."""
    return CallDraw.objects.filter(department=department, quarter=str(quarter)).first()


def _contacts(department: Department, quarter: Quarter, at: datetime) -> list[Contact]:
    """Everything that citizens brought in the quarter and the department holds, in one pass over slim rows."""
    windows = period([department], quarter.start, quarter.end)
    rows = Complaint.objects.filter(within(windows, "department", "received_at"), recorded_at__lte=at)
    fields = ("pk", "reference", "channel__kind", "anonymity", "contact__kind", "contact__address")
    beside = ("contact__verified_at", "taken_by")
    return [
        Contact(pk, reference, channel, anonymity, kind or "", address or "", proven is not None, taken is not None)
        for pk, reference, channel, anonymity, kind, address, proven, taken in rows.values_list(
            *fields, *beside
        ).iterator(chunk_size=5000)
    ]


def calls_for_official(official: User, draw: CallDraw, at: datetime) -> QuerySet[CallBack]:
    """Return the calls of a draw that `official` may make, by number: as a monitor over the department or at the
    centre, of queries that he sees and has not answered; of who is hidden from the office only at the centre."""
    scope = scope_of(official.appointments.all(), at, Power.MONITOR)
    if not official.is_active or not (scope.everything or draw.department_id in scope.departments):
        return CallBack.objects.none()
    calls = CallBack.objects.filter(visible_to(official, at=at, path="complaint__"), draw=draw)
    if not scope.everything:
        calls = calls.exclude(complaint__anonymity=Complaint.Anonymity.HIDDEN)
    return calls.exclude(_had_a_part(official)).order_by("number")


def _had_a_part(official: User) -> Q:
    """The calls of queries that `official` answered, approved, concluded or owned. Asked query by query, because of all
    that an official wrote there is no index."""
    here = OuterRef("complaint")
    return (
        Q(Exists(Letter.objects.filter(complaint=here, kind__in=ANSWERS, author=official)))
        | Q(Exists(Draft.objects.filter(complaint=here, author=official)))
        | Q(Exists(Approval.objects.filter(draft__complaint=here, approver=official)))
        | Q(Exists(Closure.objects.filter(complaint=here, concluded_by=official)))
        | Q(Exists(StageEntry.objects.filter(complaint=here, owner=official).exclude(stage=Stage.MONITORING)))
    )


def take_answers(call: CallBack, answers: Answers, *, by: User, at: datetime, still_wrong: str = "") -> None:
    """Keep what the citizen said. With `still_wrong` the closure of the case is void and it is open again, for a failed
    call-back undoes a closure (measurement 2.6)."""
    _check(answers)
    if still_wrong and answers.answered == Rating.Answered.YES:
        raise Invalid(
            _("The citizen says that it was answered. Choose another answer, or leave this empty."), field="still_wrong"
        )
    with transaction.atomic():
        _settle(
            call,
            CallBack.State.ANSWERED,
            by=by,
            at=at,
            way=answers.way,
            answered=answers.answered,
            could_say=answers.could_say,
            used=answers.used,
            satisfaction=answers.satisfaction,
            explained=answers.explained,
        )
        if still_wrong:
            try:
                object_to(call.complaint, by=by, at=at, reason=still_wrong)
            except Refused as refusal:  # the input that is meant has another name here
                raise Invalid(refusal.sentence, field="still_wrong") from refusal


def take_refusal(call: CallBack, *, by: User, at: datetime) -> None:
    """Keep that the citizen does not want to answer: a call that was made."""
    _settle(call, CallBack.State.REFUSED, by=by, at=at)


def take_silence(call: CallBack, *, by: User, at: datetime) -> CallBack:
    """Count a call that nobody answered; after the third, the citizen is not reached. Raises NotReady within an hour
    of the last."""
    fresh = _callable(call, by, at)
    if fresh.asked_at is not None and at - fresh.asked_at < BETWEEN_TRIES:
        raise NotReady(_("This number was called less than an hour ago. Try it again later."))
    tries = fresh.tries + 1
    ended = {"state": CallBack.State.NOT_REACHED, "settled_at": at} if tries == TRIES else {}
    _write(fresh, {"tries": tries, "asked_at": at, "taken_by": by, **ended})
    return CallBack.objects.get(pk=call.pk)


def _check(answers: Answers) -> None:
    given = (
        ("answered", answers.answered in Rating.Answered.values, _("Choose whether the office answered.")),
        ("used", answers.used in ("", *Rating.Used.values), _("Choose one of the answers.")),
        ("satisfaction", answers.satisfaction in (None, 1, 2, 3, 4, 5), _("Choose 1 to 5.")),
        ("way", answers.way in CallBack.Way.values, _("Choose how the questions were put.")),
    )
    for field, is_right, sentence in given:
        if not is_right:
            raise Invalid(sentence, field=field)


def _callable(call: CallBack, by: User, at: datetime) -> CallBack:
    """Return the call as it is now, if `by` may still make it."""
    if at.tzinfo is None:
        raise Invalid(_("Give the time with its zone."), field="at")
    fresh = calls_for_official(by, call.draw, at).filter(pk=call.pk).first()
    if fresh is None:
        raise NotAllowed(_("This call is not yours: it is for a monitor who had no part in the answer."))
    if fresh.state != CallBack.State.WAITING:
        raise Stale(_("What came of this call is written down already."))
    return fresh


def _settle(call: CallBack, state: str, *, by: User, at: datetime, **said: object) -> None:
    fresh = _callable(call, by, at)
    _write(
        fresh,
        {"state": state, "tries": fresh.tries + 1, "asked_at": at, "settled_at": at, "taken_by": by, **said},
    )


def _write(call: CallBack, values: dict[str, object]) -> None:
    """Write by compare-and-swap: right also where row locks are ignored (SQLite)."""
    unchanged = CallBack.objects.filter(pk=call.pk, state=CallBack.State.WAITING, tries=call.tries)
    if unchanged.update(**values) != 1:
        raise Stale(_("What came of this call was just written down by somebody else."))
