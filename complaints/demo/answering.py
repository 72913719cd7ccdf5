"""How an invented query is worked on until it is answered: triage, transfer, owner, questions, drafts, the letter."""

from complaints import correspondence, drafting, duties, pausing, routing
from complaints.actors import Voice
from complaints.answers import STANDARD_TEXT_WILL_DO
from complaints.deadlines import due_at
from complaints.demo import words
from complaints.demo.lives import Life, Turns, citizens_turn, tell
from complaints.models import Duty, Pause
from complaints.models.letters import LetterKind
from departments.channels import ChannelKind
from departments.models import StandardText
from departments.sops import Unit

# Working days after which a pause ends by itself (measurement 2.6), with the days on which nobody works.
_PAUSE_RUNS_OUT = 17
# Shares of the answers that begin with a standard text, and of those for complaints that say nothing else.
_BEGUN, _FORGOTTEN = 0.15, 0.3


def triage(life: Life) -> Turns:
    """Find out whose it is: route it, or offer it to the department to which it belongs."""
    if life.theirs is not life.office:
        yield from _transfer(life)
    elif life.chance(0.04):
        yield from _transferred_in_vain(life)
    if life.case.category_id is None or life.chance(0.25):
        yield life.work(1.5)
        by = life.office.people["intake" if life.chance(0.85) else "head"]
        section = life.category.section or life.case.section
        routing.route(life.case, by=by, at=life.at, section=section, category=life.category)


def _transfer(life: Life) -> Turns:
    yield life.work(5)
    to = life.theirs
    why = words.desk(life.rng, "transfers")
    routing.transfer(life.case, by=life.office.people["intake"], at=life.at, to=to.department, reason=why)
    life.office = to
    yield life.work(6 if life.chance(to.manner.prompt) else 30)
    routing.accept_transfer(life.case, by=to.people["intake"], at=life.at)
    yield from tell(life)


def _transferred_in_vain(life: Life) -> Turns:
    """Offered to a department that gives it back; now and then it never answers."""
    other = life.rng.choice([office for office in life.offices if office is not life.office])
    yield life.work(5)
    why = words.desk(life.rng, "transfers")
    routing.transfer(life.case, by=life.office.people["intake"], at=life.at, to=other.department, reason=why)
    if life.chance(0.1 + other.manner.dropped):
        yield life.never()
    yield life.work(6 if life.chance(other.manner.prompt) else 30)
    back = words.desk(life.rng, "returns")
    routing.return_transfer(life.case, by=other.people["head"], at=life.at, reason=back)


def take_up(life: Life) -> Turns:
    """A named officer becomes the owner; one in twenty queries changes hands later."""
    manner = life.office.manner
    yield life.work(life.rng.uniform(0.2, 4.5) if life.chance(0.5 + manner.prompt / 2) else life.rng.uniform(12, 60))
    life.owner = life.office.officer(life.rng)
    routing.accept(life.case, by=life.owner, at=life.at)
    if life.chance(0.15):
        yield life.work(3)
        correspondence.note(life.case, by=life.owner, at=life.at, text=words.desk(life.rng, "notes"))
    if life.chance(0.05):
        yield life.work(6)
        people = life.office.people
        to = people["officer2"] if life.owner == people["officer1"] else people["officer1"]
        why = words.desk(life.rng, "reassignments")
        routing.reassign(life.case, by=people["head"], at=life.at, to=to, reason=why)
        life.owner = to


def given_to_somebody(life: Life) -> Turns:
    """Months later the head of the department finds a query that nobody has taken up."""
    yield life.working_day(life.rng.uniform(25, 130))
    life.owner = life.office.officer(life.rng)
    why = words.desk(life.rng, "reassignments")
    routing.reassign(life.case, by=life.office.people["head"], at=life.at, to=life.owner, reason=why)


def days_allowed(life: Life) -> tuple[int, int]:
    """Return the working days for the first answer and for the outcome, as the duties of this query say."""
    rows = duties.procedure(life.case.sop_version_id)
    first, last = rows.step("R3"), rows.step("R6")
    answer = first.limit if first and first.limit else 10
    outcome = life.category.resolution_limit or (last.limit if last and last.limit else answer + 8)
    return min(answer, outcome), outcome


