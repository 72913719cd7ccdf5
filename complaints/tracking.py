"""What a citizen sees of the query: an allow-list. Page, API and letters render this and nothing else.

Notes, drafts, names of officials and what other offices think of it are not in here, so no template can show them.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from complaints import contesting, duties
from complaints.actions import allowed_moves, responsible
from complaints.actors import Voice
from complaints.assessment import in_words
from complaints.deadlines import Standing
from complaints.models import Closure, Complaint, Duty, Letter, Pause, Rating, StageEntry
from complaints.models.letters import LetterKind
from complaints.outcomes import OBJECTION_WINDOW, Outcome
from complaints.stages import Position, position_of
from departments.channels import ASSISTED, ChannelKind
from departments.models import Section
from departments.names import Name
from departments.offices import post_of
from departments.roles import Role
from departments.sops import Reason, Stage
from messaging.masking import masked

# What each step means for the citizen; a step that is not in here is called by its title in the procedure.
_OWED = {
    "R1": _("You get word that your query has arrived."),
    "R2": _("A named officer takes your query on."),
    "R3": _("You get the first real answer."),
    "R4": _("The office that was asked to take it over says yes or no."),
    "R6": _("Your matter is settled, and you are told how."),
    "K1": _("You are told how the matter ended."),
    "K2": _("The office hands it to those who check."),
    "K3": _("Someone who did not answer you checks that it was done, and signs."),
}


class Contested(StrEnum):
    """What became of the citizen's word that an answer is none."""

    OPEN = "open"
    UPHELD = "upheld"
    STRUCK = "struck"


class Progress(StrEnum):
    """How far one of the three steps is."""

    DONE = "done"
    NOW = "now"
    AHEAD = "ahead"


@dataclass(frozen=True)
class StepSeen:
    """One of the three steps of the picture."""

    stage: Stage
    progress: Progress


@dataclass(frozen=True)
class Answerable:
    """Who owes the next step: an office and a post, never a person's name."""

    department: Name
    section: Name
    post: Role | None


@dataclass(frozen=True)
class Ahead:
    """Something owed to the citizen. `promised` is what was said at first, `due` what counts now (the department's
    dates); they differ after a pause or a late holiday."""

    code: str
    what: str
    promised: date
    due: date
    standing: Standing


@dataclass(frozen=True)
class Said:
    """One letter of the conversation, in or out. `kind` is empty for what was filed at first, `contest` where the
    citizen did not call it no answer."""

    by_citizen: bool
    kind: str
    text: str
    language: str
    at: datetime
    needs_answer: bool
    contest: Contested | None = None


@dataclass(frozen=True)
class Ending:
    """How the office says that it ended. `object_by` is the last day for an objection, None while no such day runs."""

    outcome: Outcome
    statement: str
    on: date
    confirmed: bool
    object_by: date | None


@dataclass(frozen=True)
class RatingSeen:
    """The citizen's own judgement, as given; what was left out is empty or None."""

    stars: int
    answered: str
    could_say: bool | None
    used: str
    explained: bool | None
    comment: str

    @property
    def in_words(self) -> list[tuple[str, str]]:
        """The questions that were answered, with the answers."""
        return in_words(self)


@dataclass(frozen=True)
class ReachSeen:
    """How the citizen is answered; the address is masked."""

    kind: ChannelKind
    address: str
    verified: bool


