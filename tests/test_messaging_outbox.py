"""Outbox verbs: enqueued once, in the caller's transaction; what a person does by hand; review."""

from datetime import timedelta

import pytest
from django.db import transaction

from departments.channels import ChannelKind
from messaging.models import Outgoing
from messaging.outbox import by_hand_done, enqueue, outgoing_by_key
from messaging.review import hold_all, resend, settle
from messaging.states import MAX_ATTEMPTS, MOVES_BY_A_PERSON, State, WrongState
from tests.messaging_rows import AT, channel, envelope, outgoing

LATER = AT + timedelta(hours=1)


@pytest.mark.django_db
def test_a_key_is_enqueued_once_whatever_comes_after():
    first = enqueue(envelope("a"), envelope("b"), envelope("a", body="again"), at=AT)
    second = enqueue(envelope("b", body="other"), envelope("c"), at=LATER)

    assert first == ["a", "b", "a"]
    assert second == ["b", "c"]
    rows = outgoing_by_key(["a", "b", "c", "never"])
    assert {key: row.body for key, row in rows.items()} == dict.fromkeys("abc", "We have it.")
    assert rows["b"].created_at == AT
    assert Outgoing.objects.count() == 3


@pytest.mark.django_db
def test_nothing_is_enqueued_when_the_decision_rolls_back():
    with transaction.atomic():
        enqueue(envelope("a"), at=AT)
        transaction.set_rollback(True)
    assert not Outgoing.objects.exists()


@pytest.mark.django_db
def test_enqueueing_nothing_is_fine():
    assert enqueue(at=AT) == []


@pytest.mark.django_db
def test_the_channel_in_whose_name_we_write_is_kept():
    office = channel()
    enqueue(envelope("a", channel_id=office.pk), at=AT)
    assert outgoing_by_key(["a"])["a"].channel == office


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ChannelKind)
def test_what_no_machine_sends_is_a_persons_work_at_once(kind):
    state = outgoing("a", kind=kind).state
    assert state == (State.PENDING if kind is ChannelKind.EMAIL else State.BY_HAND)


@pytest.mark.django_db
def test_by_hand_is_done_once():
    row = outgoing("a", kind=ChannelKind.PHONE)
    assert list(Outgoing.objects.to_be_done_by_hand()) == [row]

    by_hand_done(row.pk, at=LATER)

    row.refresh_from_db()
    assert (row.state, row.state_at) == (State.DELIVERED, LATER)
    assert not Outgoing.objects.to_be_done_by_hand()
    with pytest.raises(WrongState):
        by_hand_done(row.pk, at=LATER)


@pytest.mark.django_db
@pytest.mark.parametrize("state", [state for state in State if state is not State.BY_HAND])
def test_by_hand_done_is_refused_in_every_other_state(state):
    row = outgoing("a", state=state)
    with pytest.raises(WrongState):
        by_hand_done(row.pk, at=LATER)
    assert outgoing_by_key(["a"])["a"].state == state


@pytest.mark.django_db
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("target", [State.PENDING, State.DELIVERED, State.FAILED])
def test_a_person_moves_only_along_the_table(state, target):
    row = outgoing("a", state=state, attempts=4)
    decide = resend if target is State.PENDING else settle
    extra = () if target is State.PENDING else (target,)

    if target in MOVES_BY_A_PERSON.get(state, ()):
        decide(row.pk, *extra, at=LATER)
        row.refresh_from_db()
        assert (row.state, row.state_at) == (target, LATER)
    else:
        with pytest.raises(WrongState, match=state.value):
            decide(row.pk, *extra, at=LATER)
        assert outgoing_by_key(["a"])["a"].state == state


@pytest.mark.django_db
def test_sending_again_gives_a_fresh_round_of_attempts():
    row = outgoing("a", state=State.FAILED, attempts=MAX_ATTEMPTS)
    resend(row.pk, at=LATER)
    row.refresh_from_db()
    assert row.due_at == LATER
    assert row.tries_left == MAX_ATTEMPTS
    assert row.attempts == MAX_ATTEMPTS  # only grows: it is the witness of the relays


@pytest.mark.django_db
def test_a_message_cannot_be_settled_as_something_else_or_when_it_does_not_exist():
    row = outgoing("a", state=State.UNKNOWN)
    with pytest.raises(WrongState):
        settle(row.pk, State.ACCEPTED, at=LATER)
    with pytest.raises(Outgoing.DoesNotExist):
        resend(row.pk + 1, at=LATER)


@pytest.mark.django_db
def test_holding_takes_what_waits_and_nothing_else():
    outgoing("a")
    outgoing("b", state=State.ATTEMPTING)
    outgoing("c", state=State.ACCEPTED)

    assert hold_all(at=LATER) == 1

    assert {key: row.state for key, row in outgoing_by_key("abc").items()} == {
        "a": State.HELD,
        "b": State.ATTEMPTING,
        "c": State.ACCEPTED,
    }


@pytest.mark.django_db
def test_rows_say_what_they_are_without_the_recipient():
    assert str(outgoing("a", recipient="amina@example.pk")) == "email a"


@pytest.mark.django_db
def test_two_relays_cannot_pass_the_cap_by_taking_two_messages_of_one_address_at_once():
    for number in range(4):
        outgoing(f"m{number}", recipient="victim@example.pk")
    second = Outgoing.objects.get(dedup_key="m1")
    claimable = Outgoing.objects.due(AT).within_cap("email", AT)
    assert not claimable.filter(pk=second.pk).exists()
    assert [row.dedup_key for row in claimable] == ["m0"]
