"""Reports of providers: forward only, in any order, any number of times, early or late."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from departments.channels import ChannelKind
from messaging.models import Outgoing
from messaging.receipts import Outcome, receipt
from messaging.states import RANK, REPORTABLE, State, WrongState
from tests.messaging_rows import AT, outgoing

LATER = AT + timedelta(minutes=1)
EMAIL = ChannelKind.EMAIL


class AnyOrder(TestCase):
    @given(st.lists(st.sampled_from(sorted(REPORTABLE)), min_size=1, max_size=6))
    def test_the_highest_report_stands_whatever_the_order(self, reports):
        Outgoing.objects.all().delete()
        row = outgoing("a", state=State.ATTEMPTING, provider_ref="ref-1")
        for state in reports:
            receipt("ref-1", state, kind=EMAIL, at=LATER)
        row.refresh_from_db()
        assert row.state == max(reports, key=lambda state: RANK[state])


@pytest.mark.django_db
def test_a_report_is_found_by_the_providers_reference_or_by_our_key():
    row = outgoing("a", state=State.ACCEPTED, provider_ref="ref-1")
    assert receipt("ref-1", State.DELIVERED, kind=EMAIL, at=LATER) is Outcome.APPLIED
    row.refresh_from_db()
    assert (row.state, row.state_at) == (State.DELIVERED, LATER)

    early = outgoing("b", state=State.ATTEMPTING, lease_until=LATER)
    assert receipt("b", State.DELIVERED, kind=EMAIL, at=LATER) is Outcome.APPLIED
    early.refresh_from_db()
    assert (early.state, early.lease_until) == (State.DELIVERED, None)


@pytest.mark.django_db
def test_a_late_report_changes_nothing():
    row = outgoing("a", state=State.DELIVERED, provider_ref="ref-1", state_at=AT)
    for state in (State.ACCEPTED, State.FAILED, State.DELIVERED):
        assert receipt("ref-1", state, kind=EMAIL, at=LATER) is Outcome.LATE
    row.refresh_from_db()
    assert (row.state, row.state_at) == (State.DELIVERED, AT)


@pytest.mark.django_db
def test_a_report_settles_what_was_unknown():
    outgoing("a", state=State.UNKNOWN)
    assert receipt("a", State.ACCEPTED, kind=EMAIL, at=LATER) is Outcome.APPLIED


@pytest.mark.django_db
@pytest.mark.parametrize("reference", ["ref-9", "", "b"])
def test_a_report_about_nothing_we_know_is_said_to_be_so(reference):
    outgoing("a", state=State.ACCEPTED)
    outgoing("b", kind=ChannelKind.SMS, state=State.ACCEPTED)  # another provider's
    assert receipt(reference, State.DELIVERED, kind=EMAIL, at=LATER) is Outcome.UNMATCHED


@pytest.mark.django_db
@pytest.mark.parametrize("state", [state for state in State if state not in REPORTABLE])
def test_a_provider_cannot_report_our_own_states(state):
    outgoing("a", state=State.ACCEPTED)
    with pytest.raises(WrongState):
        receipt("a", state, kind=EMAIL, at=LATER)
