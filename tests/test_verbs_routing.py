"""To whom a query belongs: routing, transfers, ownership."""

import pytest
from django.db import IntegrityError, transaction

from complaints import drafting, routing
from complaints.actors import Voice
from complaints.chain import EventKind
from complaints.deadlines import Ended
from complaints.models import Complaint, Duty, Transfer
from complaints.models.letters import LetterKind
from complaints.stages import Position
from departments.errors import Invalid, NotAllowed, NotReady
from departments.models import Appointment, Department, Responsibility, Step, User
from departments.roles import Role
from departments.sops import Stage
from tests import lives
from tests.lives import BY_PHONE, HOSTILE, day, minute
from tests.world import World, make_official, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def other() -> World:
    return make_world("beta")


def due_dates(complaint: Complaint) -> dict[str, object]:
    return {duty.code: duty.due_at for duty in complaint.duties.open()}


class TestRoute:
    def test_category_and_section_change_and_the_dates_do_not(self, world: World) -> None:
        complaint = lives.owned(world)
        before = due_dates(complaint)
        category = world.categories["question"]
        routing.route(complaint, by=world.intake, at=day(1), section=world.other, category=category)
        complaint.refresh_from_db()
        assert (complaint.section, complaint.category, complaint.reason) == (world.other, category, "complaint")
        assert due_dates(complaint) == before
        assert {duty.section for duty in complaint.duties.open()} == {world.other}
        entry = complaint.entries.get(left_at__isnull=True)
        assert (entry.section, entry.owner, entry.stage) == (world.other, None, Stage.CONTENT)
        event = complaint.events.last()
        assert event is not None
        assert event.data == {"section": world.other.pk, "category": category.pk}

    def test_within_the_section_owner_and_category_stay(self, world: World) -> None:
        complaint = lives.owned(world, category=world.categories["complaint"])
        routing.route(complaint, by=world.intake, at=day(1), section=world.section)
        complaint.refresh_from_db()
        assert complaint.category == world.categories["complaint"]
        assert complaint.entries.get(left_at__isnull=True).owner == world.officer

    def test_foreign_sections_and_categories_are_refused(self, world: World, other: World) -> None:
        complaint = lives.filed(world)
        for field, choice in {
            "section": {"section": other.section},
            "category": {"section": world.section, "category": other.categories["complaint"]},
        }.items():
            before = lives.rows()
            with pytest.raises(Invalid) as refusal:
                routing.route(complaint, by=world.intake, at=day(1), **choice)  # type: ignore[arg-type]
            assert refusal.value.field == field
            assert lives.rows() == before


