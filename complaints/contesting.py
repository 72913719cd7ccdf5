"""When an answer is none: the citizen's word on it, and the monitor's judgement (measurement 2.3).

What was owed and done stays as it was: complaints/answers.py decides what counts as a real answer, and reads these
rows. A struck answer can be followed by a new one, and the citizen may contest that too.
"""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from complaints.actions import act_on
from complaints.actors import By
from complaints.answers import contest_until
from complaints.chain import EventKind
from complaints.models import Complaint, Contest, Letter
from complaints.models.letters import ANSWERS
from complaints.wording import LONGEST_TEXT, optional
from departments.errors import Invalid, NotAllowed, NotReady
from departments.worktime import Worktime


def last_answer(letters: Iterable[Letter]) -> Letter | None:
    """Return the answer that reached the citizen last; of those, only the last may be contested."""
    given = (letter for letter in letters if letter.kind in ANSWERS and letter.delivered_at is not None)
    return max(given, key=lambda letter: (letter.delivered_at, letter.pk), default=None)


def why_not(answer: Letter | None, worktime: Worktime, at: datetime) -> str:
    """Return why `answer`, the last one, cannot be contested at `at`; empty when it can."""
    if answer is None or answer.delivered_at is None:
        return _("No answer has arrived yet.")
    if hasattr(answer, "contest"):
        return _("This answer was contested already.")
    if at > contest_until(answer.delivered_at, worktime):
        return _("The ten working days in which an answer can be contested are over.")
    return ""


def contest_answer(complaint: Complaint, *, by: By, at: datetime, reason: str = "", seen: int | None = None) -> Contest:
    """The citizen says that the last answer is none. It does not count as one until the monitor has upheld it."""
    with act_on(complaint, "contest_answer", by=by, at=at, seen=seen) as case:
        answers = case.complaint.letters.filter(kind__in=ANSWERS, delivered_at__isnull=False)
        answer = last_answer(answers.select_related("contest"))
        hindrance = why_not(answer, case.worktime, case.at)
        if answer is None or hindrance:
            raise NotReady(hindrance)
        contest = Contest.objects.create(
            letter=answer,
            contested_at=case.at,
            reason=optional(reason, what=_("the reason"), field="reason", longest=LONGEST_TEXT),
        )
        if case.complaint.monitored_by_id is None:
            case.call_monitors()
        case.record(EventKind.ANSWER_CONTESTED, letter=answer.pk)
    return contest


def judge_answer(
    complaint: Complaint, *, by: By, at: datetime, letter: Letter, verdict: str, seen: int | None = None
) -> None:
    """The monitor decides on a contested answer: `verdict` is "upheld" (it is an answer after all) or "struck"."""
    with act_on(complaint, "judge_answer", by=by, at=at, seen=seen) as case:
        contests = Contest.objects.select_related("letter__approval")
        found = contests.filter(letter=letter.pk, letter__complaint=case.complaint, judged_at__isnull=True).first()
        if found is None:
            raise NotReady(_("This answer is not contested, or it was judged already."))
        approval = found.letter.approval
        if case.official.pk in (found.letter.author_id, approval.approver_id if approval else None):
            raise NotAllowed(_("Who wrote or approved the answer cannot judge it; another monitor must."))
        if verdict not in ("upheld", "struck"):
            raise Invalid(_("Say “upheld” or “struck”."), field="verdict")
        Contest.objects.filter(pk=found.pk).update(
            judged_at=case.at, judged_by=case.official, upheld=verdict == "upheld"
        )
        case.record(EventKind.ANSWER_JUDGED, letter=found.letter_id, verdict=verdict)
