"""How a citizen of the demo contests an answer, and what the monitor says to it."""

from complaints import contesting
from complaints.answers import OWN_SHARE_NEEDED
from complaints.demo import answering
from complaints.demo.lives import Life, Turns, citizens_turn
from complaints.models.letters import LetterKind

# Shares of the answers that are contested: of those from a standard text, and of the others.
_CANNED, _OTHERS = 0.2, 0.025


def contested(life: Life) -> Turns:
    """Few citizens say that the answer is none; a monitor judges it, mostly; what he strikes is answered anew."""
    rng = life.apart("contest")
    letter = contesting.last_answer(life.case.letters.all())
    if letter is None:
        return
    is_canned = letter.own_share < OWN_SHARE_NEEDED
    if rng.random() >= (_CANNED if is_canned else _OTHERS):
        return
    by = life.citizen_or_intake()
    yield citizens_turn(life, by, rng.uniform(0.5, 5))
    contesting.contest_answer(life.case, by=by, at=life.at, reason=life.says("no_answers"))
    if rng.random() < 0.15:
        return
    yield life.work(9)
    verdict = "struck" if rng.random() < (0.7 if is_canned else 0.4) else "upheld"
    monitor = life.office.people["monitor"]
    contesting.judge_answer(life.case, by=monitor, at=life.at, letter=letter, verdict=verdict)
    if verdict == "struck":
        yield life.work(12)
        yield from answering.answer(life, life.writes("again"), LetterKind.SUBSTANTIVE)