@dataclass(frozen=True)
class CaseSeen:
    """One query as its citizen may see it. `acts` are the moves open to the citizen; `seen` changes with everything
    that is shown here and with nothing else, so that an act on an old page is noticed."""

    reference: str
    reason: Reason
    about: Name | None
    place: str
    district: Name | None
    received_at: datetime
    zone: ZoneInfo
    position: Position
    steps: tuple[StepSeen, ...]
    answerable: Answerable | None
    offered_to: Name | None
    ahead: tuple[Ahead, ...]
    conversation: tuple[Said, ...]
    ending: Ending | None
    rating: RatingSeen | None
    reach: ReachSeen | None
    acts: frozenset[str]
    seen: str

    @property
    def stars(self) -> int | None:
        """The citizen's judgement in one number."""
        return self.rating.stars if self.rating else None

    @property
    def late(self) -> tuple[Ahead, ...]:
        """What the office owes and has not done by its date."""
        return tuple(duty for duty in self.ahead if duty.standing == Standing.OVERDUE)

    @property
    def is_asked(self) -> bool:
        """Whether the office waits for the citizen's answer."""
        return any(said.needs_answer for said in self.conversation)


def as_seen_by_citizen(complaint: Complaint, *, at: datetime) -> CaseSeen:
    """Return what the citizen of `complaint` may see at `at` (aware). The number of queries does not grow with what
    was said or owed."""
    zone = complaint.department.calendar.worktime().zone
    entry = _open_entry(complaint)
    closure = Closure.objects.filter(complaint=complaint, voided_at__isnull=True).first()
    position = position_of(entry.stage if entry else None, concluded=closure is not None)
    pauses = list(Pause.objects.filter(complaint=complaint).order_by("pk"))
    letters = list(Letter.objects.filter(complaint=complaint).select_related("contest").order_by("sent_at", "pk"))
    rating = Rating.objects.filter(complaint=complaint).first()
    reach = _reach(complaint)
    acts = _acts(complaint, closure, pauses, letters, rating, reach, at)
    ending = _ending(closure, zone, at) if closure is not None else None
    return CaseSeen(
        reference=complaint.reference,
        reason=Reason(complaint.reason),
        about=complaint.category.name if complaint.category else None,
        place=complaint.place,
        district=complaint.district.name if complaint.district else None,
        received_at=complaint.received_at,
        zone=zone,
        position=position,
        steps=_steps(position),
        answerable=_answerable(complaint, entry, at) if entry else None,
        offered_to=complaint.offered_to.name if complaint.offered_to else None,
        ahead=_ahead(complaint, zone, at),
        conversation=_conversation(complaint, letters, pauses),
        ending=ending,
        rating=_rating(rating) if rating else None,
        reach=reach,
        acts=acts,
        seen=_fingerprint(position, closure, letters, acts),
    )


def _open_entry(complaint: Complaint) -> StageEntry | None:
    stays = StageEntry.objects.filter(complaint=complaint, left_at__isnull=True)
    return stays.select_related("section__department").prefetch_related("owner__appointments").first()


def _steps(position: Position) -> tuple[StepSeen, ...]:
    stages = tuple(Stage)
    if position is Position.ENDED:
        return tuple(StepSeen(stage, Progress.DONE) for stage in stages)
    now = stages.index(Stage.RESPONSE if position is Position.CONCLUDED else Stage(position.value))
    progress = (*(Progress.DONE for _ in range(now)), Progress.NOW, *(Progress.AHEAD for _ in stages[now + 1 :]))
    return tuple(StepSeen(stage, how) for stage, how in zip(stages, progress, strict=True))


def _answerable(complaint: Complaint, entry: StageEntry, at: datetime) -> Answerable:
    """The post of the owner; while nobody owns it, the lead of the stage owes it an owner."""
    section: Section = entry.section
    person = entry.owner
    if person is None and (row := responsible(complaint.department_id, entry.stage)) is not None:
        person = row.lead
    post = post_of(person, section, at) if person is not None else None
    return Answerable(section.department.name, section.name, post)


def _ahead(complaint: Complaint, zone: ZoneInfo, at: datetime) -> tuple[Ahead, ...]:
    titles = duties.procedure(complaint.sop_version_id)
    rows = Duty.objects.as_of(at).filter(complaint=complaint, ended_at__isnull=True).order_by("due_at", "pk")
    found = []
    for row in rows:
        standing = Standing(row.standing)  # type: ignore[attr-defined]
        step = titles.step(row.code)
        what = _OWED.get(row.code) or (step.title if step else row.code)
        days = (row.promised_at.astimezone(zone).date(), row.due_at.astimezone(zone).date())
        found.append(Ahead(row.code, str(what), *days, standing))
    return tuple(found)


