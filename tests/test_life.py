"""A query lives its whole life, by verbs alone."""

from datetime import UTC, datetime, timedelta

import pytest

from complaints import closing, correspondence, drafting, intake, routing
from complaints.actors import Voice
from complaints.chain import EventKind
from complaints.intake import Reachable, Submission
from complaints.models import Closure, Complaint, Duty
from complaints.outcomes import Outcome
from complaints.pulling import pull_deliveries
from complaints.sweep import sweep
from complaints.trail import broken_links
from departments.sops import Stage
from messaging.models import Outgoing
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)  # 10:00 in Karachi


def day(number: float) -> datetime:
    """Return the moment `number` calendar days after Monday 10:00."""
    return MONDAY + timedelta(days=number)


def filed(world: World, at: datetime = MONDAY, **changes: object) -> Complaint:
    fields = {"channel": world.channels["web"], "reason": "complaint", "text": "The well is dry.", **changes}
    return intake.lodge(Submission(**fields), by=Voice.CITIZEN, at=at).complaint  # type: ignore[arg-type]


def stage_of(complaint: Complaint) -> str | None:
    entry = complaint.entries.filter(left_at__isnull=True).first()
    return entry.stage if entry else None


def test_from_filing_to_sign_off_with_an_objection_between() -> None:
    world = make_world()
    contact = Reachable("phone", "+923001234567")
    complaint = filed(world, reach=contact, language="ur")
    routing.route(
        complaint, by=world.intake, at=day(0.1), section=world.section, category=world.categories["complaint"]
    )
    routing.accept(complaint, by=world.officer, at=day(0.2))
    drafting.draft(complaint, by=world.officer, at=day(1), text="We will send a team.")
    drafting.send_back(complaint, by=world.approver, at=day(1.1), comment="Say when.")
    drafting.draft(complaint, by=world.officer, at=day(1.2), text="We will send a team on Friday.")
    drafting.approve(complaint, by=world.approver, at=day(1.3))
    answer = drafting.send(complaint, by=world.officer, at=day(1.4))
    assert stage_of(complaint) == Stage.RESPONSE
    correspondence.deliver(complaint, by=world.officer, at=day(1.5), letter=answer)
    closing.conclude(complaint, by=world.officer, at=day(2), outcome=Outcome.GRANTED)
    closing.hand_over(complaint, by=world.officer, at=day(2.1))
    assert stage_of(complaint) == Stage.MONITORING
    closing.object_to(complaint, by=Voice.CITIZEN, at=day(6), reason="Nobody came.")
    assert stage_of(complaint) == Stage.CONTENT
    drafting.draft(complaint, by=world.officer, at=day(7), text="The team came today.")
    drafting.approve(complaint, by=world.approver, at=day(7.1))
    drafting.send(complaint, by=world.officer, at=day(7.2))
    closing.conclude(complaint, by=world.officer, at=day(7.3), outcome=Outcome.GRANTED)
    closing.hand_over(complaint, by=world.officer, at=day(7.4))
    closing.confirm(complaint, by=Voice.CITIZEN, at=day(8))
    closing.rate(complaint, by=Voice.CITIZEN, at=day(8.1), stars=4)
    closing.sign_off(complaint, by=world.monitor, at=day(9))
    assert stage_of(complaint) is None
    assert list(broken_links()) == []
    kinds = list(complaint.events.order_by("number").values_list("kind", flat=True))
    assert kinds[0] == EventKind.RECEIVED
    assert kinds[-1] == EventKind.SIGNED_OFF
    assert len(kinds) == 20
    resolution = complaint.duties.filter(code="R6").order_by("pk")
    assert [d.cause for d in resolution] == [Duty.Cause.FILED, Duty.Cause.REOPENED]
    assert resolution[1].due_at - resolution[0].due_at == timedelta(days=2)  # Wednesday to Sunday: two working days
    assert not complaint.duties.open().exists()
    assert Closure.objects.filter(voided_at__isnull=False).count() == 1


def test_sweep_flags_once() -> None:
    world = make_world()
    complaint = filed(world)
    for _ in range(3):
        sweep(at=day(30))
    assert set(complaint.duties.filter(flags__level=0).values_list("code", flat=True)) == {"R2", "R3", "R6"}
    assert list(broken_links()) == []


def test_mail_goes_out_and_is_learnt() -> None:
    world = make_world()
    complaint = filed(world, reach=Reachable("email", "a@b.example"))
    assert Outgoing.objects.count() == 1
    assert pull_deliveries(at=day(1)) == 0
    Outgoing.objects.update(state="accepted", state_at=day(0.01))
    assert pull_deliveries(at=day(1)) == 1
    complaint.refresh_from_db()
    assert complaint.events.last().kind == EventKind.DELIVERED
