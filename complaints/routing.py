"""To whom a query belongs: category and section, transfer between departments, the person who owns it."""

from datetime import datetime

from django.utils.translation import gettext as _

from complaints import duties, letters
from complaints.actions import Case, act_on, responsible
from complaints.actors import By, Voice
from complaints.chain import EventKind
from complaints.models import Complaint, Duty, Note, Transfer
from complaints.models.letters import LetterKind
from complaints.steps import OPENS, OWNERSHIP
from complaints.wording import LONGEST_TEXT, required
from departments.errors import Invalid, NotAllowed, NotReady
from departments.models import Category, Department, Section, User
from departments.roles import Power, powers_of
from departments.sops import Stage


def route(
    complaint: Complaint,
    *,
    by: By,
    at: datetime,
    section: Section,
    category: Category | None = None,
    seen: int | None = None,
) -> None:
    """Give the query to a section of its department, under a category of it. The reason that the citizen chose is
    kept; the dates are kept; an owner from another section is not."""
    with act_on(complaint, "route", by=by, at=at, seen=seen) as case:
        department = case.complaint.department_id
        if section.department_id != department:
            raise Invalid(_("Choose a section of the same department, or transfer the query."), field="section")
        if category is not None and category.department_id != department:
            raise Invalid(_("Choose a category of the same department."), field="category")
        moved = section.pk != case.complaint.section_id
        owner = None if moved else _owner(case)
        case.set(section=section, category=category or case.complaint.category)
        case.enter(Stage.CONTENT, section=section, owner=owner)
        if moved:
            case.complaint.duties.open().update(section=section)
        case.record(EventKind.ROUTED, section=section.pk, category=category.pk if category else None)


def _owner(case: Case) -> User | None:
    return case.entry.owner if case.entry else None


def transfer(
    complaint: Complaint, *, by: By, at: datetime, to: Department, reason: str, seen: int | None = None
) -> Transfer:
    """Offer the query to another department. The sender owes everything until it is accepted (R4); "not ours"
    without a transfer is no way to close a query."""
    with act_on(complaint, "transfer", by=by, at=at, seen=seen) as case:
        if to.pk == case.complaint.department_id:
            raise Invalid(_("It is this department's already; choose another."), field="to")
        if to.live_since is None or to.live_since > case.at:
            raise NotReady(_("%(to)s does not take queries yet; choose another department.") % {"to": to})
        row = responsible(to.pk, Stage.CONTENT)
        if row is None:
            raise NotReady(_("%(to)s has no section for content creation; choose another department.") % {"to": to})
        offer = Transfer.objects.create(
            complaint=case.complaint,
            from_department=case.complaint.department,
            to_department=to,
            to_section=row.section,
            reason=required(reason, what=_("why it is theirs"), field="reason"),
            offered_by=case.official,
            offered_at=case.at,
        )
        case.set(offered_to=to)
        duties.open_from(
            case.complaint,
            OPENS[EventKind.TRANSFERRED],
            start=case.at,
            at=case.at,
            department=to,
            section=row.section,
        )
        case.record(EventKind.TRANSFERRED, transfer=offer.pk, to=to.pk)
    return offer


def _offer(case: Case) -> Transfer:
    if case.offer is None:
        raise NotReady(_("%(reference)s is not offered to anybody.") % {"reference": case.complaint.reference})
    return case.offer


def accept_transfer(complaint: Complaint, *, by: By, at: datetime, seen: int | None = None) -> None:
    """Take an offered query over with all its dates: the citizen's clock never restarts. What is still owed passes
    to the receiving department; an owner is to be named there."""
    with act_on(complaint, "accept_transfer", by=by, at=at, seen=seen) as case:
        offer = _offer(case)
        _answer(case, offer, accepted=True, answer="")
        case.set(department=offer.to_department, section=offer.to_section, offered_to=None, category=None)
        if case.complaint.monitored_by_id is not None:
            case.call_monitors()
        case.enter(Stage.CONTENT, section=offer.to_section, owner=None)
        case.record(EventKind.TRANSFER_ACCEPTED, transfer=offer.pk)
        _pass_duties(case, offer)
        if case.complaint.contact is not None:
            _subject, body = letters.rendered(case.complaint, "transferred", section=offer.to_section)
            letters.post(case.complaint, LetterKind.NOTICE, body, by=Voice.MACHINE, at=case.at)


def _pass_duties(case: Case, offer: Transfer) -> None:
    rows = duties.procedure(case.complaint.sop_version_id)
    for duty in case.complaint.duties.open().order_by("pk"):
        duties.replace(
            duty,
            cause=Duty.Cause.TRANSFERRED,
            at=case.at,
            rungs=rows.rungs,
            worktime=case.worktime,
            department=offer.to_department,
            section=offer.to_section,
        )
    step = rows.step(OWNERSHIP)
    if step is not None and step.limit is not None and not case.complaint.duties.open().filter(code=OWNERSHIP).exists():
        # The first owner sat in the other department: the receiving one owes the citizen a name of its own.
        duties.open_step(case.complaint, step, start=case.at, at=case.at)


def return_transfer(complaint: Complaint, *, by: By, at: datetime, reason: str, seen: int | None = None) -> None:
    """Give an offered query back, saying why it is not ours; the sender goes on with the same dates."""
    with act_on(complaint, "return_transfer", by=by, at=at, seen=seen) as case:
        offer = _offer(case)
        _answer(case, offer, accepted=False, answer=required(reason, what=_("why it is not yours"), field="reason"))
        case.set(offered_to=None)
        case.record(EventKind.TRANSFER_RETURNED, transfer=offer.pk)


def _answer(case: Case, offer: Transfer, *, accepted: bool, answer: str) -> None:
    Transfer.objects.filter(pk=offer.pk).update(
        answered_by=case.official, answered_at=case.at, accepted=accepted, answer=answer
    )
    case.offer = None


def accept(complaint: Complaint, *, by: By, at: datetime, seen: int | None = None) -> None:
    """Become the named owner of the answer (R2). What a colleague owns is reassigned, not taken."""
    with act_on(complaint, "accept", by=by, at=at, seen=seen) as case:
        owner = _owner(case)
        if owner is not None:
            raise NotAllowed(
                _("%(owner)s owns %(reference)s; ask for it to be reassigned.")
                % {"owner": owner, "reference": case.complaint.reference}
            )
        case.enter(Stage.CONTENT, section=case.complaint.section, owner=case.official)
        case.record(EventKind.ACCEPTED, owner=case.official.pk)


def reassign(complaint: Complaint, *, by: By, at: datetime, to: User, reason: str, seen: int | None = None) -> None:
    """Give the stage in hand to another person, who must hold the power that the stage needs there."""
    with act_on(complaint, "reassign", by=by, at=at, seen=seen) as case:
        entry = case.stay
        why = required(reason, what=_("why it changes hands"), field="reason", longest=LONGEST_TEXT)
        needed = Power.MONITOR if entry.stage == Stage.MONITORING else Power.ANSWER
        if not to.is_active or needed not in powers_of(to.appointments.all(), entry.section, case.at):
            raise Invalid(_("%(to)s has no post that may take this over.") % {"to": to}, field="to")
        case.enter(entry.stage, section=entry.section, owner=to)
        note = Note.objects.create(complaint=case.complaint, author=case.official, text=why, written_at=case.at)
        case.record(EventKind.REASSIGNED, owner=to.pk, note=note.pk)
        if entry.stage == Stage.CONTENT:
            duties.settle(case.complaint, {OWNERSHIP}, at=case.at)