def _conversation(complaint: Complaint, letters: list[Letter], pauses: Iterable[Pause]) -> tuple[Said, ...]:
    open_questions = {pause.question_id for pause in pauses if pause.ends_at is None}
    said = [_said(letter, needs_answer=letter.pk in open_questions) for letter in letters]
    # What was filed by an arrival stands among the letters already.
    if not any(letter.incoming_id and letter.sent_at == complaint.received_at for letter in letters):
        first = Said(True, "", complaint.text, complaint.language, complaint.received_at, False)
        said.insert(0, first)
    return tuple(said)


def _said(letter: Letter, *, needs_answer: bool) -> Said:
    kind = LetterKind(letter.kind)
    is_his = kind is LetterKind.CITIZEN
    return Said(is_his, kind.value, letter.text, letter.language, letter.sent_at, needs_answer, _contest(letter))


def _contest(letter: Letter) -> Contested | None:
    contest = getattr(letter, "contest", None)
    if contest is None or contest.upheld is None:
        return None if contest is None else Contested.OPEN
    return Contested.UPHELD if contest.upheld else Contested.STRUCK


def _ending(closure: Closure, zone: ZoneInfo, at: datetime) -> Ending:
    window = closure.delivered_at + OBJECTION_WINDOW if closure.delivered_at is not None else None
    runs = window is not None and closure.confirmed_at is None and at < window
    return Ending(
        outcome=Outcome(closure.outcome),
        statement=closure.statement,
        on=closure.concluded_at.astimezone(zone).date(),
        confirmed=closure.confirmed_at is not None,
        object_by=window.astimezone(zone).date() if runs and window is not None else None,
    )


def _rating(rating: Rating) -> RatingSeen:
    return RatingSeen(rating.stars, rating.answered, rating.could_say, rating.used, rating.explained, rating.comment)


def _reach(complaint: Complaint) -> ReachSeen | None:
    own = complaint.contact
    if own is None:
        return None
    return ReachSeen(ChannelKind(own.kind), masked(own.address), own.verified_at is not None)


def _acts(
    complaint: Complaint,
    closure: Closure | None,
    pauses: Iterable[Pause],
    letters: Iterable[Letter],
    rating: Rating | None,
    reach: ReachSeen | None,
    at: datetime,
) -> frozenset[str]:
    """The citizen's moves by the table, less those that the verbs would refuse for another reason."""
    acts = set(allowed_moves(complaint, by=Voice.CITIZEN, at=at))
    if closure is None:
        acts -= {"confirm", "object", "rate"}
    else:
        if closure.confirmed_at is not None or closure.outcome == Outcome.WITHDRAWN:
            acts -= {"confirm"}
        silent = closure.delivered_at is not None and closure.delivered_at + OBJECTION_WINDOW <= at
        if closure.confirmed_at is not None or silent:
            acts -= {"object"}
    if rating is not None:
        acts -= {"rate"}
    if not any(p.starts_at is not None and not p.inadmissible and p.contested_at is None for p in pauses):
        acts -= {"contest_pause"}
    worktime = complaint.department.calendar.worktime()
    if contesting.why_not(contesting.last_answer(letters), worktime, at):
        acts -= {"contest_answer"}
    if reach is None or reach.verified or reach.kind in ASSISTED:
        acts -= {"verify"}
    return frozenset(acts)


def _fingerprint(position: Position, closure: Closure | None, letters: list[Letter], acts: Iterable[str]) -> str:
    last = letters[-1].pk if letters else 0
    contests = [(letter.pk, str(contest)) for letter in letters if (contest := _contest(letter)) is not None]
    shown = (position.value, closure.pk if closure else 0, len(letters), last, *contests, *sorted(acts))
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]
