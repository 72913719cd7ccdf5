"""An address that nobody proved is told only that a query came in; what waited is sent after the proof."""

import pytest
from django.conf import settings

from complaints.actors import Voice
from complaints.correspondence import verify_contact
from complaints.intake import Reachable
from complaints.models import Complaint
from complaints.models.letters import LetterKind
from departments.errors import Invalid, NotReady
from messaging.models import Outgoing
from messaging.states import State
from tests import lives
from tests.lives import BY_MAIL, BY_PHONE, day, filed, lodged
from tests.world import World

pytestmark = pytest.mark.django_db


class TestUnverifiedAddress:
    """Reliability W4 and P0-26: a stranger's address is no weapon."""

    TEXT = "Secret canary-5511 of the submission"

    def test_a_hundred_queries_with_a_strangers_address_are_one_message_without_their_text(self, world: World) -> None:
        reach = Reachable("email", "Stranger@example.pk")
        for number in range(100):
            address = reach if number % 2 else Reachable("email", "stranger@example.pk")
            filed(world, reach=address, text=self.TEXT, place=self.TEXT, name=self.TEXT)
        only = Outgoing.objects.get()
        assert "canary" not in only.subject + only.body
        first = Complaint.objects.order_by("pk").first()
        assert first is not None
        assert first.reference in only.subject
        assert first.reference in only.body
        assert settings.PUBLIC_BASE_URL in only.body

    def test_all_that_is_said_before_the_proof_is_sent_after_it_once(self, world: World) -> None:
        complaint = lives.approved(world, reach=BY_MAIL)
        answer = lives.drafting.send(complaint, by=world.officer, at=lives.minute(40))
        assert answer.outgoing is None
        assert Outgoing.objects.count() == 1
        assert complaint.contact is not None
        verify_contact(complaint, by=Voice.CITIZEN, at=day(1), proof=lives.proof_of(complaint))
        sent = Outgoing.objects.order_by("pk").last()
        assert sent is not None
        assert (sent.body, sent.recipient, sent.dedup_key) == (answer.text, BY_MAIL.address, f"letter:{answer.pk}")
        assert complaint.letters.get(pk=answer.pk).outgoing == sent
        assert Outgoing.objects.count() == 2  # the acknowledgement is not sent after the fact
        lives.closing.conclude(complaint, by=world.officer, at=day(2), outcome="granted")
        assert complaint.letters.get(kind=LetterKind.CLOSING).outgoing is not None

    def test_an_address_is_proven_once_and_only_for_its_own_query(self, world: World) -> None:
        complaint, other = filed(world, reach=BY_MAIL), filed(world, reach=Reachable("email", "other@example.pk"))
        proof = lives.proof_of(complaint)
        assert proof in Outgoing.objects.get(recipient=BY_MAIL.address).body
        with pytest.raises(Invalid):
            verify_contact(other, by=Voice.CITIZEN, at=day(1), proof=proof)
        with pytest.raises(NotReady, match="no address"):
            verify_contact(filed(world), by=Voice.CITIZEN, at=day(1), proof=proof)
        verify_contact(complaint, by=Voice.CITIZEN, at=day(1), proof=f" {proof.lower()} ")
        with pytest.raises(NotReady, match="verified already"):
            verify_contact(complaint, by=Voice.CITIZEN, at=day(2), proof=proof)
        complaint = Complaint.objects.get(pk=complaint.pk)
        assert complaint.contact is not None
        assert complaint.contact.verified_at == day(1)

    def test_what_the_filer_was_given_proves_no_address(self, world: World) -> None:
        """Who files with a stranger's address holds reference and code; the word is sent to the stranger alone."""
        given = lodged(world, reach=BY_MAIL)
        for word in (given.code, given.complaint.reference, "", "ABCD-EFGH", given.code[:9]):
            with pytest.raises(Invalid, match="not the word"):
                verify_contact(given.complaint, by=Voice.CITIZEN, at=day(1), proof=word)
        assert given.code not in Outgoing.objects.get().body

    def test_whom_a_person_serves_needs_no_proof(self, world: World) -> None:
        letter = lives.acknowledgement(filed(world, reach=BY_PHONE))
        assert letter.outgoing is not None
        assert (letter.outgoing.state, letter.outgoing.body) == (State.BY_HAND, letter.text)
