"""The conversation: what the citizen writes, what the office asks, announces, calls and tells."""

from datetime import datetime, timedelta

import pytest

from complaints import correspondence, letters
from complaints.actors import Voice
from complaints.chain import EventKind, text_digest
from complaints.correspondence import LONGEST_DELAY
from complaints.models import Complaint, Letter, Note
from complaints.models.letters import LetterKind
from departments.channels import ChannelKind
from departments.errors import Invalid, NotAllowed, NotReady
from messaging.envelopes import Envelope
from messaging.models import Outgoing
from messaging.outbox import enqueue
from messaging.states import State
from tests import lives
from tests.lives import BY_MAIL, BY_PHONE, HOSTILE, day, minute
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
NO_TEXTS = ["", " \n", "\u200b", "\0\x02", "x" * 20_001, None, 7, b"x"]


class TestCitizen:
    @pytest.mark.parametrize("kind", ChannelKind.values)
    def test_may_write_on_any_channel(self, world: World, kind: str) -> None:
        complaint = lives.answered(world)
        letter = correspondence.citizen_writes(
            complaint, by=Voice.CITIZEN, at=day(1), text=" It is\r\nworse. ", channel_kind=kind
        )
        assert (letter.kind, letter.text, letter.channel_kind) == (LetterKind.CITIZEN, "It is\nworse.", kind)
        assert (letter.sent_at, letter.delivered_at, letter.author) == (day(1), day(1), None)
        event = complaint.events.last()
        assert event is not None
        assert event.data == {"letter": letter.pk, "text": text_digest("It is\nworse.")}

    def test_is_written_down_by_who_hears_it(self, world: World) -> None:
        complaint = lives.answered(world)
        correspondence.citizen_writes(complaint, by=world.intake, at=day(1), text="He called.", channel_kind="phone")
        event = complaint.events.last()
        assert event is not None
        assert (event.actor, event.official) == ("official", world.intake)

    def test_not_on_a_channel_that_is_none(self, world: World) -> None:
        with pytest.raises(Invalid) as refusal:
            correspondence.citizen_writes(
                lives.answered(world), by=Voice.CITIZEN, at=day(1), text="x", channel_kind="pigeon"
            )
        assert refusal.value.field == "channel_kind"


@pytest.mark.parametrize("text", NO_TEXTS)
def test_every_verb_refuses_a_text_that_is_none(world: World, text: str) -> None:
    complaint = lives.owned(world)
    before = lives.rows()
    for verb, by in (
        (correspondence.citizen_writes, Voice.CITIZEN),
        (correspondence.ask, world.officer),
        (correspondence.note, world.officer),
        (correspondence.call, world.officer),
    ):
        with pytest.raises(Invalid) as refusal:
            verb(complaint, by=by, at=day(1), text=text)
        assert refusal.value.field == "text"
        assert refusal.value.sentence.endswith(".")
    with pytest.raises(Invalid) as refusal:
        correspondence.interim(complaint, by=world.officer, at=day(1), reason=text, expected_at=day(9))
    assert refusal.value.field == "reason"
    assert lives.rows() == before


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_words_are_kept_as_words(world: World, name: str) -> None:
    complaint = lives.owned(world, reach=BY_PHONE)
    words = HOSTILE[name]
    kept = [
        correspondence.citizen_writes(complaint, by=Voice.CITIZEN, at=day(1), text=words).text,
        correspondence.note(complaint, by=world.officer, at=day(1), text=words).text,
        correspondence.ask(complaint, by=world.officer, at=day(1), text=words).text,
    ]
    announced = correspondence.interim(complaint, by=world.officer, at=day(1), reason=words, expected_at=day(9))
    assert len(set(kept)) == 1
    assert kept[0] in announced.text  # neither escaped nor taken for a template
    assert not set(announced.text) & {"\0", "\r", "\x1b", "\ud800"}
    assert [len(row.subject.splitlines()) for row in Outgoing.objects.all()] == [1, 1, 1]


