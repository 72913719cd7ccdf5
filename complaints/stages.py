"""Which moves are allowed: one table of (move, positions, powers), read by buttons, API and verbs alike."""

from dataclasses import dataclass
from enum import StrEnum

from departments.roles import Power
from departments.sops import Stage


class Position(StrEnum):
    """Where a complaint is. The open stage entry tells it; CONCLUDED is the response stage with a standing
    closure, ENDED is a complaint without an open entry."""

    CONTENT = "content"
    RESPONSE = "response"
    CONCLUDED = "concluded"
    MONITORING = "monitoring"
    ENDED = "ended"


@dataclass(frozen=True)
class Move:
    """Where a move may start, who may make it (any one of the powers), the stage it leads to (None: it stays)."""

    positions: frozenset[Position]
    powers: frozenset[Power]
    leads_to: Position | None
    why: str


_C, _R, _D, _M, _E = Position.CONTENT, Position.RESPONSE, Position.CONCLUDED, Position.MONITORING, Position.ENDED
_CITIZEN = {Power.CITIZEN, Power.LODGE}  # the citizen, or who takes down the citizen's words


def _move(positions: set[Position], powers: set[Power], leads_to: Position | None, why: str) -> Move:
    return Move(frozenset(positions), frozenset(powers), leads_to, why)


MOVES: dict[str, Move] = {
    "route": _move({_C}, {Power.TRIAGE}, None, "Category and section are settled before anybody answers."),
    "transfer": _move({_C}, {Power.TRIAGE}, None, "What another department must answer is offered to it early."),
    "accept_transfer": _move({_C}, {Power.TRIAGE}, None, "The receiving department takes the query and its dates."),
    "return_transfer": _move({_C}, {Power.TRIAGE}, None, "The receiving department says why it is not theirs."),
    "accept": _move({_C}, {Power.ANSWER}, None, "A named person owns the answer (R2)."),
    "draft": _move({_C, _R}, {Power.ANSWER}, None, "Content is written before it is sent, at any turn of the talk."),
    "approve": _move({_C, _R}, {Power.APPROVE}, None, "A second person answers for the wording (C1)."),
    "send_back": _move({_C, _R}, {Power.APPROVE}, None, "The second person may refuse the wording."),
    "send": _move({_C, _R}, {Power.ANSWER}, _R, "What is sent is the response."),
    "ask": _move({_C, _R}, {Power.ANSWER}, None, "Only while the office still owes the outcome."),
    "interim": _move({_C, _R}, {Power.ANSWER}, None, "A missed date is announced before it is missed (R5)."),
    "call": _move({_C, _R}, {Power.ANSWER, Power.LODGE}, None, "A call is owed before “not reached” (2.6)."),
    "write": _move({_C, _R, _D, _M}, _CITIZEN, None, "The citizen may always write while the query lives."),
    "contest_pause": _move({_C, _R}, _CITIZEN, None, "A pause counts nothing while it is contested (2.6)."),
    "judge_pause": _move({_C, _R, _D, _M}, {Power.MONITOR}, None, "The monitor decides, not the responder."),
    "contest_answer": _move({_C, _R, _D, _M}, _CITIZEN, None, "Who asked says best whether it was answered (2.3)."),
    "judge_answer": _move({_C, _R, _D, _M}, {Power.MONITOR}, None, "Neither side decides whether it is an answer."),
    "deliver": _move({_C, _R, _D, _M}, {Power.ANSWER, Power.LODGE}, None, "Letters said or handed over in person."),
    "conclude": _move({_C, _R}, {Power.ANSWER}, _D, "The office states the outcome."),
    "hand_over": _move({_D}, {Power.ANSWER}, _M, "Monitoring begins where the response ended."),
    "confirm": _move({_D, _M}, _CITIZEN, None, "The citizen says that what was promised happened."),
    "object": _move({_D, _M, _E}, _CITIZEN | {Power.MONITOR}, _C, "A closure is provisional until it holds."),
    "rate": _move({_D, _M, _E}, _CITIZEN, None, "The citizen judges a concluded case."),
    "sign_off": _move({_M}, {Power.MONITOR}, _E, "Someone who is not the responder has checked."),
    "withdraw": _move({_C, _R}, _CITIZEN, _M, "A withdrawal is checked by monitoring, not by the office."),
    "verify": _move({_C, _R, _D, _M, _E}, _CITIZEN, None, "The citizen proves that an address is theirs."),
    "note": _move({_C, _R, _D, _M, _E}, {Power.NOTE}, None, "Internal notes never touch the clock."),
    "reassign": _move({_C, _R, _D, _M}, {Power.ASSIGN}, None, "Work changes hands when people are away."),
}


def position_of(stage: str | None, *, concluded: bool) -> Position:
    """Return the position for the stage of the open entry (None: no open entry) and a standing closure."""
    if stage is None:
        return Position.ENDED
    if stage == Stage.RESPONSE and concluded:
        return Position.CONCLUDED
    return Position(stage)


def moves_from(position: Position, powers: frozenset[Power]) -> tuple[str, ...]:
    """Return the names of the moves that a holder of `powers` may make at `position`, in the table's order."""
    return tuple(name for name, move in MOVES.items() if position in move.positions and move.powers & powers)
