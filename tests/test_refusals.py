"""An official who tries what he may not do is refused, and the attempt is on record (checklist Role-1)."""

from datetime import timedelta

import pytest

from complaints import drafting
from complaints.actors import Voice
from complaints.models import Event, Refusal
from departments.errors import NotAllowed
from tests.test_life import MONDAY, filed
from tests.world import make_official, make_world

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=1)


def test_approving_ones_own_answer_is_refused_and_remembered() -> None:
    world = make_world()
    both = make_official("both", "officer", world.department)
    make_official("other", "approver", world.department)
    both.appointments.create(department=world.department, role="approver", since=both.appointments.get().since)
    complaint = filed(world)
    drafting.draft(complaint, by=both, at=LATER, text="Granted.")
    with pytest.raises(NotAllowed, match="another person"):
        drafting.approve(complaint, by=both, at=LATER)
    refusal = Refusal.objects.get()
    assert (refusal.official, refusal.move, refusal.complaint) == (both, "approve", complaint)
    assert refusal.refused_at == LATER
    assert Event.objects.filter(kind="approved").count() == 0


def test_a_citizen_is_refused_without_a_note() -> None:
    complaint = filed(make_world())
    with pytest.raises(NotAllowed):
        drafting.draft(complaint, by=Voice.CITIZEN, at=LATER, text="Granted.")
    assert not Refusal.objects.exists()
