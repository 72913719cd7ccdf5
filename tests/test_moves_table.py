"""The whole table of moves: every move, from every position, tried by everybody."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from complaints import closing, contesting, correspondence, drafting, pausing, routing
from complaints.actions import allowed_moves
from complaints.actors import By, Voice
from complaints.models import Complaint, Refusal
from complaints.outcomes import Outcome
from complaints.stages import MOVES, Position
from complaints.trail import broken_links
from departments.errors import NotAllowed, NotReady
from departments.models import Appointment, Department, Section, User
from departments.roles import POWERS, Power, Role
from tests import lives
from tests.lives import BY_MAIL, day, minute, proof_of
from tests.world import FOUNDED, World, make_official, make_world

pytestmark = pytest.mark.django_db
AT = day(40)
ANSWERS_AN_OFFER = frozenset({"accept_transfer", "return_transfer"})
WHILE_OFFERED = ANSWERS_AN_OFFER | {
    *("withdraw", "write", "note", "deliver", "verify", "contest_pause", "judge_pause", "interim"),
    *("contest_answer", "judge_answer"),
}
ON_ANSWERS = frozenset({"contest_answer", "judge_answer"})
# What needs an answer; "conclude" is the one move that changes its meaning with the outcome: see `questioned`.
NOT_YET = {Position.CONTENT: ON_ANSWERS | {"conclude"}}


@dataclass
class Life:
    """A query for which every move that the table allows here is ready, but those in `unready`."""

    complaint: Complaint
    position: Position
    parts: dict[str, Any]
    unready: frozenset[str]
    offered_to: World | None = None
    tried: tuple[str, ...] = tuple(MOVES)


@dataclass(frozen=True)
class Actor:
    """Somebody who tries. `sections` are those (by primary key) at which his post counts, now."""

    name: str
    by: By
    roles: tuple[str, ...] = ()
    sections: frozenset[int] = field(default_factory=frozenset)

    def powers_at(self, *sections: Section | None) -> frozenset[Power]:
        if self.by is Voice.CITIZEN:
            return frozenset({Power.CITIZEN})
        here = any(section is not None and section.pk in self.sections for section in sections)
        return frozenset().union(*(POWERS[role] for role in self.roles)) if here else frozenset()


def actors(world: World, other: World) -> Iterator[Actor]:
    """Everybody: each role where its post counts; holders of all roles at once where none does, or none any more; the
    citizen, the machine, and a superuser without a post."""
    own = frozenset(s.pk for s in (world.section, world.monitoring, world.other))
    theirs = frozenset(s.pk for s in (other.section, other.monitoring, other.other))
    here, there = world.department, other.department
    yield Actor("citizen", Voice.CITIZEN)
    yield Actor("machine", Voice.MACHINE)
    for role in Role.values:
        yield holder(f"{role} all over", (role,), here, None, own)
        yield holder(f"{role} answering", (role,), here, world.section, frozenset({world.section.pk}))
        yield holder(f"{role} checking", (role,), here, world.monitoring, frozenset({world.monitoring.pk}))
        yield holder(f"{role} abroad", (role,), there, None, theirs)
        yield holder(f"{role} at the centre", (role,), None, None, own | theirs)
    every = tuple(Role.values)
    yield holder("everything", every, None, None, own | theirs)
    yield holder("elsewhere", every, here, world.other, frozenset({world.other.pk}))
    yield holder("in another section abroad", every, there, other.other, frozenset({other.other.pk}))
    yield holder("expired", every, here, None, frozenset(), until=AT)
    yield holder("not yet appointed", every, here, None, frozenset(), since=AT + timedelta(microseconds=1))
    yield holder("gone", every, here, None, frozenset(), is_active=False)
    yield holder("gone abroad", every, there, None, frozenset(), is_active=False)
    yield holder("superuser", (), None, None, frozenset(), is_superuser=True, is_staff=True)


def holder(
    name: str,
    roles: tuple[str, ...],
    department: Department | None,
    section: Section | None,
    reach: frozenset[int],
    *,
    since: datetime = FOUNDED,
    until: datetime | None = None,
    **account: bool,
) -> Actor:
    user = User.objects.create(username=name, **account)
    for role in roles:
        Appointment.objects.create(
            user=user, department=department, section=section, role=role, since=since, until=until
        )
    return Actor(name, User.objects.prefetch_related("appointments").get(pk=user.pk), roles, reach)


def ripe(world: World, other: World, upto: Position) -> Life:
    """A query with a contested pause and another one, a letter to be told, an unverified address, and a draft; where
    it was answered, with a contested answer and another one that came lately. Its answers come from people who are
    none of the actors."""
    writer = make_official("writer", Role.OFFICER, world.department)
    colleague = make_official("colleague", Role.OFFICER, world.department)
    checker = make_official("checker", Role.MONITOR, world.department)
    complaint = lives.filed(world, reach=BY_MAIL)
    for number in (1, 2):
        letter = correspondence.ask(complaint, by=writer, at=minute(number), text="Which well?")
        correspondence.deliver(complaint, by=writer, at=minute(number), letter=letter)
        correspondence.citizen_writes(complaint, by=Voice.CITIZEN, at=minute(number), text="The old one.")
        if number == 1:
            pausing.contest_pause(complaint, by=Voice.CITIZEN, at=minute(1))
    interim = correspondence.interim(complaint, by=writer, at=minute(3), reason="A flood.", expected_at=day(60))
    approved_draft(world, writer, complaint, minute(4))
    if upto is not Position.CONTENT:
        contested = drafting.send(complaint, by=writer, at=minute(5))
        correspondence.deliver(complaint, by=writer, at=minute(5), letter=contested)
        contesting.contest_answer(complaint, by=Voice.CITIZEN, at=minute(5))
        approved_draft(world, writer, complaint, minute(6))
        again = drafting.send(complaint, by=writer, at=minute(6))
        approved_draft(world, writer, complaint, minute(6))
    if upto in (Position.CONCLUDED, Position.MONITORING, Position.ENDED):
        closing.conclude(complaint, by=writer, at=minute(7), outcome=Outcome.GRANTED)
    if upto in (Position.MONITORING, Position.ENDED):
        closing.hand_over(complaint, by=writer, at=minute(8))
    if upto is not Position.CONTENT:
        correspondence.deliver(complaint, by=writer, at=day(38), letter=again)
    if upto is Position.ENDED:
        closing.sign_off(complaint, by=world.monitor, at=day(39))
    parts = {
        "letter": interim,
        "pause": complaint.pauses.order_by("pk").first(),
        "answer": interim if upto is Position.CONTENT else contested,
        "assignee": checker if upto is Position.MONITORING else colleague,
        "section": world.other,
        "to": other.department,
        "outcome": Outcome.GRANTED,
    }
    return Life(complaint, upto, parts, ANSWERS_AN_OFFER | NOT_YET.get(upto, frozenset()))


def approved_draft(world: World, writer: User, complaint: Complaint, at: datetime) -> None:
    drafting.draft(complaint, by=writer, at=at, text="A team comes on Friday.")
    drafting.approve(complaint, by=world.approver, at=at)


def offered(world: World, other: World) -> Life:
    life = ripe(world, other, Position.CONTENT)
    routing.transfer(life.complaint, by=world.intake, at=minute(9), to=other.department, reason="Theirs.")
    life.offered_to = other
    life.unready = frozenset(MOVES) - WHILE_OFFERED | ON_ANSWERS
    return life


def questioned(world: World, other: World) -> Life:
    """In content creation with a question unanswered and a call made: it can be concluded as "not reached"."""
    life = ripe(world, other, Position.CONTENT)
    by = make_official("writer", Role.OFFICER, world.department)
    correspondence.ask(life.complaint, by=by, at=minute(10), text="And now?")
    correspondence.call(life.complaint, by=by, at=minute(11), text="Nobody answered.")
    life.parts["outcome"] = Outcome.NOT_REACHED
    life.unready = ANSWERS_AN_OFFER | {"ask"}
    life.tried = ("conclude", "ask", "withdraw")  # all else is as without the question
    return life


LIVES: dict[str, Callable[[World, World], Life]] = {
    **{position.value: lambda world, other, upto=position: ripe(world, other, upto) for position in Position},
    "offered": offered,
    "questioned": questioned,
}


def attempt(move: str, life: Life, by: By) -> None:
    """Call the verb of `move` with everything it needs."""
    complaint, parts = life.complaint, life.parts
    word: dict[str, Any] = {"by": by, "at": AT}
    calls: dict[str, Callable[[], object]] = {
        "route": lambda: routing.route(complaint, **word, section=parts["section"]),
        "transfer": lambda: routing.transfer(complaint, **word, to=parts["to"], reason="It is theirs."),
        "accept_transfer": lambda: routing.accept_transfer(complaint, **word),
        "return_transfer": lambda: routing.return_transfer(complaint, **word, reason="Not ours."),
        "accept": lambda: routing.accept(complaint, **word),
        "draft": lambda: drafting.draft(complaint, **word, text="On Monday then."),
        "approve": lambda: drafting.approve(complaint, **word),
        "send_back": lambda: drafting.send_back(complaint, **word, comment="Say when."),
        "send": lambda: drafting.send(complaint, **word),
        "ask": lambda: correspondence.ask(complaint, **word, text="Which road?"),
        "interim": lambda: correspondence.interim(complaint, **word, reason="A flood.", expected_at=day(60)),
        "call": lambda: correspondence.call(complaint, **word, text="Nobody answered."),
        "write": lambda: correspondence.citizen_writes(complaint, **word, text="It is worse."),
        "contest_pause": lambda: pausing.contest_pause(complaint, **word),
        "judge_pause": lambda: pausing.judge_pause(complaint, **word, pause=parts["pause"], verdict="struck"),
        "contest_answer": lambda: contesting.contest_answer(complaint, **word, reason="That was not the question."),
        "judge_answer": lambda: contesting.judge_answer(complaint, **word, letter=parts["answer"], verdict="upheld"),
        "deliver": lambda: correspondence.deliver(complaint, **word, letter=parts["letter"]),
        "conclude": lambda: closing.conclude(complaint, **word, outcome=parts["outcome"]),
        "hand_over": lambda: closing.hand_over(complaint, **word),
        "confirm": lambda: closing.confirm(complaint, **word),
        "object": lambda: closing.object_to(complaint, **word, reason="Nobody came."),
        "rate": lambda: closing.rate(complaint, **word, stars=2),
        "sign_off": lambda: closing.sign_off(complaint, **word),
        "withdraw": lambda: closing.withdraw(complaint, **word),
        "verify": lambda: correspondence.verify_contact(complaint, **word, proof=proof_of(complaint)),
        "note": lambda: correspondence.note(complaint, **word, text="Seen."),
        "reassign": lambda: routing.reassign(complaint, **word, to=parts["assignee"], reason="Leave."),
    }
    calls[move]()


def may(move: str, life: Life, actor: Actor) -> bool:
    """What the table says, computed from roles and sections and not from the code under test."""
    return life.position in MOVES[move].positions and has_the_power(move, life, actor)


def has_the_power(move: str, life: Life, actor: Actor) -> bool:
    complaint = life.complaint
    if life.offered_to is not None and move in ANSWERS_AN_OFFER:
        powers = actor.powers_at(life.offered_to.section)
    else:
        powers = actor.powers_at(complaint.section, complaint.monitored_by)
    return bool(MOVES[move].powers & powers)


@pytest.mark.one_database
@pytest.mark.no_cover
@pytest.mark.parametrize("name", LIVES)
def test_every_move_is_open_exactly_to_whom_the_table_names(name: str) -> None:
    world, other = make_world("alpha"), make_world("beta")
    life = LIVES[name](world, other)
    everybody = list(actors(world, other))
    mightiest = [
        actor for actor in everybody if isinstance(actor.by, Voice) or actor.name in ("everything", "superuser")
    ]
    life.complaint.refresh_from_db()
    assert lives.position(life.complaint) is life.position
    before = lives.rows()
    done, refusals = set(), 0
    for move in life.tried:
        # Where nobody may make the move, it is enough that whoever has every power may not.
        for actor in everybody if life.position in MOVES[move].positions else mightiest:
            if not may(move, life, actor):
                lacks_power = not has_the_power(move, life, actor)
                refused(move, life, actor, NotAllowed if lacks_power else NotReady)
                refusals += lacks_power and isinstance(actor.by, User)
            elif move in life.unready:
                refused(move, life, actor, NotReady)
            else:
                succeeds(move, life, actor)
                done.add(move)
        assert lives.rows() == before, f"a refused {move} left something behind"
        assert Refusal.objects.count() == refusals, f"not every attempt to {move} is remembered"
    assert done == {m for m in life.tried if life.position in MOVES[m].positions} - life.unready


def refused(move: str, life: Life, actor: Actor, error: type[Exception]) -> None:
    with transaction.atomic():
        try:
            attempt(move, life, actor.by)
        except error:
            pass
        else:
            raise AssertionError(f"{actor.name} may not {move} in {life.position}, and did")


def succeeds(move: str, life: Life, actor: Actor) -> None:
    """The move is made, with all that belongs to it, and taken back."""
    complaint = life.complaint
    version, events = complaint.version, complaint.events.count()
    step = transaction.savepoint()
    try:
        attempt(move, life, actor.by)
    except (NotAllowed, NotReady) as why:
        raise AssertionError(f"{actor.name} may {move} in {life.position}, but: {why}") from why
    now = Complaint.objects.get(pk=complaint.pk)
    assert complaint.version == now.version == version + 1, f"{move} did not raise the version by one"
    assert complaint.events.count() == events + 1, f"{move} did not write exactly one event"
    last = now.events.order_by("number").last()
    assert last is not None
    assert (last.number, last.hash, now.moved_at) == (now.trail_length, now.trail_hash, AT)
    assert last.official == (actor.by if isinstance(actor.by, User) else None)
    assert list(broken_links()) == []
    assert lives.position(now) is (MOVES[move].leads_to or life.position), f"{move} leads elsewhere"
    if lives.position(now) is not Position.ENDED:
        assert now.duties.open().exists(), f"after {move} nobody owes anything"
    transaction.savepoint_rollback(step)
    complaint.version = version


@pytest.mark.parametrize("name", LIVES)
def test_the_buttons_are_the_moves_that_the_door_lets_through(name: str) -> None:
    world, other = make_world("alpha"), make_world("beta")
    life = LIVES[name](world, other)
    life.complaint.refresh_from_db()
    shown_to_nobody = frozenset() if life.offered_to else ANSWERS_AN_OFFER
    hidden_while_offered = frozenset(MOVES) - WHILE_OFFERED if life.offered_to else frozenset()
    for actor in actors(world, other):
        expected = {m for m in MOVES if may(m, life, actor)} - shown_to_nobody - hidden_while_offered
        assert set(allowed_moves(life.complaint, by=actor.by, at=AT)) == expected, actor.name


def test_every_position_is_reached_and_none_but_the_end_is_a_dead_end() -> None:
    for position in Position:
        onward = {
            m for m, rule in MOVES.items() if position in rule.positions and rule.leads_to not in (None, position)
        }
        assert onward == {"object"} if position is Position.ENDED else onward
    reached = {Position.CONTENT} | {rule.leads_to for rule in MOVES.values() if rule.leads_to}
    assert reached == set(Position)


def test_every_power_has_a_use() -> None:
    used = frozenset().union(*(rule.powers for rule in MOVES.values()))
    # To see and to administer are no moves; all the rest is there for one.
    assert used == set(Power) - {Power.VIEW, Power.ADMINISTER}
    assert all(rule.why.endswith(".") for rule in MOVES.values())


def test_who_answers_cannot_judge_and_who_judges_cannot_answer() -> None:
    for role in Role.values:
        assert not {Power.ANSWER, Power.MONITOR} <= POWERS[role], role
        assert not {Power.ANSWER, Power.APPROVE} <= POWERS[role], role
