"""What complaints learn from the outbox and the inbox: deliveries, arrivals, and arrivals that cannot be read."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from complaints import correspondence, pulling
from complaints.actors import Voice
from complaints.chain import EventKind
from complaints.intake import Reachable, Submission, lodge
from complaints.models import Complaint, Letter
from complaints.models.letters import LetterKind
from complaints.pulling import pull_arrivals, pull_deliveries
from complaints.sweep import sweep
from complaints.trail import broken_links
from departments.errors import Stale
from messaging import inbox
from messaging.models import Incoming, Outgoing
from messaging.states import IncomingState, State
from tests import lives
from tests.lives import BY_MAIL, MONDAY, day, minute
from tests.world import World

pytestmark = pytest.mark.django_db
MAIL = b"From: Ali Khan <ali@example.pk>\r\nSubject: The well\r\n\r\nIt is dry.\r\n"


def arrives(
    world: World, raw: bytes = MAIL, *, kind: str = "email", external_id: str = "m1", at: datetime = MONDAY
) -> Incoming:
    return inbox.receive(world.channels[kind], external_id, raw, {}, at=at)[0]


def state_of(arrival: Incoming) -> tuple[str, str]:
    arrival.refresh_from_db()
    return arrival.state, arrival.note


class TestDeliveries:
    def test_each_is_noted_once_at_its_own_time(self, world: World) -> None:
        complaint = lives.filed(world, channel=world.channels["email"], reach=BY_MAIL)
        assert pull_deliveries(at=minute(1)) == 0
        Outgoing.objects.update(state=State.ACCEPTED, state_at=minute(2))
        assert pull_deliveries(at=minute(3)) == 1
        assert pull_deliveries(at=minute(4)) == 0
        letter = lives.acknowledgement(complaint)
        assert letter.delivered_at == minute(2)
        assert lives.standing_of(complaint, "R1", minute(3)) == "met"
        event = complaint.events.last()
        assert event is not None
        assert (event.kind, event.occurred_at, event.recorded_at) == (EventKind.DELIVERED, minute(2), minute(3))

    def test_a_provider_whose_clock_is_ahead_delivers_now(self, world: World) -> None:
        complaint = lives.filed(world, channel=world.channels["email"], reach=BY_MAIL)
        Outgoing.objects.update(state=State.DELIVERED, state_at=day(9))
        pull_deliveries(at=minute(3))
        assert lives.acknowledgement(complaint).delivered_at == minute(3)

    def test_an_acknowledgement_is_not_given_before_the_query_came(self, world: World) -> None:
        complaint = lives.filed(world, channel=world.channels["email"], reach=BY_MAIL)
        Outgoing.objects.update(state=State.DELIVERED, state_at=day(-1))
        pull_deliveries(at=minute(3))
        assert lives.duty(complaint, "R1").ended_at == MONDAY

    def test_of_two_pulls_at_once_the_second_notes_nothing(self, world: World) -> None:
        complaint = lives.filed(world, channel=world.channels["email"], reach=BY_MAIL)
        Outgoing.objects.update(state=State.DELIVERED, state_at=minute(2))
        letter = Letter.objects.select_related("outgoing", "complaint").get()
        assert [pulling._note_delivery(letter, minute(3)) for _ in range(3)] == [1, 0, 0]
        assert complaint.events.count() == 2
        letter.outgoing = None
        assert pulling._note_delivery(letter, minute(4)) == 0

    def test_learnt_late_it_does_not_run_the_trail_back(self, world: World) -> None:
        complaint = lives.owned(world, channel=world.channels["email"], reach=BY_MAIL)
        correspondence.note(complaint, by=world.officer, at=day(3), text="x")
        Outgoing.objects.update(state=State.DELIVERED, state_at=minute(2))
        assert pull_deliveries(at=day(1)) == 1
        event = complaint.events.last()
        assert event is not None
        assert (event.occurred_at, event.recorded_at) == (minute(2), day(3))

    def test_a_few_at_a_time(self, world: World) -> None:
        for number in range(3):
            reach = lives.Reachable("email", f"a{number}@example.pk")
            lives.filed(world, channel=world.channels["email"], reach=reach)
        Outgoing.objects.update(state=State.DELIVERED, state_at=minute(2))
        assert [pull_deliveries(at=minute(3), limit=2) for _ in range(3)] == [2, 1, 0]

    def test_a_closing_notice_starts_its_thirty_days(self, world: World) -> None:
        complaint = lives.concluded(world, channel=world.channels["email"], reach=BY_MAIL)
        assert complaint.contact is not None
        correspondence.verify_contact(complaint, by=Voice.CITIZEN, at=minute(55), proof=lives.proof_of(complaint))
        Outgoing.objects.update(state=State.DELIVERED, state_at=minute(56))
        pull_deliveries(at=minute(57))
        assert complaint.closures.get().delivered_at == minute(56)


class TestArrivals:
    def test_a_mail_becomes_a_query(self, world: World) -> None:
        arrival = arrives(world)
        assert pull_arrivals(at=minute(5)) == 1
        complaint = Complaint.objects.get()
        assert (complaint.text, complaint.received_at, complaint.recorded_at) == (
            "The well\n\nIt is dry.",
            MONDAY,
            minute(5),
        )
        assert complaint.contact is not None
        assert (complaint.contact.address, complaint.contact.verified_at) == ("ali@example.pk", None)
        letter = complaint.letters.get(kind=LetterKind.CITIZEN)
        assert (letter.incoming, letter.text, letter.sent_at) == (arrival, complaint.text, MONDAY)
        assert state_of(arrival) == (IncomingState.TAKEN, "")

    def test_five_copies_are_one_row_and_one_query(self, world: World) -> None:
        for _ in range(5):
            arrives(world)
            pull_arrivals(at=minute(5))
        assert Incoming.objects.count() == Complaint.objects.count() == 1

    def test_whoever_quotes_the_code_writes_on_his_query(self, world: World) -> None:
        found = lives.lodged(world)
        arrival = arrives(world, MAIL + f"My code is {found.code.lower()}.".encode())
        assert pull_arrivals(at=minute(5)) == 1
        letter = found.complaint.letters.get()
        assert (letter.kind, letter.incoming, letter.channel_kind) == (LetterKind.CITIZEN, arrival, "email")
        assert Complaint.objects.count() == 1

    def test_a_code_that_opens_nothing_is_a_new_query(self, world: World) -> None:
        lives.lodged(world)
        arrives(world, MAIL + b"My code is ABCD-EFGH-JKMNP.")
        assert pull_arrivals(at=minute(5)) == 1
        assert Complaint.objects.count() == 2

    def test_a_reference_alone_opens_nothing(self, world: World) -> None:
        found = lives.lodged(world)
        arrives(world, MAIL + f"My reference is {found.complaint.reference}.".encode())
        pull_arrivals(at=minute(5))
        assert not found.complaint.letters.exists()

    def test_a_text_message_and_a_form(self, world: World) -> None:
        arrives(world, json.dumps({"text": "کنواں خشک ہے", "sender": 923001234567}).encode(), kind="sms")
        arrives(world, json.dumps({"text": "Dry.", "sender": None}).encode(), kind="web", external_id="w1")
        assert pull_arrivals(at=minute(5)) == 2
        by_text, by_form = Complaint.objects.order_by("pk")
        assert by_text.contact is not None
        assert (by_text.language, by_text.contact.address) == ("ur", "923001234567")
        assert by_form.contact is None

    @pytest.mark.parametrize(
        ("kind", "raw", "why"),
        [
            ("email", b"From: x@example.pk\r\nAuto-Submitted: auto-replied\r\n\r\nAway.", "machine"),
            ("email", b"Subject: no sender\r\n\r\nHi.", "names no sender"),
            ("email", b"From: x@example.pk\r\n\r\n" + b"x" * 20_001, "Shorten"),
            ("email", b"From: x@example.pk\r\n\r\n \0 ", "empty"),
            ("email", b"From: email@alpha.example\r\n\r\nLoop.", "our own"),
            ("email", b"From: EMAIL@Alpha.Example\r\n\r\nLoop.", "our own"),
            ("sms", b"{", "not JSON"),
            ("sms", b"[" * 100_000, "not JSON"),
            ("sms", b'{"text": 5}', "no “text”"),
            ("sms", b'{"text": "x", "sender": "1\\r\\n2"}', "one line"),
            ("sms", b"\xff\xfe\xfd", "not JSON"),
        ],
    )
    def test_what_cannot_be_filed_is_put_aside_with_the_reason_and_the_rest_goes_on(
        self, world: World, kind: str, raw: bytes, why: str
    ) -> None:
        bad = arrives(world, raw, kind=kind, external_id="bad")
        good = arrives(world, at=minute(1))
        assert pull_arrivals(at=minute(5)) == 1
        state, note = state_of(bad)
        assert state == IncomingState.PARKED
        assert why in note
        assert state_of(good) == (IncomingState.TAKEN, "")
        assert Complaint.objects.count() == 1

    def test_a_mail_to_an_ended_query_is_a_new_one(self, world: World) -> None:
        found = lives.lodged(world)
        lives.closing.withdraw(found.complaint, by=Voice.CITIZEN, at=minute(20))
        lives.closing.sign_off(found.complaint, by=world.monitor, at=minute(21))
        arrival = arrives(world, MAIL + found.code.encode(), at=minute(22))
        assert pull_arrivals(at=minute(23)) == 1
        assert state_of(arrival)[0] == IncomingState.TAKEN
        assert Complaint.objects.exclude(pk=found.complaint.pk).get().letters.get(kind="citizen").incoming == arrival

    def test_another_reader_that_was_faster_is_left_alone(self, world: World, monkeypatch: Any) -> None:
        slow, other = arrives(world), arrives(world, external_id="m2", at=minute(1))
        reading_of = pulling.reading_of

        def while_it_reads(kind: str, raw: bytes, headers: Any) -> Any:
            if Incoming.objects.get(pk=slow.pk).state == IncomingState.PENDING:
                Incoming.objects.filter(pk=slow.pk).update(state=IncomingState.TAKEN, attempts=2)
            return reading_of(kind, raw, headers)

        monkeypatch.setattr(pulling, "reading_of", while_it_reads)
        assert pull_arrivals(at=minute(5)) == 1
        assert state_of(other) == (IncomingState.TAKEN, "")
        assert Complaint.objects.count() == 1

    def test_who_comes_at_the_same_moment_as_an_official_comes_again(self, world: World, monkeypatch: Any) -> None:
        found = lives.lodged(world)
        arrival = arrives(world, MAIL + found.code.encode())

        def busy(*args: Any, **words: Any) -> None:
            raise Stale("Busy.")

        with monkeypatch.context() as patch:
            patch.setattr(pulling, "citizen_writes", busy)
            assert pull_arrivals(at=minute(5)) == 0
        assert state_of(arrival)[0] == IncomingState.PENDING
        assert pull_arrivals(at=minute(5)) == 0  # its lease is not over
        assert pull_arrivals(at=minute(15)) == 1

    def test_what_kills_its_reader_is_put_aside_after_five_readings(self, world: World, monkeypatch: Any) -> None:
        poison = arrives(world, b"POISON")
        reading_of = pulling.reading_of

        def killed(kind: str, raw: bytes, headers: Any) -> Any:
            if raw == b"POISON":
                raise MemoryError
            return reading_of(kind, raw, headers)

        monkeypatch.setattr(pulling, "reading_of", killed)
        for number in range(5):
            with pytest.raises(MemoryError):
                pull_arrivals(at=day(number))
        good = arrives(world, external_id="good", at=day(1))
        assert pull_arrivals(at=day(5)) == 1
        assert state_of(good)[0] == IncomingState.TAKEN
        state, note = state_of(poison)
        assert (state, "5 readings" in note) == (IncomingState.PARKED, True)

    def test_a_trail_that_is_ahead_takes_the_letter_at_its_end(self, world: World) -> None:
        found = lives.lodged(world)
        correspondence.note(found.complaint, by=world.officer, at=day(3), text="x")
        arrives(world, MAIL + found.code.encode(), at=day(1))
        assert pull_arrivals(at=day(1)) == 1
        assert found.complaint.letters.get().sent_at == day(3)
        assert list(broken_links()) == []

    def test_nothing_is_read_before_it_came(self, world: World) -> None:
        arrives(world, at=day(1))
        assert pull_arrivals(at=day(1) - timedelta(seconds=1)) == 0
        assert pull_arrivals(at=day(1)) == 1


def test_a_delivery_in_time_that_is_learnt_after_the_date_is_not_flagged(world: World) -> None:
    submission = Submission(
        channel=world.channels["email"], reason="question", text="When?", reach=Reachable("email", "a@citizens.example")
    )
    complaint = lodge(submission, by=Voice.CITIZEN, at=MONDAY).complaint
    due = complaint.duties.open().get(code="R1").due_at
    Outgoing.objects.update(state="accepted", state_at=due - timedelta(minutes=1))
    assert pull_deliveries(at=due + timedelta(seconds=5)) == 1
    sweep(at=due + timedelta(hours=1))
    assert not complaint.duties.filter(code="R1", flags__isnull=False).exists()
