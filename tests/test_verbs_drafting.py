"""How an answer is written: one writes, another approves, exactly that is sent."""

import pytest
from django.db import IntegrityError, transaction

from complaints import correspondence, drafting
from complaints.actors import Voice
from complaints.chain import EventKind, text_digest
from complaints.drafting import content_hash, standing_approval
from complaints.models import Approval, Complaint, ContactPoint, Draft
from complaints.models.letters import DRAFTED, LetterKind
from complaints.stages import Position
from departments.errors import Invalid, NotAllowed, NotReady, Stale
from departments.models import Step, User
from departments.roles import Role
from tests import lives
from tests.lives import BY_MAIL, BY_PHONE, HOSTILE, day, minute
from tests.world import World, make_official, make_world

pytestmark = pytest.mark.django_db


def both(world: World, name: str = "both") -> User:
    """Somebody who is officer and approver at once."""
    return lives.also(make_official(name, Role.OFFICER, world.department), Role.APPROVER, world)


class TestDraft:
    def test_every_edit_is_a_new_wording_that_names_the_one_before(self, world: World) -> None:
        complaint = lives.owned(world)
        first = drafting.draft(complaint, by=world.officer, at=minute(20), text="One.")
        second = drafting.draft(complaint, by=world.officer2, at=minute(21), text="Two.", kind="refusal", language="ur")
        first.refresh_from_db()
        assert (first.text, first.closed_at) == ("One.", minute(21))
        assert (second.replaces, second.kind, second.language, second.author) == (
            first,
            LetterKind.REFUSAL,
            "ur",
            world.officer2,
        )
        event = complaint.events.last()
        assert event is not None
        assert event.data == {"draft": second.pk, "text": text_digest("Two.")}

    def test_it_is_in_the_citizens_language_unless_said_otherwise(self, world: World) -> None:
        complaint = lives.owned(world, language="ur")
        assert drafting.draft(complaint, by=world.officer, at=minute(20), text="ہاں۔").language == "ur"

    @pytest.mark.parametrize("kind", sorted({*LetterKind.values, "essay"} - set(DRAFTED)))
    def test_only_what_is_drafted_can_be(self, world: World, kind: str) -> None:
        with pytest.raises(Invalid) as refusal:
            drafting.draft(lives.owned(world), by=world.officer, at=minute(20), text="x", kind=kind)
        assert refusal.value.field == "kind"

    @pytest.mark.parametrize("text", ["", " \r\n", "\u200b", "\0", "x" * 20_001, None, b"bytes"])
    def test_a_text_that_is_none(self, world: World, text: object) -> None:
        complaint = lives.approved(world)
        before = lives.rows()
        with pytest.raises(Invalid) as refusal:
            drafting.draft(complaint, by=world.officer, at=minute(40), text=text)  # type: ignore[arg-type]
        assert refusal.value.field == "text"
        assert lives.rows() == before
        assert Draft.objects.get(closed_at__isnull=True).text == "A team comes on Friday."

    def test_an_unknown_language_is_refused(self, world: World) -> None:
        with pytest.raises(Invalid) as refusal:
            drafting.draft(lives.owned(world), by=world.officer, at=minute(20), text="x", language="tlh")
        assert refusal.value.field == "language"

    def test_one_open_draft_also_by_constraint(self, world: World) -> None:
        lives.approved(world)
        draft = Draft.objects.get()
        draft.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            draft.save(force_insert=True)

    @pytest.mark.parametrize("name", HOSTILE)
    def test_hostile_words_go_through_as_words(self, world: World, name: str) -> None:
        complaint = lives.owned(world, reach=BY_PHONE)
        letter = lives.answer(world, complaint, at=minute(20), text=HOSTILE[name])
        letter.refresh_from_db()
        assert not set(letter.text) & {"\0", "\r", "\x1b", "\ud800"}
        assert letter.outgoing is not None
        assert letter.outgoing.body == letter.text


