"""How an answer is written: drafted by one person, approved by another, and then sent."""

import hashlib
import json
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from complaints import duties, letters
from complaints.actions import Case, act_on
from complaints.actors import By
from complaints.answers import own_share
from complaints.chain import EventKind, text_digest
from complaints.models import Approval, Complaint, Draft, Letter
from complaints.models.letters import ANSWERS, DRAFTED, LetterKind
from complaints.stages import Position
from complaints.steps import OWNERSHIP
from complaints.wording import LONGEST_TEXT, optional, required
from departments.errors import Invalid, NotAllowed, NotReady
from departments.models import StandardText
from departments.sops import Stage

# The step by which an SOP demands a second person; an SOP without it lets the officer send alone.
TWO_PERSONS = "C1"


def draft(
    complaint: Complaint,
    *,
    by: By,
    at: datetime,
    text: str,
    kind: str = LetterKind.SUBSTANTIVE,
    language: str | None = None,
    standard_text: StandardText | None = None,
    seen: int | None = None,
) -> Draft:
    """Write the answer, or a new wording of it: every edit is a new draft, so an earlier approval covers it no
    longer. It is measured against the standard text that it, or the wording before it, began with."""
    with act_on(complaint, "draft", by=by, at=at, seen=seen) as case:
        if kind not in DRAFTED:
            raise Invalid(_("Choose what it is: %(names)s.") % {"names": ", ".join(DRAFTED)}, field="kind")
        tongue = _known(language or case.complaint.language)
        words = required(text, what=_("the answer"))
        before = _open_draft(case)
        began_with = _standard_text(case, standard_text, before)
        if before is not None:
            Draft.objects.filter(pk=before.pk).update(closed_at=case.at)
        written = Draft.objects.create(
            complaint=case.complaint,
            replaces=before,
            kind=kind,
            language=tongue,
            text=words,
            standard_text=began_with,
            own_share=own_share(words, began_with.text) if began_with else 1.0,
            author=case.official,
            written_at=case.at,
        )
        case.record(EventKind.DRAFTED, draft=written.pk, text=text_digest(written.text))
    return written


def _known(language: str) -> str:
    if language not in dict(settings.LANGUAGES):
        raise Invalid(
            _("Choose one of the languages: %(names)s.") % {"names": ", ".join(dict(settings.LANGUAGES))},
            field="language",
        )
    return language


def _standard_text(case: Case, chosen: StandardText | None, before: Draft | None) -> StandardText | None:
    """Return what is to be measured against. One that was closed while the letter was written still is."""
    if chosen is None:
        return before.standard_text if before is not None else None
    if not StandardText.objects.of(case.complaint.department_id).filter(pk=chosen.pk).exists():
        raise Invalid(_("Choose a standard text of this department, or begin without one."), field="standard_text")
    return chosen


def _open_draft(case: Case) -> Draft | None:
    return next(iter(Draft.objects.filter(complaint=case.complaint, closed_at__isnull=True)), None)


def _draft_in_hand(case: Case) -> Draft:
    found = _open_draft(case)
    if found is None:
        raise NotReady(
            _("There is no draft on %(reference)s; write one first.") % {"reference": case.complaint.reference}
        )
    return found


def content_hash(complaint: Complaint, draft: Draft) -> str:
    """Return the hash (hex) that an approval is bound to: text, kind, language, attachments, recipient, channel, and
    the department in whose name it is said, so that an approval does not travel with a transfer."""
    contact = complaint.contact
    content = {
        "text": draft.text,
        "kind": draft.kind,
        "language": draft.language,
        "attachments": [],
        "recipient": contact.address if contact else "",
        "channel": contact.kind if contact else "",
        "department": complaint.department_id,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def approve(complaint: Complaint, *, by: By, at: datetime, seen: int | None = None) -> Approval:
    """Approve the draft in hand. Whoever wrote any wording of it cannot (Role-1)."""
    with act_on(complaint, "approve", by=by, at=at, seen=seen) as case:
        decision = _decide(case, Approval.Decision.APPROVED, "")
        case.record(EventKind.APPROVED, approval=decision.pk, content=decision.content_hash)
    return decision


def send_back(complaint: Complaint, *, by: By, at: datetime, comment: str, seen: int | None = None) -> Approval:
    """Refuse the draft in hand and say what must change."""
    with act_on(complaint, "send_back", by=by, at=at, seen=seen) as case:
        decision = _decide(
            case, Approval.Decision.SENT_BACK, required(comment, what=_("what must change"), field="comment")
        )
        case.record(EventKind.SENT_BACK, approval=decision.pk)
    return decision


def _decide(case: Case, decision: str, comment: str) -> Approval:
    found = _draft_in_hand(case)
    if case.official.pk in _authors(found):
        raise NotAllowed(_("You wrote this draft; another person must decide on it."))
    return Approval.objects.create(
        draft=found,
        author=found.author,
        approver=case.official,
        decision=decision,
        content_hash=content_hash(case.complaint, found),
        comment=optional(comment, what=_("the comment"), field="comment", longest=LONGEST_TEXT),
        decided_at=case.at,
    )


def _authors(draft: Draft) -> set[int]:
    authors = {draft.author_id}
    before = draft.replaces
    while before is not None:
        authors.add(before.author_id)
        before = before.replaces
    return authors


def standing_approval(complaint: Complaint, draft: Draft) -> Approval | None:
    """Return the approval that covers `draft` as it would go out now: the last decision on it, with its hash."""
    last = draft.approvals.order_by("-pk").first()
    if last is None or last.decision != Approval.Decision.APPROVED:
        return None
    return last if last.content_hash == content_hash(complaint, draft) else None


def send(complaint: Complaint, *, by: By, at: datetime, seen: int | None = None) -> Letter:
    """Send the draft in hand to the citizen; the query enters the response stage. Where the SOP has step C1, only
    with a standing approval of exactly this content."""
    with act_on(complaint, "send", by=by, at=at, seen=seen) as case:
        found = _draft_in_hand(case)
        approval = standing_approval(case.complaint, found)
        if approval is None and duties.procedure(case.complaint.sop_version_id).step(TWO_PERSONS) is not None:
            raise NotReady(
                _("This wording is not approved (or it, its recipient or channel changed since). Ask for it.")
            )
        Draft.objects.filter(pk=found.pk).update(closed_at=case.at)
        letter = letters.post(
            case.complaint,
            LetterKind(found.kind),
            found.text,
            by=case.by,
            at=case.at,
            approval=approval,
            language=found.language,
            own_share=found.own_share,
        )
        owner = case.entry.owner if case.entry and case.entry.owner else case.official
        if case.position is Position.CONTENT:
            case.enter(Stage.RESPONSE, section=case.complaint.section, owner=owner)
            # Who answers without having accepted is the named owner from here on; nothing else could settle it later.
            duties.settle(case.complaint, {OWNERSHIP}, at=case.at)
        kind = EventKind.ANSWERED if found.kind in ANSWERS else EventKind.WROTE
        case.record(kind, letter=letter.pk, text=text_digest(letter.text))
    return letter
