"""When a closure holds, and what happens when it does not (measurement 2.6 and 2.11)."""

from datetime import timedelta
from typing import Any

import pytest

from complaints import closing, correspondence, pausing
from complaints.actors import Voice
from complaints.chain import EventKind
from complaints.models import Closure, Complaint
from complaints.models.letters import LetterKind
from complaints.outcomes import held_closure
from complaints.stages import Position
from departments.errors import Invalid, NotAllowed, NotReady
from departments.models import User
from tests import lives
from tests.lives import BY_PHONE, day, minute
from tests.world import World

pytestmark = pytest.mark.django_db


def told_at(complaint: Complaint, world: World, at: Any) -> None:
    notice = complaint.letters.filter(kind=LetterKind.CLOSING).last()
    correspondence.deliver(complaint, by=world.officer, at=at, letter=notice)


def holds(complaint: Complaint, at: Any) -> bool:
    return Closure.objects.filter(held_closure(at), complaint=complaint).exists()


class TestHeld:
    def test_confirmed_it_holds(self, world: World) -> None:
        complaint = lives.concluded(world)
        closing.confirm(complaint, by=Voice.CITIZEN, at=day(1))
        assert not holds(complaint, day(1) - timedelta(microseconds=1))
        assert holds(complaint, day(1))
        with pytest.raises(NotReady, match="confirmed already"):
            closing.confirm(complaint, by=Voice.CITIZEN, at=day(2))
        with pytest.raises(NotAllowed, match="already holds"):
            closing.object_to(complaint, by=Voice.CITIZEN, at=day(2), reason="After all.")

    def test_silent_it_holds_thirty_days_after_the_delivered_notice(self, world: World) -> None:
        complaint = lives.concluded(world, reach=BY_PHONE)
        told_at(complaint, world, day(5))
        assert not holds(complaint, day(35) - timedelta(microseconds=1))
        assert holds(complaint, day(35))
        with pytest.raises(NotAllowed, match="already holds"):
            closing.object_to(complaint, by=Voice.CITIZEN, at=day(35), reason="Nobody came.")

    def test_undelivered_it_never_holds_by_silence(self, world: World) -> None:
        complaint = lives.monitored(world)
        closing.sign_off(complaint, by=world.monitor, at=day(31))
        assert not holds(complaint, day(3650))
        closing.object_to(complaint, by=Voice.CITIZEN, at=day(3650), reason="I never heard.")
        assert lives.position(complaint) is Position.CONTENT

    def test_voided_it_held_only_in_the_past(self, world: World) -> None:
        complaint = lives.concluded(world)
        closing.object_to(complaint, by=Voice.CITIZEN, at=day(2), reason="Nobody came.")
        assert not holds(complaint, day(400))
        assert Closure.objects.get().void_reason == "Nobody came."