class TestTransfer:
    def test_the_sender_owes_everything_until_it_is_accepted(self, world: World, other: World) -> None:
        complaint = lives.filed(world)
        before = due_dates(complaint)
        offer = routing.transfer(complaint, by=world.intake, at=day(1), to=other.department, reason="A canal.")
        complaint.refresh_from_db()
        assert (complaint.department, complaint.offered_to) == (world.department, other.department)
        assert (offer.from_department, offer.to_department, offer.to_section) == (
            world.department,
            other.department,
            other.section,
        )
        answer_due = complaint.duties.get(code="R4")
        assert (answer_due.department, answer_due.section, answer_due.starts_at) == (
            other.department,
            other.section,
            day(1),
        )
        assert {d.department for d in complaint.duties.open().exclude(code="R4")} == {world.department}
        assert {code: due for code, due in due_dates(complaint).items() if code != "R4"} == before

    def test_accepted_the_citizens_clock_never_restarts(self, world: World, other: World) -> None:
        complaint = lives.owned(world, reach=BY_PHONE, category=world.categories["complaint"])
        before = due_dates(complaint)
        routing.transfer(complaint, by=world.intake, at=day(1), to=other.department, reason="A canal.")
        routing.accept_transfer(complaint, by=other.intake, at=day(2))
        complaint.refresh_from_db()
        assert (complaint.department, complaint.section) == (other.department, other.section)
        assert (complaint.offered_to, complaint.category) == (None, None)
        after = {d.code: d for d in complaint.duties.open()}
        for code in ("R3", "R6"):
            assert after[code].due_at == before[code]
            assert after[code].promised_at == before[code]
            assert (after[code].department, after[code].cause) == (other.department, Duty.Cause.TRANSFERRED)
        # Its first owner stays behind; the new department owes a name, counted from its own acceptance.
        assert after["R2"].starts_at == day(2)
        assert complaint.entries.get(left_at__isnull=True).owner is None
        assert lives.standing_of(complaint, "R4", day(2)) == "met"
        told = complaint.letters.get(kind=LetterKind.NOTICE)
        assert "Beta" in told.text
        assert "have not changed" in told.text

    def test_an_owner_still_owed_is_owed_by_the_old_date(self, world: World, other: World) -> None:
        complaint = lives.filed(world)
        routing.transfer(complaint, by=world.intake, at=minute(5), to=other.department, reason="A canal.")
        routing.accept_transfer(complaint, by=other.intake, at=minute(6))
        rows = complaint.duties.filter(code="R2").order_by("pk")
        assert [row.due_at for row in rows] == [rows[0].due_at] * 2
        assert not complaint.letters.exists()  # nobody is known whom a letter would reach

    @pytest.mark.parametrize("unclocked", [True, False])
    def test_a_procedure_without_a_clock_for_the_owner_opens_none(
        self, world: World, other: World, unclocked: bool
    ) -> None:
        step = Step.objects.filter(code="R2")
        if unclocked:
            step.update(limit=None)
        else:
            step.delete()
        complaint = lives.owned(world)
        routing.transfer(complaint, by=world.intake, at=day(1), to=other.department, reason="A canal.")
        routing.accept_transfer(complaint, by=other.intake, at=day(2))
        assert not complaint.duties.filter(code="R2").exists()

    def test_returned_the_sender_goes_on_with_the_same_dates(self, world: World, other: World) -> None:
        complaint = lives.owned(world)
        before = due_dates(complaint)
        routing.transfer(complaint, by=world.intake, at=day(1), to=other.department, reason="A canal.")
        with pytest.raises(Invalid):
            routing.return_transfer(complaint, by=other.intake, at=day(2), reason=" ")
        routing.return_transfer(complaint, by=other.head, at=day(2), reason="The canal is yours.")
        complaint.refresh_from_db()
        offer = Transfer.objects.get()
        assert (offer.accepted, offer.answer, offer.answered_by) == (False, "The canal is yours.", other.head)
        assert (complaint.department, complaint.offered_to) == (world.department, None)
        assert due_dates(complaint) == before
        assert complaint.entries.get(left_at__isnull=True).owner == world.officer
        assert lives.standing_of(complaint, "R4", day(2)) == "met"

    def test_not_answered_in_two_days_is_the_receivers_delay(self, world: World, other: World) -> None:
        complaint = lives.offered(world, other.department)
        late = lives.duty(complaint, "R4")
        assert lives.standing_of(complaint, "R4", day(2.5)) == "running"
        assert lives.standing_of(complaint, "R4", day(3)) == "overdue"
        assert late.department == other.department

    def test_ping_pong_keeps_the_first_dates(self, world: World, other: World) -> None:
        complaint = lives.filed(world)
        first = lives.duty(complaint, "R3").due_at
        sides = [(world, other), (other, world)] * 2
        for number, (sender, receiver) in enumerate(sides):
            routing.transfer(complaint, by=sender.intake, at=day(number), to=receiver.department, reason="Theirs.")
            routing.accept_transfer(complaint, by=receiver.intake, at=day(number + 0.5))
        assert lives.duty(complaint, "R3").due_at == first
        assert lives.duty(complaint, "R3").department == world.department
        assert complaint.transfers.count() == 4
        assert complaint.duties.filter(code="R4", ended_as=Ended.DONE).count() == 4

    def test_not_to_itself_not_to_a_sleeping_department_not_to_nobody(self, world: World, other: World) -> None:
        complaint = lives.filed(world)
        asleep = make_world("gamma", live=False)
        with pytest.raises(Invalid, match="already"):
            routing.transfer(complaint, by=world.intake, at=day(1), to=world.department, reason="?")
        with pytest.raises(NotReady, match="does not take queries yet"):
            routing.transfer(complaint, by=world.intake, at=day(1), to=asleep.department, reason="?")
        other.department.live_since = day(2)
        with pytest.raises(NotReady, match="does not take queries yet"):
            routing.transfer(complaint, by=world.intake, at=day(1), to=other.department, reason="?")
        Responsibility.objects.filter(department=other.department).delete()
        with pytest.raises(NotReady, match="no section for content creation"):
            routing.transfer(
                complaint, by=world.intake, at=day(1), to=Department.objects.get(code="beta"), reason="Theirs."
            )

    def test_one_offer_at_a_time_also_by_constraint(self, world: World, other: World) -> None:
        complaint = lives.offered(world, other.department)
        gamma = make_world("gamma")
        with pytest.raises(NotReady):
            routing.transfer(complaint, by=world.intake, at=day(1), to=gamma.department, reason="Or theirs.")
        offer = Transfer.objects.get()
        offer.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            offer.save(force_insert=True)
        with pytest.raises(IntegrityError), transaction.atomic():
            Transfer.objects.update(to_department=world.department)

    def test_nobody_answers_an_offer_that_is_not_there(self, world: World) -> None:
        complaint = lives.filed(world)
        with pytest.raises(NotReady, match="not offered"):
            routing.accept_transfer(complaint, by=world.intake, at=day(1))
        with pytest.raises(NotReady, match="not offered"):
            routing.return_transfer(complaint, by=world.intake, at=day(1), reason="?")

    def test_an_approval_of_the_sender_does_not_speak_for_the_receiver(self, world: World, other: World) -> None:
        complaint = lives.approved(world)
        routing.transfer(complaint, by=world.intake, at=day(1), to=other.department, reason="A canal.")
        routing.accept_transfer(complaint, by=other.intake, at=day(2))
        with pytest.raises(NotReady, match="not approved"):
            drafting.send(complaint, by=other.officer, at=day(3))
        drafting.approve(complaint, by=other.approver, at=day(3))
        assert drafting.send(complaint, by=other.officer, at=day(3)).text == "A team comes on Friday."


