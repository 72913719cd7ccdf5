"""How a query ends: concluded, confirmed, objected to, handed over, signed off, withdrawn, rated."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from complaints import closing, correspondence, drafting, routing
from complaints.actors import Voice
from complaints.models import Closure, Complaint, Draft, Rating, Transfer
from complaints.models.letters import LetterKind
from complaints.outcomes import OBJECTION_WINDOW, Outcome, held_closure
from complaints.stages import Position
from departments.errors import Invalid, NotAllowed, NotReady
from departments.models import Responsibility, User
from departments.roles import Role
from departments.sops import Stage
from tests import lives
from tests.lives import BY_PHONE, HOSTILE, day, minute
from tests.world import World, make_official, make_world

pytestmark = pytest.mark.django_db
ANSWERED = sorted({Outcome.GRANTED, Outcome.PARTLY, Outcome.REFUSED, Outcome.ANSWERED})


def told_at(complaint: Complaint, world: World, at: Any) -> None:
    notice = complaint.letters.filter(kind=LetterKind.CLOSING).last()
    correspondence.deliver(complaint, by=world.officer, at=at, letter=notice)


class TestConclude:
    @pytest.mark.parametrize("outcome", ANSWERED)
    def test_after_the_answer_with_a_notice_that_names_the_outcome(self, world: World, outcome: str) -> None:
        complaint = lives.answered(world, reach=BY_PHONE)
        closure = closing.conclude(complaint, by=world.officer, at=day(1), outcome=outcome, statement="Because.")
        assert (closure.outcome, closure.concluded_by, closure.concluded_at) == (outcome, world.officer, day(1))
        assert closure.notice is not None
        for words in ("Because.", "30 days", "with your tracking code"):
            assert words in closure.notice.text
        assert lives.position(complaint) is Position.CONCLUDED
        assert lives.standing_of(complaint, "R6", day(1)) == "met"
        assert lives.duty(complaint, "K2").starts_at == day(1)

    @pytest.mark.parametrize("outcome", ANSWERED)
    def test_not_before_the_answer(self, world: World, outcome: str) -> None:
        drafted = lives.approved(world)
        followed = lives.owned(world)
        drafting.draft(followed, by=world.officer, at=minute(20), text="We look.", kind="follow_up")
        drafting.approve(followed, by=world.approver, at=minute(20))
        drafting.send(followed, by=world.officer, at=minute(20))
        for complaint in (drafted, followed):
            before = lives.rows()
            with pytest.raises(NotReady, match="Send the answer first"):
                closing.conclude(complaint, by=world.officer, at=day(1), outcome=outcome, statement="x")
            assert lives.rows() == before

    @pytest.mark.parametrize("outcome", ["withdrawn", "solved", "", None, 3])
    def test_not_with_an_outcome_that_is_not_the_offices(self, world: World, outcome: Any) -> None:
        with pytest.raises(Invalid) as refusal:
            closing.conclude(lives.answered(world), by=world.officer, at=day(1), outcome=outcome)
        assert refusal.value.field == "outcome"

    def test_a_refusal_has_its_reason(self, world: World) -> None:
        complaint = lives.answered(world)
        for statement in ("", " \n"):
            with pytest.raises(Invalid, match="reason of the refusal") as refusal:
                closing.conclude(complaint, by=world.officer, at=day(1), outcome="refused", statement=statement)
            assert refusal.value.field == "statement"
        with pytest.raises(Invalid):
            closing.conclude(complaint, by=world.officer, at=day(1), outcome="granted", statement="x" * 20_001)

    def test_what_was_never_done_is_closed_and_late(self, world: World) -> None:
        complaint = lives.asked(world)
        correspondence.call(complaint, by=world.officer, at=day(1), text="Nobody answered.")
        closing.conclude(complaint, by=world.officer, at=day(2), outcome="not_reached")
        assert lives.standing_of(complaint, "R3", day(2)) == "late"

    def test_not_reached_is_no_resolution(self, world: World) -> None:
        """Measurement 2.6: an outcome of its own, not "resolved"; closing without the event counts as late."""
        complaint = lives.asked(world)
        correspondence.call(complaint, by=world.officer, at=day(1), text="Nobody answered.")
        closing.conclude(complaint, by=world.officer, at=day(2), outcome="not_reached")
        assert lives.position(complaint) is Position.CONCLUDED
        assert lives.owner(complaint) == world.officer
        assert lives.standing_of(complaint, "R6", day(2)) == "late"

    def test_not_reached_needs_an_open_question_and_a_call_after_it(self, world: World) -> None:
        early = lives.owned(world)
        correspondence.call(early, by=world.officer, at=minute(15), text="Nobody answered.")
        lives.question(world, early, at=minute(20))
        silent = lives.asked(world)
        replied = lives.asked(world)
        correspondence.call(replied, by=world.officer, at=minute(30), text="Nobody answered.")
        correspondence.citizen_writes(replied, by=Voice.CITIZEN, at=minute(40), text="Here I am.")
        never_asked = lives.answered(world)
        correspondence.call(never_asked, by=world.officer, at=minute(50), text="Nobody answered.")
        for complaint in (early, silent, replied, never_asked):
            with pytest.raises(NotReady, match="Not reached"):
                closing.conclude(complaint, by=world.officer, at=day(2), outcome="not_reached")
        correspondence.call(early, by=world.officer, at=day(3), text="Nobody answered.")
        closing.conclude(early, by=world.officer2, at=day(3), outcome="not_reached")

    def test_who_concludes_without_an_owner_owns_it(self, world: World) -> None:
        complaint = lives.filed(world)
        lives.question(world, complaint, at=minute(20))
        correspondence.call(complaint, by=world.officer, at=day(1), text="Nobody answered.")
        closing.conclude(complaint, by=world.officer2, at=day(2), outcome="not_reached")
        assert lives.owner(complaint) == world.officer2

    def test_the_draft_in_hand_is_overtaken(self, world: World) -> None:
        complaint = lives.answered(world)
        drafting.draft(complaint, by=world.officer, at=minute(45), text="One more thing.")
        closing.conclude(complaint, by=world.officer, at=day(1), outcome="granted")
        assert not Draft.objects.filter(closed_at__isnull=True).exists()

    def test_one_standing_closure_also_by_constraint(self, world: World) -> None:
        lives.concluded(world)
        closure = Closure.objects.get()
        closure.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            closure.save(force_insert=True)
        with pytest.raises(IntegrityError), transaction.atomic():
            Closure.objects.update(confirmed_at=day(1), voided_at=day(1))

    @pytest.mark.parametrize("name", HOSTILE)
    def test_hostile_words(self, world: World, name: str) -> None:
        complaint = lives.answered(world, reach=BY_PHONE)
        closure = closing.conclude(complaint, by=world.officer, at=day(1), outcome="granted", statement=HOSTILE[name])
        closing.object_to(complaint, by=Voice.CITIZEN, at=day(2), reason=HOSTILE[name])
        closure.refresh_from_db()
        assert closure.notice is not None
        assert closure.statement == closure.void_reason
        assert closure.statement in closure.notice.text


class TestHandOver:
    def test_to_the_lead_of_monitoring_or_his_deputy_never_to_a_responder(self, world: World) -> None:
        assert lives.owner(lives.monitored(world)) == world.monitor
        lives.also(world.monitor, Role.OFFICER, world)
        complaint = lives.approved(world)
        drafting.send(complaint, by=world.monitor, at=minute(40))
        closing.conclude(complaint, by=world.officer, at=minute(50), outcome="granted")
        closing.hand_over(complaint, by=world.officer, at=minute(60))
        assert lives.owner(complaint) == world.head
        lives.also(world.head, Role.OFFICER, world)
        complaint = lives.approved(world)
        drafting.send(complaint, by=world.monitor, at=minute(40))
        closing.conclude(complaint, by=world.head, at=minute(50), outcome="granted")
        closing.hand_over(complaint, by=world.officer, at=minute(60))
        assert lives.owner(complaint) is None  # both had a hand in it: the section has it, and somebody must be found
        assert Complaint.objects.get(pk=complaint.pk).monitored_by == world.monitoring

    def test_not_to_a_closed_account(self, world: World) -> None:
        User.objects.filter(pk=world.monitor.pk).update(is_active=False)
        assert lives.owner(lives.monitored(world)) == world.head

    def test_where_nobody_monitors_it_cannot_go(self, world: World) -> None:
        complaint = lives.concluded(world)
        Responsibility.objects.filter(department=world.department, stage=Stage.MONITORING).delete()
        with pytest.raises(NotReady, match="no section for monitoring"):
            closing.hand_over(complaint, by=world.officer, at=minute(60))

    def test_it_settles_its_step_and_opens_the_monitors(self, world: World) -> None:
        complaint = lives.monitored(world)
        assert lives.standing_of(complaint, "K2", minute(60)) == "met"
        assert lives.duty(complaint, "K3").section == world.monitoring


class TestSignOff:
    def test_after_thirty_days_of_silence_or_a_confirmation(self, world: World) -> None:
        confirmed, silent = lives.monitored(world), lives.monitored(world)
        closing.confirm(confirmed, by=Voice.CITIZEN, at=day(1))
        closing.sign_off(confirmed, by=world.monitor, at=day(1))
        last_moment = minute(50) + OBJECTION_WINDOW
        with pytest.raises(NotReady, match="may object until 1 April 2026"):
            closing.sign_off(silent, by=world.monitor, at=last_moment - timedelta(microseconds=1))
        closing.sign_off(silent, by=world.monitor, at=last_moment)
        for complaint in (confirmed, silent):
            assert lives.position(complaint) is Position.ENDED
            assert not complaint.duties.open().exists()

    def test_the_thirty_days_run_from_delivery(self, world: World) -> None:
        complaint = lives.monitored(world, reach=BY_PHONE)
        told_at(complaint, world, day(10))
        with pytest.raises(NotReady, match="may object until 11 April 2026"):
            closing.sign_off(complaint, by=world.monitor, at=day(39.9))
        closing.sign_off(complaint, by=world.monitor, at=day(40))
        closure = Closure.objects.filter(held_closure(day(40)), complaint=complaint)
        assert closure.exists()

    @pytest.mark.parametrize("hand", ["wrote", "sent", "concluded"])
    def test_never_by_who_wrote_sent_or_concluded(self, world: World, hand: str) -> None:
        person = lives.also(make_official("person", Role.OFFICER, world.department), Role.MONITOR, world)
        complaint = lives.owned(world)
        drafting.draft(complaint, by=person if hand == "wrote" else world.officer, at=minute(20), text="x")
        drafting.approve(complaint, by=world.approver, at=minute(30))
        drafting.send(complaint, by=person if hand == "sent" else world.officer2, at=minute(40))
        closing.conclude(
            complaint, by=person if hand == "concluded" else world.officer2, at=minute(50), outcome="granted"
        )
        closing.hand_over(complaint, by=person, at=minute(60))
        before = lives.rows()
        for verb in (closing.sign_off, closing.confirm):
            with pytest.raises(NotAllowed, match="another person"):
                verb(complaint, by=person, at=day(31))
        with pytest.raises(NotAllowed, match="another person"):
            closing.rate(complaint, by=person, at=day(31), stars=5)
        assert lives.rows() == before
        closing.sign_off(complaint, by=world.monitor, at=day(31))

    def test_a_monitoring_query_without_its_closure_cannot_be_signed(self, world: World) -> None:
        complaint = lives.monitored(world)
        Closure.objects.update(voided_at=day(1))
        with pytest.raises(NotReady, match="not concluded"):
            closing.sign_off(complaint, by=world.monitor, at=day(31))


class TestWithdraw:
    def test_what_was_late_stays_late_and_the_rest_is_released(self, world: World) -> None:
        complaint = lives.filed(world)
        closure = closing.withdraw(complaint, by=Voice.CITIZEN, at=day(3), reason="Solved itself.")
        assert (closure.outcome, closure.statement, closure.concluded_by) == ("withdrawn", "Solved itself.", None)
        assert lives.standing_of(complaint, "R2", day(3)) == "late"
        assert lives.standing_of(complaint, "R3", day(3)) == "released"
        assert lives.standing_of(complaint, "R1", day(3)) == "met"
        assert lives.position(complaint) is Position.MONITORING
        assert lives.owner(complaint) == world.monitor
        assert lives.duty(complaint, "K3").section == world.monitoring

    def test_it_may_be_signed_at_once_and_stays_open_to_objection(self, world: World) -> None:
        complaint = lives.owned(world)
        closing.withdraw(complaint, by=world.intake, at=day(1))
        closing.sign_off(complaint, by=world.monitor, at=day(1))
        assert lives.position(complaint) is Position.ENDED
        closing.object_to(complaint, by=Voice.CITIZEN, at=day(2), reason="I never withdrew.")

    def test_an_offer_ends_with_it(self, world: World) -> None:
        other = make_world("beta")
        complaint = lives.offered(world, other.department)
        closing.withdraw(complaint, by=Voice.CITIZEN, at=day(0.5))
        complaint.refresh_from_db()
        offer = Transfer.objects.get()
        assert (offer.accepted, offer.answered_by, offer.answer) == (False, None, "Withdrawn by the citizen.")
        assert complaint.offered_to is None
        assert lives.standing_of(complaint, "R4", day(0.5)) == "released"
        with pytest.raises(NotAllowed):
            routing.accept_transfer(complaint, by=other.intake, at=day(1))

    def test_who_took_it_down_does_not_check_it(self, world: World) -> None:
        taker = lives.also(make_official("taker", Role.INTAKE, world.department), Role.MONITOR, world)
        complaint = lives.owned(world)
        closing.withdraw(complaint, by=taker, at=day(1))
        with pytest.raises(NotAllowed):
            closing.sign_off(complaint, by=taker, at=day(1))


class TestRate:
    @pytest.mark.parametrize("stars", [1, 5])
    def test_once_a_case(self, world: World, stars: int) -> None:
        complaint = lives.concluded(world)
        rating = closing.rate(complaint, by=Voice.CITIZEN, at=day(1), stars=stars, comment=" Slow.\0 ")
        assert (rating.stars, rating.comment, rating.taken_by) == (stars, "Slow.", None)
        with pytest.raises(NotReady, match="rated already"):
            closing.rate(complaint, by=Voice.CITIZEN, at=day(2), stars=3)
        closing.object_to(complaint, by=Voice.CITIZEN, at=day(3), reason="Nobody came.")
        lives.answer(world, complaint, at=day(4))
        closing.conclude(complaint, by=world.officer, at=day(5), outcome="granted")
        with pytest.raises(NotReady, match="rated already"):
            closing.rate(complaint, by=Voice.CITIZEN, at=day(6), stars=5)

    @pytest.mark.parametrize("stars", [0, 6, -1, True, 3.0, "3", None, 10**30])
    def test_only_one_to_five(self, world: World, stars: Any) -> None:
        before = lives.rows()
        complaint = lives.concluded(world)
        before = lives.rows()
        with pytest.raises(Invalid) as refusal:
            closing.rate(complaint, by=Voice.CITIZEN, at=day(1), stars=stars)
        assert refusal.value.field == "stars"
        assert lives.rows() == before

    def test_also_by_constraint(self, world: World) -> None:
        closing.rate(lives.concluded(world), by=Voice.CITIZEN, at=day(1), stars=4)
        for stars in (0, 6):
            with pytest.raises(IntegrityError), transaction.atomic():
                Rating.objects.update(stars=stars)

    def test_by_telephone_it_is_taken_by_somebody_else(self, world: World) -> None:
        rating = closing.rate(lives.concluded(world), by=world.intake, at=day(1), stars=2)
        assert rating.taken_by == world.intake

    def test_a_comment_that_is_too_long_rates_nothing(self, world: World) -> None:
        with pytest.raises(Invalid) as refusal:
            closing.rate(lives.concluded(world), by=Voice.CITIZEN, at=day(1), stars=2, comment="x" * 20_001)
        assert refusal.value.field == "comment"
        assert not Rating.objects.exists()