class TestAsk:
    def test_one_question_at_a_time(self, world: World) -> None:
        complaint = lives.owned(world, reach=BY_PHONE)
        letter = correspondence.ask(complaint, by=world.officer, at=day(1), text="Which well?")
        assert letter.outgoing is not None
        assert letter.outgoing.subject == f"A question about {complaint.reference}"
        with pytest.raises(NotReady, match="already waiting"):
            correspondence.ask(complaint, by=world.officer2, at=day(2), text="And the road?")
        correspondence.citizen_writes(complaint, by=Voice.CITIZEN, at=day(2), text="The old one.")
        correspondence.ask(complaint, by=world.officer2, at=day(3), text="And the road?")


class TestInterim:
    def test_the_citizen_is_told_and_the_promise_stays(self, world: World) -> None:
        complaint = lives.owned(world, reach=BY_PHONE)
        promised = lives.duty(complaint, "R3").due_at
        letter = correspondence.interim(complaint, by=world.officer, at=day(5), reason="A flood.", expected_at=day(30))
        assert (letter.kind, letter.expected_at) == (LetterKind.INTERIM, day(30))
        assert "A flood." in letter.text
        assert "1 April 2026" in letter.text
        assert lives.duty(complaint, "R3").due_at == promised
        event = complaint.events.last()
        assert event is not None
        assert event.data == {"letter": letter.pk, "expected_at": day(30).isoformat()}

    @pytest.mark.parametrize(
        "when",
        [
            day(5),
            day(4),
            datetime(2026, 6, 1),
            day(5) + LONGEST_DELAY + timedelta(seconds=1),
            datetime.max.replace(tzinfo=lives.UTC),
            datetime.min.replace(tzinfo=lives.UTC),
        ],
    )
    def test_the_new_date_lies_ahead(self, world: World, when: datetime) -> None:
        complaint = lives.owned(world)
        before = lives.rows()
        with pytest.raises(Invalid) as refusal:
            correspondence.interim(complaint, by=world.officer, at=day(5), reason="A flood.", expected_at=when)
        assert refusal.value.field == "expected_at"
        assert lives.rows() == before

    def test_in_urdu(self, world: World) -> None:
        complaint = lives.owned(world, reach=BY_PHONE, language="ur")
        letter = correspondence.interim(complaint, by=world.officer, at=day(5), reason="سیلاب", expected_at=day(30))
        assert "1 اپریل 2026" in letter.text


class TestNotes:
    def test_a_note_and_a_call_are_internal(self, world: World) -> None:
        complaint = lives.owned(world)
        note = correspondence.note(complaint, by=world.monitor, at=day(1), text="Look at the well.")
        call = correspondence.call(complaint, by=world.intake, at=day(2), text="Nobody answered.")
        assert (note.kind, note.author, call.kind, call.author) == (
            Note.Kind.NOTE,
            world.monitor,
            Note.Kind.CALL,
            world.intake,
        )
        assert lives.kinds(complaint)[-2:] == [EventKind.NOTED, EventKind.CALLED]
        assert not complaint.letters.exists()
        assert not Outgoing.objects.exists()

    def test_a_note_never_touches_the_clock(self, world: World) -> None:
        complaint = lives.owned(world)
        before = list(complaint.duties.order_by("pk").values())
        correspondence.note(complaint, by=world.officer, at=day(1), text="Look.")
        assert list(complaint.duties.order_by("pk").values()) == before

    def test_the_citizen_writes_no_internal_note(self, world: World) -> None:
        with pytest.raises(NotAllowed):
            correspondence.call(lives.owned(world), by=Voice.CITIZEN, at=day(1), text="x")


