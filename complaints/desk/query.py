"""The page of one query: the conversation, what is owed and why then, what happened, and what may be done."""

from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil, floor
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from complaints.answers import NEEDS_OWN_TEXT, OWN_SHARE_NEEDED, REAL_KINDS
from complaints.assessment import in_words
from complaints.desk import dates
from complaints.desk.changes import compared
from complaints.desk.frame import official_of, show
from complaints.desk.history import history
from complaints.desk.moves import DOINGS, GROUPS, Doing, form_for
from complaints.desk.queue import category_of, name_of
from complaints.desk.reckoning import owed
from complaints.desk.situation import Situation, situation
from complaints.models import Approval, Complaint, Contest, Draft, Letter, Note
from complaints.models.letters import LetterKind
from complaints.outcomes import Outcome
from complaints.stages import Position
from departments.channels import ASSISTED, ChannelKind
from departments.sops import Reason
from departments.worktime import Worktime
from messaging.masking import masked

POSITIONS = {
    Position.CONTENT: gettext_lazy("Content creation"),
    Position.RESPONSE: gettext_lazy("Response"),
    Position.CONCLUDED: gettext_lazy("Response, concluded"),
    Position.MONITORING: gettext_lazy("Monitoring"),
    Position.ENDED: gettext_lazy("Ended"),
}


@dataclass(frozen=True)
class Said:
    """One message or note of the conversation."""

    side: str  # "citizen", "office" or "internal"
    who: str
    kind: str
    when: str
    moment: datetime
    text: str
    language: str
    state: str = ""
    contest: str = ""  # that the citizen calls it no answer, and how that was judged
    why_contested: str = ""


@dataclass(frozen=True)
class Action:
    """A move as the page offers it."""

    move: str
    doing: Doing
    why_not: str


@dataclass(frozen=True)
class Fact:
    """A line of the summary; `plain` values are of Latin letters and digits."""

    label: str
    value: str
    plain: bool = False