def ask(life: Life) -> Turns:
    """Ask the citizen something; the clock of the resolution pauses until the reply."""
    yield life.work(5)
    correspondence.ask(life.case, by=life.owner, at=life.at, text=life.writes("questions"))
    yield from tell(life)
    if life.chance(0.25):
        yield from _contest(life)
    elif life.chance(0.18):
        yield life.working_day(_PAUSE_RUNS_OUT)
    else:
        by = life.citizen_or_intake()
        yield citizens_turn(life, by, life.rng.uniform(0.3, 7))
        kind = life.case.channel.kind if not isinstance(by, Voice) else ChannelKind.WEB
        correspondence.citizen_writes(life.case, by=by, at=life.at, text=life.says("replies"), channel_kind=kind)


def _contest(life: Life) -> Turns:
    pause = Pause.objects.filter(complaint=life.case, starts_at__isnull=False, inadmissible="").first()
    if pause is None:
        return
    yield life.leisure(1)
    pausing.contest_pause(life.case, by=Voice.CITIZEN, at=life.at)
    yield life.work(9)
    verdict = life.rng.choice(("upheld", "struck"))
    monitor = life.office.people["monitor"]
    pausing.judge_pause(life.case, by=monitor, at=life.at, pause=pause, verdict=verdict)
    if life.chance(0.7):
        yield life.leisure(2)
        correspondence.citizen_writes(life.case, by=Voice.CITIZEN, at=life.at, text=life.says("contests"))


def warn(life: Life, new_day: float) -> Turns:
    """Tell the citizen, before the date is missed, the reason and the new date (R5)."""
    due = Duty.objects.filter(complaint=life.case, code="R3").values_list("due_at", flat=True).last()
    yield life.working_day(max(1.0, new_day * 0.6))
    if due is None or life.at >= due:
        return
    date = due_at(int(new_day) + 2, Unit.WORKING_DAYS, life.at, life.office.worktime)
    reason = life.writes("interim_reasons")
    correspondence.interim(life.case, by=life.owner, at=life.at, reason=reason, expected_at=date)
    yield from tell(life)


def answer(life: Life, text: str, kind: LetterKind, begun: StandardText | None = None) -> Turns:
    """Draft, have it approved (not always at once), send, and see that it is said."""
    people = life.office.people
    approver = people["approver" if life.chance(0.8) else "head"]
    if life.chance(0.12):
        first = text.partition("۔" if life.language == "ur" else ".")[0]
        drafting.draft(life.case, by=life.owner, at=life.at, text=first, kind=kind, standard_text=begun)
        yield life.work(2)
        drafting.send_back(life.case, by=approver, at=life.at, comment=words.desk(life.rng, "sent_back"))
        yield life.work(2)
    drafting.draft(life.case, by=life.owner, at=life.at, text=text, kind=kind, standard_text=begun)
    yield life.work(2.5)
    drafting.approve(life.case, by=approver, at=life.at)
    yield life.work(0.6)
    drafting.send(life.case, by=life.owner, at=life.at)
    yield from tell(life, said=0.95)


def begun(life: Life, text: str, kind: LetterKind) -> tuple[str, StandardText | None]:
    """Return the answer as it is written, and the standard text with which it begins in `_BEGUN` of all cases: for
    a question it is all that is said, for a complaint mostly the frame of what the officer found, and now and then he
    forgets the rest."""
    rng = life.apart("standard text")
    standard = life.office.text_for(life.reason, life.language)
    if kind is not LetterKind.SUBSTANTIVE or standard is None or rng.random() >= _BEGUN:
        return text, None
    if life.reason in STANDARD_TEXT_WILL_DO or rng.random() < _FORGOTTEN:
        return standard.text, standard
    return f"{standard.text} {text}", standard


def talk(life: Life) -> Turns:
    """The citizen writes back, and the office answers that too."""
    by = life.citizen_or_intake()
    yield citizens_turn(life, by, 1.5)
    correspondence.citizen_writes(life.case, by=by, at=life.at, text=life.says("comments"))
    if life.chance(0.75):
        yield life.work(4)
        yield from answer(life, life.writes("follow_ups"), LetterKind.FOLLOW_UP)
