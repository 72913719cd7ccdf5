"""How a query ends: concluded, confirmed or objected to, handed to monitoring, signed off, withdrawn, rated."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from complaints import assessment, duties, letters, pausing
from complaints.actions import Case, act_on, responsible
from complaints.actors import By, Voice, official_of
from complaints.chain import EventKind
from complaints.deadlines import Ended
from complaints.models import Closure, Complaint, Draft, Duty, Letter, Note, Rating, StageEntry, Transfer
from complaints.models.letters import ANSWERS, LetterKind
from complaints.outcomes import NEEDS_AN_ANSWER, OBJECTION_WINDOW, Outcome, held_closure
from complaints.stages import Position
from complaints.steps import REOPENABLE, RESOLUTION, SETTLES
from complaints.wording import LONGEST_TEXT, optional, required
from departments.errors import Invalid, NotAllowed, NotReady
from departments.models import Responsibility, Section, User
from departments.sops import CountsFrom, Stage


def conclude(
    complaint: Complaint, *, by: By, at: datetime, outcome: str, statement: str = "", seen: int | None = None
) -> Closure:
    """State the outcome. Provisional: the citizen is told the outcome and how to object, and it holds only as
    complaints/outcomes.py says. What was never done is closed without the event, which counts as late."""
    with act_on(complaint, "conclude", by=by, at=at, seen=seen) as case:
        _check_outcome(case, outcome)
        text = optional(statement, what=_("the statement"), field="statement", longest=LONGEST_TEXT)
        if outcome == Outcome.REFUSED and not text:
            raise Invalid(_("Write the reason of the refusal."), field="statement")
        closure = _close(case, outcome, text)
        if outcome == Outcome.NOT_REACHED:
            # An outcome of its own and no resolution (2.6): its clock ends without the event.
            duties.close_unmet(case.complaint, {RESOLUTION}, at=case.at)
        if case.position is Position.CONTENT:
            owner = case.entry.owner if case.entry else None
            case.enter(Stage.RESPONSE, section=case.complaint.section, owner=owner or case.official)
        case.record(EventKind.CONCLUDED, closure=closure.pk, outcome=outcome)
        duties.close_unmet(case.complaint, REOPENABLE - SETTLES[EventKind.CONCLUDED], at=case.at)
    return closure


def _check_outcome(case: Case, outcome: str) -> None:
    if outcome not in Outcome.values or outcome == Outcome.WITHDRAWN:
        allowed = [o for o in Outcome.values if o != Outcome.WITHDRAWN]
        raise Invalid(_("Choose one of the outcomes: %(names)s.") % {"names": ", ".join(allowed)}, field="outcome")
    if outcome in NEEDS_AN_ANSWER:
        if case.position is Position.CONTENT or not case.complaint.letters.filter(kind__in=ANSWERS).exists():
            raise NotReady(_("Send the answer first; then state the outcome."))
        return
    question = case.complaint.pauses.filter(ends_at__isnull=True).first()
    calls = case.complaint.notes.filter(kind=Note.Kind.CALL)
    if question is None or not calls.filter(written_at__gte=question.asked_at).exists():
        raise NotReady(_("“Not reached” needs a question that waits for its answer, and a call recorded after it."))


def _close(case: Case, outcome: str, statement: str) -> Closure:
    """Write the closure and its notice to the citizen; overtake the draft in hand and the open question."""
    Draft.objects.filter(complaint=case.complaint, closed_at__isnull=True).update(closed_at=case.at)
    pausing.end(case)
    values = {"outcome": outcome, "label": Outcome(outcome).label, "statement": statement}
    _subject, body = letters.rendered(case.complaint, "closing", window=OBJECTION_WINDOW.days, **values)
    notice = letters.post(case.complaint, LetterKind.CLOSING, body, by=case.by, at=case.at)
    case.closure = Closure.objects.create(
        complaint=case.complaint,
        department_id=case.complaint.department_id,
        outcome=outcome,
        statement=statement,
        concluded_by=official_of(case.by),
        concluded_at=case.at,
        notice=notice,
    )
    return case.closure


def _closure(case: Case) -> Closure:
    if case.closure is None:
        raise NotReady(_("%(reference)s is not concluded.") % {"reference": case.complaint.reference})
    return case.closure


def hand_over(complaint: Complaint, *, by: By, at: datetime, seen: int | None = None) -> None:
    """Hand a concluded query to monitoring: the section responsible for it, owned by its lead, or by his deputy
    where the lead is the responder."""
    with act_on(complaint, "hand_over", by=by, at=at, seen=seen) as case:
        closure = _closure(case)
        _to_monitoring(case, closure)
        case.record(EventKind.HANDED_OVER, closure=closure.pk)


def _to_monitoring(case: Case, closure: Closure) -> None:
    row = responsible(case.complaint.department_id, Stage.MONITORING)
    section, owner = _monitor(case, row, closure)
    case.set(monitored_by=section)
    case.enter(Stage.MONITORING, section=section, owner=owner)


def _monitor(case: Case, row: Responsibility | None, closure: Closure) -> tuple[Section, User | None]:
    if row is None:
        raise NotReady(
            _("%(department)s has no section for monitoring; name one first.")
            % {"department": case.complaint.department}
        )
    others = [p for p in (row.lead, row.deputy) if p is not None and p.is_active]
    responders = _responders(case.complaint, closure)
    return row.section, next((p for p in others if p.pk not in responders), None)


def _responders(complaint: Complaint, closure: Closure) -> set[int | None]:
    """Return the officials (primary keys) who wrote, sent or concluded; monitoring is for others."""
    senders = Letter.objects.filter(complaint=complaint, kind__in=ANSWERS).values_list("author", flat=True)
    writers = Draft.objects.filter(complaint=complaint).values_list("author", flat=True)
    return {closure.concluded_by_id, *senders, *writers} - {None}


def _not_a_responder(case: Case, closure: Closure) -> None:
    official = official_of(case.by)
    if official is not None and official.pk in _responders(case.complaint, closure):
        raise NotAllowed(_("You wrote, sent or concluded this; another person must record it."))


def sign_off(complaint: Complaint, *, by: By, at: datetime, seen: int | None = None) -> None:
    """End the query: the citizen confirmed, withdrew, or thirty days went by without objection, counted from the
    delivery of the closing notice (from the conclusion where it could not be delivered: then the closure never holds
    by silence, and the citizen may still object). Only someone who is not the responder."""
    with act_on(complaint, "sign_off", by=by, at=at, seen=seen) as case:
        closure = _closure(case)
        _not_a_responder(case, closure)
        settled = closure.confirmed_at is not None or closure.outcome == Outcome.WITHDRAWN
        window_ends = (closure.delivered_at or closure.concluded_at) + OBJECTION_WINDOW
        if not settled and case.at < window_ends:
            last = letters.day(window_ends, case.complaint)
            raise NotReady(
                _("The citizen may object until %(last)s; sign off after that, or after a confirmation.")
                % {"last": last}
            )
        case.leave()
        case.record(EventKind.SIGNED_OFF, closure=closure.pk)


def confirm(complaint: Complaint, *, by: By, at: datetime, seen: int | None = None) -> None:
    """The citizen says that what was promised happened; the closure holds."""
    with act_on(complaint, "confirm", by=by, at=at, seen=seen) as case:
        closure = _closure(case)
        _not_a_responder(case, closure)
        if closure.confirmed_at is not None:
            raise NotReady(_("It is confirmed already."))
        Closure.objects.filter(pk=closure.pk).update(confirmed_at=case.at)
        case.record(EventKind.CONFIRMED, closure=closure.pk)


def object_to(complaint: Complaint, *, by: By, at: datetime, reason: str, seen: int | None = None) -> None:
    """Void the closure and reopen: the citizen objects, a call-back failed, or the monitor found it undone. What
    the closure had ended is owed again with its old dates; only the time it lay closed is taken off."""
    with act_on(complaint, "object", by=by, at=at, seen=seen) as case:
        closure = _closure(case)
        if Closure.objects.filter(held_closure(case.at), pk=closure.pk).exists():
            raise NotAllowed(_("This closure already holds; file a new query and name this reference."))
        why = required(reason, what=_("what is still wrong"), field="reason")
        Closure.objects.filter(pk=closure.pk).update(voided_at=case.at, void_reason=why)
        case.closure = None
        case.set(monitored_by=None)
        case.enter(Stage.CONTENT, section=case.complaint.section, owner=_last_owner(case.complaint))
        case.record(EventKind.REOPENED, closure=closure.pk)
        _owe_again(case, closure)
        _subject, body = letters.rendered(case.complaint, "reopened")
        letters.post(case.complaint, LetterKind.NOTICE, body, by=Voice.MACHINE, at=case.at)


def _last_owner(complaint: Complaint) -> User | None:
    """Return who owned the query before it was closed, unless the account is closed by now."""
    stays = StageEntry.objects.filter(complaint=complaint, stage__in=(Stage.CONTENT, Stage.RESPONSE))
    last = stays.select_related("owner").order_by("-pk").first()
    return last.owner if last is not None and last.owner is not None and last.owner.is_active else None


def _owe_again(case: Case, closure: Closure) -> None:
    rows = duties.procedure(case.complaint.sop_version_id)
    opened_by_closure = [s.code for s in rows.steps if s.counts_from in (CountsFrom.CONCLUSION, CountsFrom.HANDOVER)]
    duties.annul(case.complaint, opened_by_closure, at=case.at)
    undone = Q(code__in=SETTLES[EventKind.CONCLUDED]) | Q(ended_as__in=(Ended.CLOSED, Ended.RELEASED))
    ended = case.complaint.duties.filter(
        undone, code__in=REOPENABLE, ended_at=closure.concluded_at, replaced_at__isnull=True
    )
    for duty in ended.order_by("pk"):
        duties.replace(
            duty,
            cause=Duty.Cause.REOPENED,
            at=case.at,
            rungs=rows.rungs,
            worktime=case.worktime,
            due_at=pausing.net_due_of(case, duty),
            ended_at=None,
            ended_as="",
            paused_at=None,
            paused_until=None,
        )


def withdraw(complaint: Complaint, *, by: By, at: datetime, reason: str = "", seen: int | None = None) -> Closure:
    """The citizen takes the query back. What was overdue stays late; the rest is no longer owed. Monitoring checks
    the withdrawal, so that nobody is talked out of a complaint."""
    with act_on(complaint, "withdraw", by=by, at=at, seen=seen) as case:
        text = optional(reason, what=_("the reason"), field="reason", longest=LONGEST_TEXT)
        if case.offer is not None:
            Transfer.objects.filter(pk=case.offer.pk).update(
                answered_at=case.at, accepted=False, answer="Withdrawn by the citizen."
            )
            case.set(offered_to=None)
        duties.release(case.complaint, at=case.at)
        closure = _close(case, Outcome.WITHDRAWN, text)
        _to_monitoring(case, closure)
        case.record(EventKind.WITHDRAWN, closure=closure.pk)
    return closure


def rate(
    complaint: Complaint,
    *,
    by: By,
    at: datetime,
    stars: int,
    answered: str = "",
    could_say: bool | None = None,
    used: str = "",
    explained: bool | None = None,
    comment: str = "",
    seen: int | None = None,
) -> Rating:
    """The citizen's judgement, 1 (very bad) to 5 (very good), with the answers to the questions of
    complaints/assessment.py as far as given; once a case, and the responder cannot take it down."""
    answers: assessment.Answers = {
        "answered": answered,
        "could_say": could_say,
        "used": used,
        "explained": explained,
    }
    with act_on(complaint, "rate", by=by, at=at, seen=seen) as case:
        _not_a_responder(case, _closure(case))
        if isinstance(stars, bool) or not isinstance(stars, int) or not 1 <= stars <= 5:
            raise Invalid(_("Choose 1 to 5."), field="stars")
        assessment.check(answers)
        if Rating.objects.filter(complaint=case.complaint).exists():
            raise NotReady(_("This case is rated already."))
        rating = Rating.objects.create(
            complaint=case.complaint,
            department_id=case.complaint.department_id,
            stars=stars,
            comment=optional(comment, what=_("the comment"), field="comment", longest=LONGEST_TEXT),
            rated_at=case.at,
            taken_by=official_of(case.by),
            **answers,
        )
        case.record(EventKind.RATED, rating=rating.pk, stars=stars, **assessment.given(answers))
    return rating
