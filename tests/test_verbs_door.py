"""The one door: one event or none, the version, stale sight, the clock, and who is told."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from complaints import actions, closing, contesting, correspondence, drafting, duties, notices, pausing, routing
from complaints.actions import CLOCKS_DIFFER_BY, act_on, holders_of, lead_of, machine_notes
from complaints.actors import Voice, kind_of, official_of
from complaints.chain import EventKind
from complaints.models import Complaint, Letter, Note, Notice
from complaints.outcomes import Outcome
from complaints.pulling import pull_deliveries
from complaints.sweep import sweep
from complaints.trail import broken_links
from departments.errors import Invalid, NotAllowed, NotReady, Stale
from departments.models import Appointment, Responsibility, Step, User
from departments.roles import Role
from departments.sops import Stage
from messaging.models import Outgoing
from messaging.states import State
from tests import lives
from tests.lives import BY_MAIL, MONDAY, day, minute
from tests.world import World, make_official, make_world

pytestmark = pytest.mark.django_db


def told(complaint: Complaint, kind: str) -> set[User]:
    return {notice.recipient for notice in Notice.objects.filter(complaint=complaint, kind=kind)}


class TestOneEvent:
    @pytest.mark.parametrize(("events", "why"), [(0, "wrote none"), (2, "already written")])
    def test_a_verb_that_writes_none_or_two_writes_nothing(self, world: World, events: int, why: str) -> None:
        complaint = lives.owned(world)

        def verb() -> None:
            with act_on(complaint, "note", by=world.officer, at=day(1)) as case:
                Note.objects.create(complaint=case.complaint, author=world.officer, text="x", written_at=day(1))
                for _ in range(events):
                    case.record(EventKind.NOTED)

        before = lives.rows()
        with pytest.raises(AssertionError, match=why):
            verb()
        assert lives.rows() == before

    def test_what_the_machine_notes_has_its_event_and_leaves_the_version(self, world: World) -> None:
        complaint = lives.filed(world, channel=world.channels["email"], reach=BY_MAIL)
        Outgoing.objects.update(state=State.DELIVERED, state_at=minute(5))
        assert pull_deliveries(at=minute(6)) == 1
        complaint.refresh_from_db()
        last = complaint.events.last()
        assert last is not None
        assert (complaint.version, complaint.trail_length) == (1, 2)
        assert (last.actor, last.official, last.occurred_at, last.recorded_at) == (
            "machine",
            None,
            minute(5),
            minute(6),
        )

    def test_an_error_after_the_event_takes_the_event_back(self, world: World) -> None:
        complaint = lives.owned(world)

        def verb() -> None:
            with act_on(complaint, "note", by=world.officer, at=day(1)) as case:
                case.record(EventKind.NOTED)
                raise ZeroDivisionError

        before = lives.rows()
        with pytest.raises(ZeroDivisionError):
            verb()
        assert lives.rows() == before
        assert complaint.version == 2


class TestStale:
    def test_who_saw_an_older_version_is_refused_and_told_what_changed(self, world: World) -> None:
        complaint = lives.owned(world)
        seen = complaint.version
        drafting.draft(complaint, by=world.officer, at=minute(20), text="One.")
        drafting.send_back(complaint, by=world.approver, at=minute(21), comment="Say when.")
        before = lives.rows()
        with pytest.raises(Stale, match=r"changed after you opened it \(drafted, sent back\)\. Open it again"):
            correspondence.note(complaint, by=world.head, at=minute(22), text="Hm.", seen=seen)
        assert lives.rows() == before
        correspondence.note(complaint, by=world.head, at=minute(22), text="Hm.", seen=complaint.version)

    def test_what_the_machine_noted_in_between_is_not_what_changed(self, world: World) -> None:
        complaint = lives.owned(world)
        seen = complaint.version
        sweep(at=day(60))
        correspondence.note(complaint, by=world.head, at=day(60), text="Late.", seen=seen)
        correspondence.note(complaint, by=world.head, at=day(60), text="Later.")
        sweep(at=day(90))
        with pytest.raises(Stale, match=r"\(noted, noted\)"):
            correspondence.note(complaint, by=world.head, at=day(90), text="?", seen=seen)

    def test_a_version_that_never_was_is_stale_too(self, world: World) -> None:
        complaint = lives.owned(world)
        for seen in (0, -5, complaint.version + 7):
            with pytest.raises(Stale):
                correspondence.note(complaint, by=world.officer, at=day(1), text="?", seen=seen)

    @pytest.mark.parametrize(
        ("name", "bring"),
        [
            ("accept", lives.filed),
            ("draft", lives.owned),
            ("approve", lives.approved),
            ("send_back", lives.approved),
            ("send", lives.approved),
            ("ask", lives.owned),
            ("interim", lives.owned),
            ("call", lives.owned),
            ("write", lives.owned),
            ("contest", lives.asked),
            ("contest_answer", lives.answered),
            ("judge_answer", lives.answered),
            ("conclude", lives.answered),
            ("hand_over", lives.concluded),
            ("confirm", lives.concluded),
            ("object", lives.concluded),
            ("rate", lives.concluded),
            ("sign_off", lives.monitored),
            ("withdraw", lives.owned),
            ("route", lives.owned),
            ("reassign", lives.owned),
        ],
    )
    def test_every_verb_looks_at_what_was_seen(
        self, world: World, name: str, bring: Callable[[World], Complaint]
    ) -> None:
        complaint = bring(world)
        stale: dict[str, Any] = {"at": day(1), "seen": complaint.version - 1}
        citizen, officer, approver = Voice.CITIZEN, world.officer, world.approver
        calls: dict[str, Callable[[], object]] = {
            "accept": lambda: routing.accept(complaint, by=officer, **stale),
            "draft": lambda: drafting.draft(complaint, by=officer, text="x", **stale),
            "approve": lambda: drafting.approve(complaint, by=approver, **stale),
            "send_back": lambda: drafting.send_back(complaint, by=approver, comment="x", **stale),
            "send": lambda: drafting.send(complaint, by=officer, **stale),
            "ask": lambda: correspondence.ask(complaint, by=officer, text="x", **stale),
            "interim": lambda: correspondence.interim(complaint, by=officer, reason="x", expected_at=day(9), **stale),
            "call": lambda: correspondence.call(complaint, by=officer, text="x", **stale),
            "write": lambda: correspondence.citizen_writes(complaint, by=citizen, text="x", **stale),
            "contest": lambda: pausing.contest_pause(complaint, by=citizen, **stale),
            "contest_answer": lambda: contesting.contest_answer(complaint, by=citizen, **stale),
            "judge_answer": lambda: contesting.judge_answer(
                complaint, by=world.monitor, letter=Letter(pk=0), verdict="struck", **stale
            ),
            "conclude": lambda: closing.conclude(complaint, by=officer, outcome="granted", **stale),
            "hand_over": lambda: closing.hand_over(complaint, by=officer, **stale),
            "confirm": lambda: closing.confirm(complaint, by=citizen, **stale),
            "object": lambda: closing.object_to(complaint, by=citizen, reason="x", **stale),
            "rate": lambda: closing.rate(complaint, by=citizen, stars=1, **stale),
            "sign_off": lambda: closing.sign_off(complaint, by=world.monitor, **stale),
            "withdraw": lambda: closing.withdraw(complaint, by=citizen, **stale),
            "route": lambda: routing.route(complaint, by=world.intake, section=world.other, **stale),
            "reassign": lambda: routing.reassign(complaint, by=world.head, to=world.officer2, reason="x", **stale),
        }
        before = lives.rows()
        with pytest.raises(Stale):
            calls[name]()
        assert lives.rows() == before

    def test_a_trail_that_moved_under_the_hand_is_stale_where_no_lock_holds(self, world: World) -> None:
        """SQLite ignores row locks: the compare-and-swap on the trail is what keeps the second writer out."""
        complaint = lives.owned(world)

        def verb() -> None:
            with act_on(complaint, "note", by=world.officer, at=day(1)) as case:
                case.record(EventKind.NOTED)
                Complaint.objects.filter(pk=complaint.pk).update(trail_length=99)

        with pytest.raises(Stale, match="at the same moment"):
            verb()
        assert list(broken_links()) == []


class TestClock:
    def test_a_moment_without_a_zone_is_refused(self, world: World) -> None:
        complaint = lives.owned(world)
        with pytest.raises(Invalid) as refusal:
            correspondence.note(complaint, by=world.officer, at=datetime(2026, 3, 3), text="x")
        assert refusal.value.field == "at"

    def test_two_clocks_may_differ_a_little_and_the_trail_never_runs_back(self, world: World) -> None:
        complaint = lives.owned(world)
        correspondence.note(complaint, by=world.officer, at=day(1), text="one")
        note = correspondence.note(complaint, by=world.officer, at=day(1) - CLOCKS_DIFFER_BY, text="two")
        assert note.written_at == day(1)
        moments = list(complaint.events.order_by("number").values_list("recorded_at", flat=True))
        assert moments == sorted(moments)
        with pytest.raises(Invalid, match="already goes beyond"):
            correspondence.note(
                complaint, by=world.officer, at=day(1) - CLOCKS_DIFFER_BY - timedelta(microseconds=1), text="three"
            )


class TestPeople:
    def test_the_citizen_and_the_machine_are_no_officials(self, world: World) -> None:
        complaint = lives.owned(world)
        with act_on(complaint, "write", by=Voice.CITIZEN, at=day(1)) as case:
            with pytest.raises(NotAllowed, match="Only an official"):
                _ = case.official
            with pytest.raises(NotAllowed):
                case.powers_at(world.section)
            case.record(EventKind.CITIZEN_WROTE)
        with machine_notes(complaint, at=day(1)) as case:
            assert case.powers() == frozenset()
            case.record(EventKind.DELIVERED)
        assert (kind_of(Voice.CITIZEN), kind_of(Voice.MACHINE), kind_of(world.officer)) == (
            "citizen",
            "machine",
            "official",
        )
        assert official_of(world.officer) == world.officer
        assert official_of(Voice.MACHINE) is None

    def test_a_right_taken_away_is_gone_with_the_next_verb(self, world: World) -> None:
        complaint = lives.owned(world)
        Appointment.objects.filter(user=world.officer).update(until=day(1))
        drafting.draft(complaint, by=world.officer, at=day(0.9), text="x")
        with pytest.raises(NotAllowed):
            drafting.draft(complaint, by=world.officer, at=day(1), text="y")

    def test_the_closed_account_leads_nothing(self, world: World) -> None:
        alpha = world.department.pk
        assert lead_of(alpha, Stage.CONTENT) == world.approver.pk
        User.objects.filter(pk=world.approver.pk).update(is_active=False)
        assert lead_of(alpha, Stage.CONTENT) == world.officer.pk
        User.objects.filter(pk=world.officer.pk).update(is_active=False)
        assert lead_of(alpha, Stage.CONTENT) is None
        Responsibility.objects.filter(department=alpha, stage=Stage.CONTENT).update(until=day(1))
        assert lead_of(alpha, Stage.CONTENT) is None
        assert holders_of(alpha, (Role.HEAD,), MONDAY) == [world.head.pk]
        User.objects.filter(pk=world.head.pk).update(is_active=False)
        assert holders_of(alpha, (Role.HEAD,), MONDAY) == []

    def test_holders_are_those_of_the_whole_department_now(self, world: World) -> None:
        make_official("section head", Role.HEAD, world.department, world.section)
        former = make_official("former", Role.HEAD, world.department)
        Appointment.objects.filter(user=former).update(until=MONDAY)
        assert holders_of(world.department.pk, (Role.HEAD,), MONDAY) == [world.head.pk]
        assert holders_of(None, (Role.MONITOR, Role.ADMINISTRATOR), MONDAY) == [world.centre.pk]


class TestNotices:
    def test_each_fact_tells_whom_the_table_names_and_never_the_actor(self, world: World) -> None:
        complaint = lives.owned(world)
        drafting.draft(complaint, by=world.officer, at=minute(20), text="x")
        assert not Notice.objects.exists()
        drafting.send_back(complaint, by=world.approver, at=minute(21), comment="Say when.")
        assert told(complaint, EventKind.SENT_BACK) == {world.officer}
        correspondence.citizen_writes(complaint, by=Voice.CITIZEN, at=minute(22), text="Well?")
        assert told(complaint, EventKind.CITIZEN_WROTE) == {world.officer}
        routing.reassign(complaint, by=world.head, at=minute(23), to=world.officer2, reason="Leave.")
        assert told(complaint, EventKind.REASSIGNED) == {world.officer2}
        lives.question(world, complaint, at=minute(24))
        pausing.contest_pause(complaint, by=Voice.CITIZEN, at=minute(25))
        assert told(complaint, EventKind.PAUSE_CONTESTED) == {world.monitor}
        pause = complaint.pauses.get()
        pausing.judge_pause(complaint, by=world.monitor, at=minute(26), pause=pause, verdict="struck")
        assert told(complaint, EventKind.PAUSE_JUDGED) == {world.officer2}
        drafting.approve(complaint, by=world.approver, at=minute(27))
        assert told(complaint, EventKind.APPROVED) == {world.officer2}
        drafting.send(complaint, by=world.officer2, at=minute(28))
        closing.conclude(complaint, by=world.officer2, at=minute(29), outcome=Outcome.GRANTED)
        closing.hand_over(complaint, by=world.officer2, at=minute(30))
        assert told(complaint, EventKind.HANDED_OVER) == {world.monitor}
        closing.object_to(complaint, by=world.monitor, at=minute(31), reason="Nobody came.")
        assert told(complaint, EventKind.REOPENED) == {world.officer2}  # the monitor knows: it was he

    def test_transfers_tell_both_sides(self, world: World) -> None:
        other = make_world("beta")
        complaint = lives.offered(world, other.department)
        assert told(complaint, EventKind.TRANSFERRED) == {other.approver}
        routing.return_transfer(complaint, by=other.intake, at=minute(30), reason="Not ours.")
        assert told(complaint, EventKind.TRANSFER_RETURNED) == {world.approver}  # nobody owns it yet
        routing.transfer(complaint, by=world.intake, at=minute(31), to=other.department, reason="It is.")
        routing.accept_transfer(complaint, by=other.intake, at=minute(32))
        assert told(complaint, EventKind.TRANSFER_ACCEPTED) == {other.approver}

    def test_a_withdrawal_and_a_confirmation_are_told(self, world: World) -> None:
        gone = lives.owned(world)
        closing.withdraw(gone, by=Voice.CITIZEN, at=minute(20))
        assert told(gone, EventKind.WITHDRAWN) == {world.monitor}
        happy = lives.monitored(world)
        closing.confirm(happy, by=Voice.CITIZEN, at=minute(70))
        assert told(happy, EventKind.CONFIRMED) == {world.monitor}

    def test_after_the_end_there_is_no_owner_to_tell(self, world: World) -> None:
        complaint = lives.ended(world)
        with machine_notes(complaint, at=day(2)) as case:
            with pytest.raises(NotReady, match="has ended"):
                _ = case.stay
            case.record(EventKind.CITIZEN_WROTE)
            actions.tell(case, EventKind.TRANSFER_ACCEPTED)
        assert told(complaint, EventKind.CITIZEN_WROTE) == set()
        assert told(complaint, EventKind.TRANSFER_ACCEPTED) == {world.approver}

    def test_the_table_names_only_facts_and_known_audiences(self) -> None:
        assert set(notices.NOTICES) <= set(EventKind)
        assert {a for some in notices.NOTICES.values() for a in some} == set(notices.Audience)


def test_while_offered_the_sender_may_say_nothing_that_binds_the_other(world: World) -> None:
    other = make_world("beta")
    complaint = lives.offered(world, other.department)
    with pytest.raises(NotReady, match="accepted or returned first"):
        routing.accept(complaint, by=world.officer, at=day(1))
    correspondence.interim(complaint, by=world.officer, at=day(1), reason="A flood.", expected_at=day(30))


def test_a_step_without_a_limit_has_no_clock_to_open(world: World) -> None:
    step = Step.objects.filter(code="C1").first()
    assert step is not None
    with pytest.raises(ValueError, match="neither a limit nor a promised date"):
        duties.open_step(lives.owned(world), step, start=day(1), at=day(1))