class TestObject:
    @pytest.mark.parametrize("bring", [lives.concluded, lives.monitored])
    def test_it_is_open_again_with_who_had_it(self, world: World, bring: Any) -> None:
        complaint = bring(world, reach=BY_PHONE)
        closing.object_to(complaint, by=world.monitor, at=day(2), reason="Nobody came.")
        assert lives.position(complaint) is Position.CONTENT
        assert lives.owner(complaint) == world.officer
        complaint.refresh_from_db()
        assert complaint.monitored_by is None
        assert set(complaint.duties.open().values_list("code", flat=True)) == {"R6"}
        assert "is open again" in complaint.letters.get(kind=LetterKind.NOTICE).text
        assert lives.kinds(complaint)[-1] == EventKind.REOPENED

    def test_after_a_withdrawal_that_was_not_meant_the_old_owner_has_it_again(self, world: World) -> None:
        complaint = lives.owned(world)
        before = {d.code: d.due_at for d in complaint.duties.open()}
        closing.withdraw(complaint, by=Voice.CITIZEN, at=minute(20), reason="They told me to.")
        closing.object_to(complaint, by=world.monitor, at=minute(30), reason="He was talked out of it.")
        assert lives.owner(complaint) == world.officer
        assert {d.code: d.due_at for d in complaint.duties.open()} == before

    def test_a_closed_account_does_not_get_it_back(self, world: World) -> None:
        complaint = lives.concluded(world)
        User.objects.filter(pk=world.officer.pk).update(is_active=False)
        closing.object_to(complaint, by=Voice.CITIZEN, at=day(2), reason="Nobody came.")
        assert lives.owner(complaint) is None

    def test_nobody_had_it_nobody_gets_it(self, world: World) -> None:
        complaint = lives.filed(world)
        closing.withdraw(complaint, by=Voice.CITIZEN, at=minute(20))
        closing.object_to(complaint, by=Voice.CITIZEN, at=minute(30), reason="After all.")
        assert lives.owner(complaint) is None

    def test_what_closing_ended_is_owed_again_with_the_closed_days_taken_off(self, world: World) -> None:
        complaint = lives.asked(world, reason="question")
        correspondence.call(complaint, by=world.officer, at=day(1), text="Nobody answered.")
        closing.conclude(complaint, by=world.officer, at=day(1), outcome="not_reached")
        promised = lives.duty(complaint, "R3").due_at  # Thursday
        closing.object_to(complaint, by=Voice.CITIZEN, at=day(3), reason="I am here.")
        again = lives.duty(complaint, "R3")
        assert again.due_at == promised + timedelta(days=4)  # two working days, over the week-end to Monday
        assert (again.cause, again.ended_at, again.promised_at) == ("reopened", None, promised)
        assert not complaint.duties.open().filter(code__in=("K2", "K3")).exists()

    @pytest.mark.parametrize("reason", ["", "\u200b", "x" * 20_001, None])
    def test_what_is_wrong_is_said(self, world: World, reason: Any) -> None:
        with pytest.raises(Invalid) as refusal:
            closing.object_to(lives.concluded(world), by=Voice.CITIZEN, at=day(2), reason=reason)
        assert refusal.value.field == "reason"

    def test_reopened_a_second_time_both_closures_are_void(self, world: World) -> None:
        complaint = lives.concluded(world)
        closing.object_to(complaint, by=Voice.CITIZEN, at=day(2), reason="Nobody came.")
        lives.answer(world, complaint, at=day(3))
        closing.conclude(complaint, by=world.officer, at=day(3), outcome="granted")
        closing.object_to(complaint, by=Voice.CITIZEN, at=day(4), reason="Still not.")
        assert Closure.objects.filter(voided_at__isnull=False).count() == 2


class TestReopeningVector:
    """Measurement 2.11: received day 0, closed 6, reopened 12, closed 18 (held): G = 6 and τ = 12."""

    @pytest.mark.parametrize(("limit", "verdict"), [(11, "late"), (12, "met"), (13, "met")])
    def test_the_verdict_is_that_of_a_case_of_twelve_days(self, world: World, limit: int, verdict: str) -> None:
        reopened = self.of_limit(world, limit)
        lives.answer(world, reopened, at=working_day(5))
        closing.conclude(reopened, by=world.officer, at=working_day(6), outcome="granted")
        closing.object_to(reopened, by=Voice.CITIZEN, at=working_day(12), reason="Nobody came.")
        assert pausing.reopening_days(reopened, world.calendar.worktime()) == 6
        lives.answer(world, reopened, at=working_day(17))
        closing.conclude(reopened, by=world.officer, at=working_day(18), outcome="granted")
        straight = self.of_limit(world, limit)
        lives.answer(world, straight, at=working_day(5))
        closing.conclude(straight, by=world.officer, at=working_day(12), outcome="granted")
        stood = {lives.standing_of(complaint, "R6", working_day(18)) for complaint in (reopened, straight)}
        assert stood == {verdict}

    @staticmethod
    def of_limit(world: World, limit: int) -> Complaint:
        category = world.categories["complaint"]
        category.resolution_limit, category.resolution_unit = limit, "working_days"
        return lives.owned(world, category=category)


def working_day(number: int) -> Any:
    """Return 10:00 of the working day `number` after Monday, which is day 0."""
    weeks, rest = divmod(number, 5)
    return day(weeks * 7 + rest + 0.25)
