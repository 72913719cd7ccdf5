"""How an invented query ends: concluded, handed over, confirmed or objected to, rated, signed off; or withdrawn."""

from complaints import closing, correspondence
from complaints.actors import Voice
from complaints.demo import answering, words
from complaints.demo.judging import answers
from complaints.demo.lives import Life, Turns, citizens_turn, tell
from complaints.models.letters import LetterKind
from complaints.outcomes import OBJECTION_WINDOW, Outcome
from departments.sops import Reason

# How queries of each reason end, in shares.
OUTCOMES: dict[str, dict[Outcome, int]] = {
    Reason.COMPLAINT: {Outcome.GRANTED: 52, Outcome.PARTLY: 20, Outcome.REFUSED: 20, Outcome.ANSWERED: 8},
    Reason.QUESTION: {Outcome.ANSWERED: 93, Outcome.REFUSED: 7},
    Reason.FORM: {Outcome.GRANTED: 40, Outcome.ANSWERED: 45, Outcome.REFUSED: 15},
    Reason.EVENT: {Outcome.GRANTED: 80, Outcome.REFUSED: 20},
    Reason.PROJECT_INPUT: {Outcome.ANSWERED: 50, Outcome.PARTLY: 25, Outcome.GRANTED: 15, Outcome.REFUSED: 10},
    Reason.CONFLICT: {Outcome.GRANTED: 25, Outcome.PARTLY: 35, Outcome.REFUSED: 25, Outcome.ANSWERED: 15},
}
_STATEMENTS = {Outcome.REFUSED: "refused_statements", Outcome.NOT_REACHED: "unreached_statements"}


def outcome_of(life: Life) -> Outcome:
    """Draw how this query will end when it is answered."""
    shares = OUTCOMES[life.reason]
    return life.rng.choices(list(shares), list(shares.values()))[0]


def wording(life: Life, outcome: Outcome) -> tuple[str, LetterKind]:
    """Return the answer that leads to this outcome, and its kind."""
    if outcome is Outcome.REFUSED:
        return life.on_topic("refusals"), LetterKind.REFUSAL
    if outcome is Outcome.ANSWERED and life.reason == Reason.COMPLAINT:
        return life.writes("redirects"), LetterKind.REDIRECT
    text = life.on_topic("answers")
    if outcome is Outcome.PARTLY:
        text = f"{text} {life.writes('partly')}"
    return text, LetterKind.SUBSTANTIVE


def conclude(life: Life, outcome: Outcome) -> Turns:
    """State the outcome, tell it, and hand the query to monitoring."""
    statement = life.writes(_STATEMENTS.get(outcome, "statements"))
    closing.conclude(life.case, by=life.owner, at=life.at, outcome=outcome, statement=statement)
    yield from tell(life, said=0.94)
    yield life.work(2 if life.chance(0.3 + life.office.manner.prompt / 2) else 24)
    closing.hand_over(life.case, by=life.owner, at=life.at)


def unreached(life: Life) -> Turns:
    """A question is left without an answer, calls are in vain, and the query ends as "citizen not reached"."""
    yield life.work(6)
    correspondence.ask(life.case, by=life.owner, at=life.at, text=life.writes("questions"))
    yield from tell(life)
    for _ in range(life.rng.randint(1, 3)):
        yield life.work(22)
        correspondence.call(life.case, by=life.owner, at=life.at, text=words.desk(life.rng, "calls"))
    yield life.work(20)
    yield from conclude(life, Outcome.NOT_REACHED)
    yield from monitored(life)


def monitored(life: Life) -> Turns:
    """What follows a conclusion: the citizen objects, or confirms, rates or is silent; the monitor signs off."""
    if life.chance(life.office.manner.objected):
        yield from _objected(life)
    rated = life.chance(0.4)
    if life.chance(0.3):
        by = life.citizen_or_intake()
        yield citizens_turn(life, by, 3)
        closing.confirm(life.case, by=by, at=life.at)
        if rated:
            yield from _rate(life)
        yield life.work(14)
    else:
        if rated:
            yield from _rate(life)
        yield from _wait_for_objections(life)
    if life.chance(0.05 + life.office.manner.dropped):
        yield life.work(life.rng.uniform(40, 200))
    closing.sign_off(life.case, by=life.office.people["monitor"], at=life.at)


def _wait_for_objections(life: Life) -> Turns:
    closure = life.case.closures.get(voided_at__isnull=True)
    life.at = max(life.at, (closure.delivered_at or closure.concluded_at) + OBJECTION_WINDOW)
    yield life.work(7)


def _objected(life: Life) -> Turns:
    """The citizen objects, or the monitor found it undone; the office answers anew."""
    if life.chance(0.75):
        by = life.citizen_or_intake()
        yield citizens_turn(life, by, life.rng.uniform(0.5, 11))
        closing.object_to(life.case, by=by, at=life.at, reason=life.says("objections"))
    else:
        yield life.work(25)
        monitor = life.office.people["monitor"]
        closing.object_to(life.case, by=monitor, at=life.at, reason=words.desk(life.rng, "findings"))
    yield from tell(life)
    if life.chance(life.office.manner.stalled + life.office.manner.dropped):
        yield life.never()
    yield life.work(25)
    yield from answering.answer(life, life.writes("again"), LetterKind.SUBSTANTIVE)
    yield life.work(6)
    yield from conclude(life, Outcome.GRANTED)


def _rate(life: Life) -> Turns:
    """One to five stars, by how the office usually works, and what goes with them; some at the desk, most on the
    tracking page."""
    prompt = life.office.manner.prompt
    stars = life.rng.choices((1, 2, 3, 4, 5), (1.3 - prompt, 1.2 - prompt, 0.6, 0.2 + prompt, prompt))[0]
    by = life.office.people["intake"] if life.chance(0.3) else Voice.CITIZEN
    yield citizens_turn(life, by, 2)
    comment = life.says("praise" if stars > 3 else "blame")
    said = answers(life.aside, stars)
    closing.rate(life.case, by=by, at=life.at, stars=stars, comment=comment, **said)


def withdrawn(life: Life) -> Turns:
    """The citizen takes it back; monitoring looks whether freely."""
    by = life.citizen_or_intake()
    yield citizens_turn(life, by, life.rng.uniform(0.5, 9))
    closing.withdraw(life.case, by=by, at=life.at, reason=life.says("withdrawals"))
    yield from tell(life)
    yield life.work(20)
    closing.sign_off(life.case, by=life.office.people["monitor"], at=life.at)