class TestApproval:
    def test_it_is_of_exactly_this(self, world: World) -> None:
        complaint = lives.approved(world)
        draft, approval = Draft.objects.get(), Approval.objects.get()
        assert (approval.draft, approval.author, approval.approver) == (draft, world.officer, world.approver)
        assert approval.content_hash == content_hash(complaint, draft)
        assert standing_approval(complaint, draft) == approval
        event = complaint.events.last()
        assert event is not None
        assert event.data == {"approval": approval.pk, "content": approval.content_hash}

    @pytest.mark.parametrize(
        "change", ["text", "kind", "language", "recipient", "channel of the recipient", "department", "no recipient"]
    )
    def test_whatever_changes_changes_the_hash(self, world: World, change: str) -> None:
        complaint = lives.approved(world, reach=BY_MAIL)
        draft, contact = Draft.objects.get(), complaint.contact
        assert contact is not None
        if change in ("text", "kind", "language"):
            setattr(draft, change, "other")
        elif change == "recipient":
            contact.address = "other@example.pk"
        elif change == "channel of the recipient":
            contact.kind = "sms"
        elif change == "no recipient":
            complaint.contact = None
        else:
            complaint.department = make_world("beta").department
        assert standing_approval(complaint, draft) is None

    def test_edited_after_approval_it_is_not_sent(self, world: World) -> None:
        complaint = lives.approved(world)
        drafting.draft(complaint, by=world.officer, at=minute(31), text="A team comes on Sunday.")
        before = lives.rows()
        with pytest.raises(NotReady, match="not approved"):
            drafting.send(complaint, by=world.officer, at=minute(32))
        assert lives.rows() == before

    def test_back_to_the_approved_wording_it_is_still_another_draft(self, world: World) -> None:
        complaint = lives.approved(world)
        drafting.draft(complaint, by=world.officer, at=minute(31), text="A team comes on Sunday.")
        drafting.draft(complaint, by=world.officer, at=minute(32), text="A team comes on Friday.")
        with pytest.raises(NotReady):
            drafting.send(complaint, by=world.officer, at=minute(33))

    def test_sent_to_another_recipient_it_is_not(self, world: World) -> None:
        complaint = lives.approved(world, reach=BY_MAIL)
        ContactPoint.objects.update(address="somebody.else@example.pk")
        with pytest.raises(NotReady, match="recipient or channel changed"):
            drafting.send(complaint, by=world.officer, at=minute(33))

    def test_the_last_word_counts(self, world: World) -> None:
        complaint = lives.approved(world)
        drafting.send_back(complaint, by=world.head, at=minute(31), comment="Not on Friday.")
        with pytest.raises(NotReady):
            drafting.send(complaint, by=world.officer, at=minute(32))
        drafting.approve(complaint, by=world.approver, at=minute(33))
        drafting.send(complaint, by=world.officer, at=minute(34))

    def test_nobody_decides_on_his_own_words(self, world: World) -> None:
        complaint, person = lives.owned(world), both(world)
        drafting.draft(complaint, by=person, at=minute(20), text="x")
        before = lives.rows()
        with pytest.raises(NotAllowed, match="You wrote this draft"):
            drafting.approve(complaint, by=person, at=minute(21))
        with pytest.raises(NotAllowed, match="You wrote this draft"):
            drafting.send_back(complaint, by=person, at=minute(21), comment="x")
        assert lives.rows() == before

    def test_nor_on_words_that_a_colleague_edited_since(self, world: World) -> None:
        complaint, first, second = lives.owned(world), both(world, "one"), both(world, "two")
        drafting.draft(complaint, by=first, at=minute(20), text="One.")
        drafting.draft(complaint, by=second, at=minute(21), text="One, two.")
        drafting.draft(complaint, by=world.officer, at=minute(22), text="One, two, three.")
        for author in (first, second):
            with pytest.raises(NotAllowed):
                drafting.approve(complaint, by=author, at=minute(23))
        drafting.approve(complaint, by=world.approver, at=minute(24))

    def test_a_later_letter_begins_anew(self, world: World) -> None:
        complaint, person = lives.owned(world), both(world)
        drafting.draft(complaint, by=person, at=minute(20), text="One.")
        drafting.approve(complaint, by=world.approver, at=minute(21))
        drafting.send(complaint, by=world.officer, at=minute(22))
        drafting.draft(complaint, by=world.officer, at=minute(23), text="Two.", kind="follow_up")
        drafting.approve(complaint, by=person, at=minute(24))

    def test_the_database_refuses_it_whatever_the_code_does(self, world: World) -> None:
        lives.approved(world)
        fields = {"draft": Draft.objects.get(), "content_hash": "0" * 64, "decided_at": day(1), "decision": "approved"}
        with pytest.raises(IntegrityError), transaction.atomic():
            Approval.objects.create(author=world.officer, approver=world.officer, **fields)
        with pytest.raises(IntegrityError), transaction.atomic():
            Approval.objects.update(approver=world.officer)

    def test_who_saw_another_wording_does_not_approve_this_one(self, world: World) -> None:
        complaint = lives.owned(world)
        drafting.draft(complaint, by=world.officer, at=minute(20), text="One.")
        seen = complaint.version
        drafting.draft(Complaint.objects.get(), by=world.officer, at=minute(21), text="Two.")
        with pytest.raises(Stale, match=r"\(drafted\)"):
            drafting.approve(complaint, by=world.approver, at=minute(22), seen=seen)
        assert not Approval.objects.exists()

    def test_without_a_draft_there_is_nothing_to_decide_or_send(self, world: World) -> None:
        complaint = lives.owned(world)
        with pytest.raises(NotReady, match="no draft"):
            drafting.approve(complaint, by=world.approver, at=minute(20))
        with pytest.raises(NotReady, match="no draft"):
            drafting.send(complaint, by=world.officer, at=minute(20))

    @pytest.mark.parametrize("comment", ["", "\u200b", "x" * 20_001, 7])
    def test_sent_back_says_what_must_change(self, world: World, comment: object) -> None:
        complaint = lives.approved(world)
        with pytest.raises(Invalid) as refusal:
            drafting.send_back(complaint, by=world.approver, at=minute(40), comment=comment)  # type: ignore[arg-type]
        assert refusal.value.field == "comment"
        decision = drafting.send_back(complaint, by=world.approver, at=minute(40), comment="Say\r\nwhen.\0")
        assert decision.comment == "Say\nwhen."


