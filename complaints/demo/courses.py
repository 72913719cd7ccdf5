"""The course of an invented life from its receipt to its sign-off, by the manner of its department."""

from complaints.demo import answering, contesting, ending
from complaints.demo.filing import file
from complaints.demo.lives import Life, Turns
from departments.sops import Reason

# Reasons whose outcome has a date of its own (step R6), which a question to the citizen may stop.
_WITH_OUTCOMES = (Reason.COMPLAINT, Reason.CONFLICT)
# Working days that a draft takes until it is approved and sent.
_APPROVAL = 0.7


def live(life: Life) -> Turns:
    """Play one life. Each yielded moment is that of the next act."""
    yield from file(life)
    manner = life.office.manner
    if life.chance(0.035):
        yield from ending.withdrawn(life)
        return
    if life.chance(manner.dropped):
        if life.chance(0.6):
            return
        yield from answering.given_to_somebody(life)
    else:
        yield from answering.triage(life)
        yield from answering.take_up(life)
    if life.case.contact_id is not None and life.chance(0.045):
        yield from ending.unreached(life)
        return
    yield from _worked_on(life)


def _worked_on(life: Life) -> Turns:
    manner, rng = life.office.manner, life.rng
    answer_days, outcome_days = answering.days_allowed(life)
    if life.chance(manner.stalled):
        if life.chance(0.5):
            return
        pace = rng.uniform(3, 9)
    elif life.chance(manner.prompt):
        pace = rng.uniform(0.1, 0.7)
    else:
        pace = rng.uniform(1.2, 3.2)
    if life.case.contact_id is not None and life.chance(0.2 if life.reason in _WITH_OUTCOMES else 0.06):
        yield from answering.ask(life)
    if pace > 1 and life.chance(manner.warns):
        yield from answering.warn(life, answer_days)
    yield life.working_day(answer_days * pace - _APPROVAL)
    outcome = ending.outcome_of(life)
    text, kind = ending.wording(life, outcome)
    text, begun = answering.begun(life, text, kind)
    yield from answering.answer(life, text, kind, begun)
    yield from contesting.contested(life)
    if life.chance(0.13):
        yield from answering.talk(life)
    if life.chance(manner.stalled / 3):
        return
    if life.reason in _WITH_OUTCOMES:
        yield life.working_day(outcome_days * pace * rng.uniform(0.9, 1.1))
    else:
        yield life.work(rng.uniform(1, 40))
    yield from ending.conclude(life, outcome)
    yield from ending.monitored(life)