class TestOwner:
    def test_who_accepts_is_the_named_owner(self, world: World) -> None:
        complaint = lives.filed(world)
        routing.accept(complaint, by=world.officer, at=day(1))
        assert complaint.entries.get(left_at__isnull=True).owner == world.officer
        assert lives.standing_of(complaint, "R2", day(1)) == "met"
        assert lives.kinds(complaint)[-1] == EventKind.ACCEPTED

    def test_what_a_colleague_owns_is_not_taken(self, world: World) -> None:
        complaint = lives.owned(world)
        for official in (world.officer2, world.officer):
            with pytest.raises(NotAllowed, match="reassigned"):
                routing.accept(complaint, by=official, at=day(1))

    def test_who_answers_without_accepting_owns_it_from_then(self, world: World) -> None:
        complaint = lives.filed(world)
        lives.answer(world, complaint, at=day(1))
        entry = complaint.entries.get(left_at__isnull=True)
        assert (entry.stage, entry.owner) == (Stage.RESPONSE, world.officer)
        assert lives.standing_of(complaint, "R2", day(1)) == "met"

    def test_reassigned_work_settles_the_owner_while_content_is_created(self, world: World) -> None:
        complaint = lives.filed(world)
        routing.reassign(complaint, by=world.head, at=day(1), to=world.officer2, reason="He knows wells.")
        assert complaint.entries.get(left_at__isnull=True).owner == world.officer2
        assert lives.standing_of(complaint, "R2", day(1)) == "met"
        assert complaint.notes.get().text == "He knows wells."

    def test_later_it_changes_only_the_owner(self, world: World) -> None:
        complaint = lives.answered(world)
        routing.reassign(complaint, by=world.head, at=day(1), to=world.officer2, reason="Leave.")
        entry = complaint.entries.get(left_at__isnull=True)
        assert (entry.stage, entry.owner) == (Stage.RESPONSE, world.officer2)
        assert lives.position(complaint) is Position.RESPONSE

    def test_only_to_somebody_who_may_do_the_work_there(self, world: World, other: World) -> None:
        gone = make_official("gone", Role.OFFICER, world.department)
        User.objects.filter(pk=gone.pk).update(is_active=False)
        former = make_official("former", Role.OFFICER, world.department)
        Appointment.objects.filter(user=former).update(until=day(0.5))
        elsewhere = make_official("elsewhere", Role.OFFICER, world.department, world.other)
        complaint = lives.owned(world)
        for person in (User.objects.get(pk=gone.pk), former, elsewhere, world.monitor, world.head, other.officer):
            with pytest.raises(Invalid) as refusal:
                routing.reassign(complaint, by=world.head, at=day(1), to=person, reason="?")
            assert refusal.value.field == "to"
        checked = lives.monitored(world)
        with pytest.raises(Invalid):
            routing.reassign(checked, by=world.head, at=day(1), to=world.officer2, reason="?")
        second = make_official("second", Role.MONITOR, world.department, world.monitoring)
        routing.reassign(checked, by=world.administrator, at=day(1), to=second, reason="Leave.")
        assert checked.entries.get(left_at__isnull=True).owner == second

    def test_why_is_said_and_an_ended_query_has_no_owner(self, world: World) -> None:
        complaint = lives.owned(world)
        with pytest.raises(Invalid) as refusal:
            routing.reassign(complaint, by=world.head, at=day(1), to=world.officer2, reason="\u200b")
        assert refusal.value.field == "reason"
        with pytest.raises(NotReady):
            routing.reassign(lives.ended(world), by=world.head, at=day(1), to=world.officer2, reason="x")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_reasons_are_kept_as_words(world: World, other: World, name: str) -> None:
    complaint = lives.owned(world)
    words = HOSTILE[name]
    offer = routing.transfer(complaint, by=world.intake, at=day(1), to=other.department, reason=words)
    routing.return_transfer(complaint, by=other.intake, at=day(1), reason=words)
    routing.reassign(complaint, by=world.head, at=day(1), to=world.officer2, reason=words)
    offer.refresh_from_db()
    assert offer.reason == offer.answer == complaint.notes.get().text
    assert not set(offer.reason) & {"\0", "\r", "\x1b"}
    for text in ("", "x" * 20_001, 5):
        with pytest.raises(Invalid) as refusal:
            routing.transfer(complaint, by=world.intake, at=day(1), to=other.department, reason=text)  # type: ignore[arg-type]
        assert refusal.value.field == "reason"


def test_who_may_write_for_the_citizen_is_no_owner(world: World) -> None:
    complaint = lives.filed(world)
    for by in (Voice.CITIZEN, world.intake):
        with pytest.raises(NotAllowed):
            routing.accept(complaint, by=by, at=day(1))