class TestSend:
    def test_it_is_the_answer(self, world: World) -> None:
        complaint = lives.approved(world, reach=BY_PHONE)
        letter = drafting.send(complaint, by=world.officer2, at=day(1))
        assert (letter.text, letter.kind, letter.author, letter.sent_at) == (
            "A team comes on Friday.",
            LetterKind.SUBSTANTIVE,
            world.officer2,
            day(1),
        )
        assert letter.approval == Approval.objects.get()
        assert lives.position(complaint) is Position.RESPONSE
        assert complaint.entries.get(left_at__isnull=True).owner == world.officer
        assert lives.standing_of(complaint, "R3", day(1)) == "met"
        assert not Draft.objects.filter(closed_at__isnull=True).exists()
        assert lives.kinds(complaint)[-1] == EventKind.ANSWERED

    def test_a_second_answer_stays_in_the_response(self, world: World) -> None:
        complaint = lives.answered(world)
        entry = complaint.entries.get(left_at__isnull=True)
        lives.answer(world, complaint, at=day(1))
        assert complaint.entries.get(left_at__isnull=True) == entry

    def test_a_follow_up_is_no_answer(self, world: World) -> None:
        complaint = lives.owned(world)
        drafting.draft(complaint, by=world.officer, at=minute(20), text="We look into it.", kind="follow_up")
        drafting.approve(complaint, by=world.approver, at=minute(21))
        drafting.send(complaint, by=world.officer, at=minute(22))
        assert lives.kinds(complaint)[-1] == EventKind.WROTE
        assert lives.standing_of(complaint, "R3", day(1)) == "running"

    def test_alone_where_the_procedure_asks_for_no_second_person(self, world: World) -> None:
        Step.objects.filter(code="C1").delete()
        complaint = lives.owned(world)
        drafting.draft(complaint, by=world.officer, at=minute(20), text="x")
        assert drafting.send(complaint, by=world.officer, at=minute(21)).approval is None

    def test_a_question_answered_owes_its_conclusion(self, world: World) -> None:
        complaint = lives.answered(world, reason="question")
        owed = lives.duty(complaint, "K1")
        assert owed.starts_at == minute(40)
        lives.answer(world, complaint, at=day(1))
        assert complaint.duties.filter(code="K1").count() == 1  # the first answer opened it; it is owed once

    def test_in_the_language_it_was_written_in(self, world: World) -> None:
        complaint = lives.owned(world, reach=BY_PHONE)
        drafting.draft(complaint, by=world.officer, at=minute(20), text="جی ہاں۔", language="ur")
        drafting.approve(complaint, by=world.approver, at=minute(21))
        letter = drafting.send(complaint, by=world.officer, at=minute(22))
        assert letter.outgoing is not None
        assert (letter.language, letter.outgoing.language) == ("ur", "ur")
        assert letter.outgoing.subject.endswith("کا جواب")


def test_the_citizen_cannot_write_the_answer(world: World) -> None:
    complaint = lives.approved(world)
    for verb in (drafting.approve, drafting.send):
        with pytest.raises(NotAllowed):
            verb(complaint, by=Voice.CITIZEN, at=minute(40))
    with pytest.raises(NotAllowed):
        correspondence.note(complaint, by=Voice.CITIZEN, at=minute(40), text="x")