@require_safe
def query(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one query to an official who may see it."""
    at = timezone.now()
    official = official_of(request)
    now = situation(official, reference, at=at)
    return show(request, official, at, "desk/query.html", {"unread": now.unread, **described(now)})


def described(now: Situation) -> dict[str, Any]:
    """Return what the page shows of the situation."""
    actions = [Action(move, DOINGS[move], now.why_not(move)) for move in now.allowed]
    possible = [action for action in actions if not action.why_not]
    next_one = max(possible, key=lambda action: action.doing.weight, default=None)
    first = next_one if next_one is not None and next_one.doing.weight else None
    offered = {"note", first.move if first else ""}
    return {
        "complaint": now.complaint,
        "position": POSITIONS[now.case.position],
        "owner": name_of(now.case.entry.owner) if now.case.entry and now.case.entry.owner else "",
        "is_open": now.case.entry is not None,
        "offer": now.case.offer,
        "category": category_of(now.complaint),
        "said": conversation(now),
        "facts": facts(now),
        "owed": owed(now.complaint, now.duties, now.case.at),
        "history": history(now.complaint, now.events, now.entries),
        "draft": _draft(now),
        "first": first,
        "groups": [
            (label, [action for action in possible if action.doing.group == name and action.move not in offered])
            for name, label in GROUPS.items()
        ],
        "not_now": [action for action in actions if action.why_not],
        "note": form_for("note", now.case) if "note" in now.allowed else None,
        "closure": now.case.closure,
        "outcome": Outcome(now.case.closure.outcome).label if now.case.closure else "",
    }


def conversation(now: Situation) -> list[Said]:
    """Return what was said and written, first to last."""
    complaint = now.complaint
    worktime = complaint.department.calendar.worktime()
    begun = Said(
        "citizen",
        _("The citizen"),
        str(Reason(complaint.reason).label),
        dates.minute(complaint.received_at, worktime),
        complaint.received_at,
        complaint.text,
        complaint.language,
    )
    # The arrival that began it is kept as a letter too; it is shown once.
    letters = [letter for letter in now.letters if not _is_beginning(letter, complaint)]
    said = [begun, *(_letter(letter, now) for letter in letters), *(_note(note, now) for note in now.notes)]
    return sorted(said, key=lambda one: one.moment)


def _is_beginning(letter: Letter, complaint: Complaint) -> bool:
    is_his = letter.kind == LetterKind.CITIZEN and letter.incoming_id is not None
    return is_his and letter.sent_at == complaint.received_at


def _letter(letter: Letter, now: Situation) -> Said:
    worktime = now.complaint.department.calendar.worktime()
    kind = str(LetterKind(letter.kind).label)
    when = dates.minute(letter.sent_at, worktime)
    if letter.kind == LetterKind.CITIZEN:
        how = str(ChannelKind(letter.channel_kind).label)
        return Said("citizen", _("The citizen"), how, when, letter.sent_at, letter.text, letter.language)
    who = name_of(letter.author) if letter.author else _("Jawab itself")
    state, contest = _state(letter, now), getattr(letter, "contest", None)
    said = Said("office", who, kind, when, letter.sent_at, letter.text, letter.language, state)
    if contest is None:
        return said
    return replace(said, contest=_contested(contest, worktime), why_contested=contest.reason)


def _contested(contest: Contest, worktime: Worktime) -> str:
    moments = {"when": dates.minute(contest.contested_at, worktime)}
    if contest.judged_at is None:
        return _("The citizen says that this is no answer (%(when)s). Monitoring has not judged it yet.") % moments
    moments["judged"] = dates.minute(contest.judged_at, worktime)
    if contest.upheld:
        return _("The citizen said that this is no answer (%(when)s). Judged: it is one (%(judged)s).") % moments
    return _("The citizen said that this is no answer (%(when)s). Judged: it is none (%(judged)s).") % moments


def _state(letter: Letter, now: Situation) -> str:
    if letter.delivered_at is not None:
        delivered = dates.minute(letter.delivered_at, now.complaint.department.calendar.worktime())
        return _("Delivered %(when)s") % {"when": delivered}
    if letter.outgoing is not None:
        return str(letter.outgoing.get_state_display())
    return _("Waits on the citizen's tracking page")


def _note(note: Note, now: Situation) -> Said:
    when = dates.minute(note.written_at, now.complaint.department.calendar.worktime())
    kind = str(Note.Kind(note.kind).label)
    return Said("internal", name_of(note.author), kind, when, note.written_at, note.text, "")


def _draft(now: Situation) -> dict[str, Any] | None:
    draft = now.draft
    if draft is None:
        return None
    old = now.replaced
    worktime = now.complaint.department.calendar.worktime()
    return {
        "draft": draft,
        "kind": LetterKind(draft.kind).label,
        "author": name_of(draft.author),
        "when": dates.minute(draft.written_at, worktime),
        "old": old,
        "old_author": name_of(old.author) if old else "",
        "old_when": dates.minute(old.written_at, worktime) if old else "",
        "old_why": old.decided_why if old else "",  # type: ignore[attr-defined]
        "compared": compared(old.text, draft.text) if old else None,
        "is_approved": now.is_approved,
        "is_sent_back": draft.decision == Approval.Decision.SENT_BACK,  # type: ignore[attr-defined]
        "why": draft.decided_why or "",  # type: ignore[attr-defined]
        "needs_approval": now.needs_approval,
        "standard_text": draft.standard_text,
        "own_words": floor(100 * draft.own_share),
        "own_words_needed": ceil(100 * OWN_SHARE_NEEDED) if _lacks_own_words(draft, now) else None,
    }


def _lacks_own_words(draft: Draft, now: Situation) -> bool:
    """Whether the draft, sent as it is, would not count as an answer (complaints/answers.py)."""
    needs_them = draft.kind in REAL_KINDS and now.complaint.reason in NEEDS_OWN_TEXT
    return needs_them and draft.own_share < OWN_SHARE_NEEDED


def facts(now: Situation) -> list[Fact]:
    """Return what is known of the query and the citizen, as far as this office may know it."""
    complaint = now.complaint
    worktime = complaint.department.calendar.worktime()
    known = [
        Fact(_("Citizen"), _name(complaint)),
        Fact(_("Answer goes to"), _contact(now)),
        Fact(_("Place"), complaint.place),
        Fact(_("District"), str(complaint.district or "")),
        Fact(_("Came by"), str(ChannelKind(complaint.channel.kind).label)),
        Fact(_("Received"), dates.minute(complaint.received_at, worktime)),
        Fact(_("Taken down by"), name_of(complaint.taken_by) if complaint.taken_by else ""),
        Fact(_("Language"), complaint.get_language_display()),
        Fact(_("Department"), str(complaint.department)),
        Fact(_("Section"), str(complaint.section.name)),
        Fact(_("Checked by"), str(complaint.monitored_by.name) if complaint.monitored_by else ""),
        *_rating(complaint),
    ]
    return [fact for fact in known if fact.value]


def _name(complaint: Complaint) -> str:
    if complaint.anonymity == Complaint.Anonymity.UNKNOWN:
        return _("Unknown; nothing is kept")
    if complaint.anonymity == Complaint.Anonymity.HIDDEN:
        return _("Hidden, as the citizen asked")
    return complaint.citizen.name if complaint.citizen and complaint.citizen.name else _("No name given")


def _contact(now: Situation) -> str:
    """Where letters go, masked; whole for who has to telephone or to write to it by hand, unless it is hidden."""
    contact = now.complaint.contact
    if contact is None:
        return _("No address: letters wait on the tracking page")
    kind = str(ChannelKind(contact.kind).label)
    if now.complaint.anonymity == Complaint.Anonymity.HIDDEN:
        return _("%(kind)s, hidden") % {"kind": kind}
    by_hand = contact.kind in ASSISTED and {"call", "deliver"} & set(now.allowed)
    address = contact.address if by_hand else masked(contact.address)
    verified = contact.verified_at is not None or contact.kind in ASSISTED
    # The marks keep an address in one piece inside a line of the other direction.
    said = f"{kind}: \u2068{address}\u2069"
    return said if verified else _("%(contact)s (not verified)") % {"contact": said}


def _rating(complaint: Complaint) -> list[Fact]:
    if not hasattr(complaint, "rating"):
        return []
    rating = complaint.rating
    return [
        Fact(_("Rating"), _("%(stars)s of 5") % {"stars": rating.stars}),
        *(Fact(question, answer) for question, answer in in_words(rating)),
        Fact(_("What the citizen adds"), rating.comment),
    ]
