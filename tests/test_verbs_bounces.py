"""Mail that comes back, and the code that a first message brings."""

from datetime import datetime

import pytest
from django.conf import settings

from complaints import correspondence, pulling
from complaints.actors import Voice
from complaints.models import Complaint, Letter, Notice
from complaints.pulling import pull_arrivals, pull_deliveries
from complaints.references import tracking_code
from complaints.tracking import as_seen_by_citizen
from messaging import inbox
from messaging.models import Outgoing
from messaging.states import State
from tests import lives
from tests.lives import BY_MAIL, MONDAY, day, minute
from tests.world import World

pytestmark = pytest.mark.django_db


def arrives(world: World, key: str, body: str = "It is dry.") -> None:
    raw = f"From: Ali Khan <ali@example.pk>\r\nSubject: The well\r\n\r\n{body}\r\n".encode()
    inbox.receive(world.channels["email"], key, raw, {}, at=MONDAY)


class TestBounces:
    def test_a_closing_notice_that_came_back_starts_no_thirty_days(self, world: World) -> None:
        complaint = lives.concluded(world, channel=world.channels["email"], reach=BY_MAIL)
        correspondence.verify_contact(complaint, by=Voice.CITIZEN, at=minute(55), proof=lives.proof_of(complaint))
        Outgoing.objects.update(state=State.ACCEPTED, state_at=minute(56))
        pull_deliveries(at=minute(57))
        Outgoing.objects.update(state=State.FAILED, state_at=minute(58))
        assert pulling.pull_bounces(at=minute(59)) > 0
        closure = complaint.closures.get()
        assert (closure.delivered_at, closure.notice.delivered_at) == (None, None)
        assert complaint.events.filter(kind="bounced").exists()
        assert Notice.objects.filter(complaint=complaint, kind="bounced", recipient=world.officer).exists()
        assert pulling.pull_bounces(at=minute(60)) == 0
        assert pull_deliveries(at=minute(60)) == 0

    def test_a_question_that_came_back_stops_no_clock(self, world: World) -> None:
        complaint = lives.owned(world, channel=world.channels["email"], reach=BY_MAIL)
        correspondence.verify_contact(complaint, by=Voice.CITIZEN, at=minute(15), proof=lives.proof_of(complaint))
        promised = lives.duty(complaint, "R6").due_at
        question = correspondence.ask(complaint, by=world.officer, at=minute(20), text="Which well?")
        Outgoing.objects.update(state=State.ACCEPTED, state_at=minute(21))
        pull_deliveries(at=minute(22))
        assert lives.duty(complaint, "R6").due_at > promised
        Outgoing.objects.update(state=State.FAILED, state_at=minute(23))
        pulling.pull_bounces(at=minute(24))
        assert lives.duty(complaint, "R6").due_at == promised
        assert complaint.pauses.get(question=question).inadmissible

    def test_a_question_that_stopped_no_clock_moves_none_when_it_comes_back(self, world: World) -> None:
        complaint = lives.owned(world, channel=world.channels["email"], reach=BY_MAIL)
        correspondence.verify_contact(complaint, by=Voice.CITIZEN, at=minute(15), proof=lives.proof_of(complaint))
        correspondence.ask(complaint, by=world.officer, at=day(28), text="Which well?")  # too late to pause
        Outgoing.objects.update(state=State.ACCEPTED, state_at=day(28.1))
        pull_deliveries(at=day(28.2))
        duties = complaint.duties.count()
        Outgoing.objects.update(state=State.FAILED, state_at=day(28.3))
        assert pulling.pull_bounces(at=day(28.4)) > 0
        assert complaint.duties.count() == duties

    def test_of_two_pulls_at_once_the_second_notes_nothing(self, world: World) -> None:
        lives.filed(world, channel=world.channels["email"], reach=BY_MAIL)
        Outgoing.objects.update(state=State.FAILED, state_at=minute(2))
        Letter.objects.update(delivered_at=minute(1))
        letter = Letter.objects.select_related("outgoing", "complaint").get()
        assert [pulling._note_bounce(letter, minute(3)) for _ in range(2)] == [1, 0]


class TestCodes:
    """Who writes by mail sees no page: the first message there brings the code, and officials never read it."""

    def mailed(self, world: World, key: str, at: datetime) -> Complaint:
        arrives(world, key)
        assert pull_arrivals(at=at) == 1
        return Complaint.objects.order_by("-pk")[0]

    def test_the_first_message_brings_word_and_code(self, world: World) -> None:
        complaint = self.mailed(world, "<1@example.pk>", minute(5))
        code = tracking_code(settings.TRACKING_KEY, str(complaint.idempotency_key))
        message = Outgoing.objects.get()
        assert code in message.body
        assert lives.proof_of(complaint) in message.body
        assert not any(code in letter.text for letter in complaint.letters.all())

    def test_what_came_before_and_after_the_proof_gets_its_code_too(self, world: World) -> None:
        first, second = (self.mailed(world, f"<{n}@example.pk>", minute(n)) for n in (1, 2))
        assert Outgoing.objects.count() == 1
        correspondence.verify_contact(first, by=Voice.CITIZEN, at=minute(6), proof=lives.proof_of(first))
        third = self.mailed(world, "<3@example.pk>", minute(7))
        for complaint in (second, third):
            letter = lives.acknowledgement(complaint)
            assert letter.outgoing is not None
            code = tracking_code(settings.TRACKING_KEY, str(complaint.idempotency_key))
            assert code in letter.outgoing.body
            assert code not in letter.text

    def test_what_was_filed_without_a_token_has_no_code_that_could_be_told_again(self, world: World) -> None:
        lives.filed(world, channel=world.channels["email"], reach=BY_MAIL)
        assert "tracking code" not in Outgoing.objects.get().body

    def test_a_code_that_a_letter_quotes_is_not_kept_in_it(self, world: World) -> None:
        given = lives.lodged(world)
        arrives(world, "<1@example.pk>", f"More about {given.code.lower()}: it is worse.")
        pull_arrivals(at=minute(9))
        written = given.complaint.letters.get(kind="citizen")
        assert "it is worse" in written.text
        assert given.code.lower() not in written.text.lower()

    def test_the_letter_that_came_is_shown_once(self, world: World) -> None:
        """What was filed by mail stands among the letters; the page does not show it a second time."""
        case = as_seen_by_citizen(self.mailed(world, "<1@example.pk>", minute(5)), at=minute(6))
        assert [said.by_citizen for said in case.conversation].count(True) == 1
        filed = as_seen_by_citizen(lives.filed(world), at=minute(6))
        assert [said.by_citizen for said in filed.conversation] == [True]
