"""The relay against a provider over HTTP that misbehaves in each known way, judged by the provider's ledger."""

from datetime import timedelta

import pytest

from departments.channels import ChannelKind
from messaging.models import Outgoing
from messaging.states import BACK_OFF, LEASE, State
from tests.fake_provider import duplicates, running_provider
from tests.messaging_rows import AT, fresh, outgoing, run


@pytest.fixture
def provider(settings, monkeypatch):
    with running_provider() as running:
        monkeypatch.setenv("FAKE_PROVIDER_URL", running.url)
        monkeypatch.setenv("FAKE_PROVIDER_TIMEOUT", "0.3")
        settings.MESSAGING_ADAPTERS = {
            "email": "tests.fake_provider.WithoutKey",
            "sms": "tests.fake_provider.WithKey",
            "whatsapp": "tests.fake_provider.Lying",
        }
        yield running


# fault: (state without key, state with key after the retry, times in the ledger)
FAULTS = {
    "busy": (State.PENDING, State.PENDING, 0),
    "refused": (State.FAILED, State.FAILED, 0),
    "broken": (State.UNKNOWN, State.PENDING, 1),
    "cut": (State.UNKNOWN, State.PENDING, 1),
    "slow": (State.UNKNOWN, State.PENDING, 1),
    "garbage": (State.UNKNOWN, State.PENDING, 1),
    "well": (State.ACCEPTED, State.ACCEPTED, 1),
}


@pytest.mark.django_db
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", ["email", "sms"])
def test_fault_F7_whatever_a_provider_does_nobody_is_told_twice(provider, fault, kind):
    without_key, with_key, sent = FAULTS[fault]
    row = outgoing("a", kind=kind, recipient=f"{fault}-1@example.pk")

    run()
    run(AT + timedelta(hours=1))

    assert fresh(row).state == (without_key if kind == "email" else with_key)
    assert len(provider.ledger) == sent


@pytest.mark.django_db
def test_a_provider_that_cannot_be_reached_is_tried_again(provider, monkeypatch):
    monkeypatch.setenv("FAKE_PROVIDER_URL", "http://127.0.0.1:9")  # the discard port: nothing listens
    row = outgoing("a")
    run()
    assert (fresh(row).state, fresh(row).due_at) == (State.PENDING, AT + BACK_OFF[0])


@pytest.mark.django_db
def test_the_ledger_shows_an_adapter_that_claims_a_key_which_its_provider_ignores(provider):
    """So the checks of the ledger can fail: with automatic sending again and no key, a citizen is told twice."""
    outgoing("a", kind=ChannelKind.WHATSAPP, recipient="cut-1@example.pk")
    dead = outgoing("b", kind=ChannelKind.WHATSAPP)
    provider.send_out("/plain", "b")  # its relay died after the provider had sent it
    Outgoing.objects.filter(pk=dead.pk).update(state=State.ATTEMPTING, attempts=1, lease_until=AT)

    run()
    run(AT + LEASE + timedelta(seconds=1))

    assert duplicates(provider.ledger) == ["a", "b"]