class TestDeliver:
    def letter_to_tell(self, world: World) -> tuple[Complaint, Letter]:
        complaint = lives.owned(world, reach=BY_PHONE)
        letter = correspondence.interim(complaint, by=world.officer, at=day(1), reason="A flood.", expected_at=day(9))
        return complaint, letter

    def test_said_by_telephone_it_is_said(self, world: World) -> None:
        complaint, letter = self.letter_to_tell(world)
        correspondence.deliver(complaint, by=world.intake, at=day(2), letter=letter)
        letter.refresh_from_db()
        assert letter.delivered_at == day(2)
        assert letter.outgoing is not None
        assert (letter.outgoing.state, letter.outgoing.state_at) == (State.DELIVERED, day(2))
        with pytest.raises(NotReady, match="not waiting to be told"):
            correspondence.deliver(complaint, by=world.intake, at=day(3), letter=letter)

    def test_what_a_machine_sends_may_be_told_in_person_too(self, world: World) -> None:
        complaint = lives.owned(world, channel=world.channels["email"], reach=BY_MAIL)
        assert complaint.contact is not None
        correspondence.verify_contact(complaint, by=Voice.CITIZEN, at=minute(15), proof=lives.proof_of(complaint))
        letter = correspondence.interim(complaint, by=world.officer, at=day(1), reason="A flood.", expected_at=day(9))
        correspondence.deliver(complaint, by=world.officer, at=day(2), letter=letter)
        letter.refresh_from_db()
        assert letter.outgoing is not None
        assert (letter.delivered_at, letter.outgoing.state) == (day(2), State.PENDING)

    def test_letters_of_others_and_of_the_citizen_are_not_told(self, world: World) -> None:
        complaint, _ = self.letter_to_tell(world)
        _, foreign = self.letter_to_tell(make_world("beta"))
        own = correspondence.citizen_writes(complaint, by=Voice.CITIZEN, at=day(1), text="x")
        before = lives.rows()
        for letter in (foreign, own, Letter(pk=0)):
            with pytest.raises(NotReady):
                correspondence.deliver(complaint, by=world.officer, at=day(2), letter=letter)
        assert lives.rows() == before


class TestOutbox:
    def test_a_letter_is_one_message_whatever_is_repeated(self, world: World) -> None:
        complaint = lives.owned(world, reach=BY_PHONE)
        letter = lives.acknowledgement(complaint)
        contact = complaint.contact
        assert contact is not None
        again = letters.put_in_outbox(letter, contact, at=day(3))
        assert again == letter.outgoing
        assert Outgoing.objects.filter(dedup_key=f"letter:{letter.pk}").count() == 1

    def test_two_introductions_at_once_are_one(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Between the look and the write another process was faster."""
        complaint = lives.filed(world, reach=BY_MAIL)
        contact = complaint.contact
        assert contact is not None
        first = Outgoing.objects.get()
        monkeypatch.setattr(type(Outgoing.objects.all()), "exists", lambda rows: False)
        assert letters.introduce(complaint, contact, at=day(1)) == first
        monkeypatch.undo()
        assert Outgoing.objects.count() == 1
        assert letters.introduce(complaint, contact, at=day(1)) is None

    def test_the_host_of_a_request_is_in_no_letter(self, world: World) -> None:
        complaint = lives.filed(world, reach=BY_PHONE)
        with_links = lives.acknowledgement(complaint).text
        assert "http://127.0.0.1:8000/track/" in with_links

    def test_a_foreign_row_under_the_same_key_is_not_overwritten(self, world: World) -> None:
        kept = Envelope(kind=ChannelKind.SMS, recipient="1", language="en", body="x", dedup_key="letter:0")
        enqueue(kept, at=day(0))
        enqueue(kept, at=day(1))
        assert Outgoing.objects.get().created_at == day(0)

    def test_without_an_address_the_letter_waits_on_the_page(self, world: World) -> None:
        complaint = lives.answered(world)
        letter = complaint.letters.get()
        assert (letter.contact, letter.outgoing, letter.channel_kind) == (None, None, ChannelKind.WEB)

    def test_text_is_plain_text(self, world: World) -> None:
        world.department.name = {"en": "Roads & “Wells” <PD>'s", "ur": "محکمہ"}
        world.department.save()
        complaint = lives.filed(world, channel=world.department.channels.get(kind="web"), reach=BY_PHONE)
        assert "Roads & “Wells” <PD>'s has received" in lives.acknowledgement(complaint).text
