"""Inbox verbs: kept once and raw, claimed by one, given up after five."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from departments.channels import ChannelKind
from messaging.inbox import TooLarge, claim, parked, put_back, receive, reread, taken
from messaging.models import Incoming
from messaging.states import LARGEST_ARRIVAL, MAX_READINGS, READING_LEASE, IncomingState, WrongState
from tests.messaging_rows import AT, channel, just_before

EMAIL = [ChannelKind.EMAIL]
LATER = AT + READING_LEASE


def arrived(office, external_id="m-1", raw=b"raw", **changes):
    row, _ = receive(office, external_id, raw, {"Subject": "Help"}, at=AT)
    Incoming.objects.filter(pk=row.pk).update(**changes)
    row.refresh_from_db()
    return row


@pytest.mark.django_db
def test_an_arrival_is_kept_as_it_came():
    row, created = receive(channel(), "m-1", b"\0\xff raw", {"Subject": "Help\0 \udcff"}, at=AT)
    row.refresh_from_db()
    assert created
    assert row.content == b"\0\xff raw"
    assert row.headers == {"Subject": "Help ?"}
    assert (row.state, row.attempts, row.received_at) == (IncomingState.PENDING, 0, AT)
    assert str(row) == f"{row.channel_id} m-1"


@pytest.mark.django_db
def test_a_copy_changes_nothing_and_another_channel_has_ids_of_its_own():
    office, other = channel(), channel(address="other@law.example.pk")
    row, _ = receive(office, "m-1", b"first", {}, at=AT)

    assert receive(office, "m-1", b"second", {}, at=LATER) == (row, False)
    assert receive(other, "m-1", b"third", {}, at=LATER)[1]
    row.refresh_from_db()
    assert (row.content, row.received_at) == (b"first", AT)


@pytest.mark.django_db(transaction=True)
def test_five_copies_at_once_are_one_arrival():
    office = channel()
    together = threading.Barrier(5)
    created = []

    def deliver():
        together.wait()
        created.append(receive(office, "m-1", b"raw", {}, at=AT)[1])
        connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(created) == [False] * 4 + [True]
    assert Incoming.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("external_id", ["x" * 256, "a\0b", "a\udcffb"])
def test_an_id_that_cannot_be_stored_is_kept_by_its_hash(external_id):
    office = channel()
    row, created = receive(office, external_id, b"raw", {}, at=AT)
    assert created
    assert row.external_id.startswith("sha256:")
    assert receive(office, external_id, b"raw", {}, at=AT) == (row, False)


@pytest.mark.django_db
def test_what_is_too_large_or_has_no_id_is_refused():
    office = channel()
    with pytest.raises(TooLarge):
        receive(office, "m-1", bytes(LARGEST_ARRIVAL + 1), {}, at=AT)
    with pytest.raises(ValueError, match="external id"):
        receive(office, "", b"raw", {}, at=AT)
    assert not Incoming.objects.exists()


@pytest.mark.django_db
def test_arrivals_are_claimed_oldest_first_by_kind_and_counted_before_the_work():
    office = channel()
    sms = channel(ChannelKind.SMS, address="8300")
    second = arrived(office, "m-2", due_at=AT - timedelta(minutes=1))
    first = arrived(office, "m-1", due_at=AT - timedelta(minutes=2))
    arrived(sms, "m-3")
    arrived(office, "m-4", due_at=AT + timedelta(seconds=1))

    claimed = claim(EMAIL, at=AT)

    assert claimed == [first, second]
    first.refresh_from_db()
    assert (claimed[0].attempts, first.attempts, first.due_at) == (1, 1, LATER)
    assert claim(EMAIL, at=AT) == []
    assert claim(EMAIL, at=AT + timedelta(seconds=1), limit=1)[0].external_id == "m-4"


@pytest.mark.django_db
def test_an_arrival_whose_reader_died_is_offered_again_and_the_dead_cannot_take_it():
    arrived(channel())
    (dead,) = claim(EMAIL, at=AT)
    (living,) = claim(EMAIL, at=LATER)

    with pytest.raises(WrongState):
        taken(dead, at=LATER)
    taken(living, at=LATER)

    with pytest.raises(WrongState):
        taken(living, at=LATER)
    living.refresh_from_db()
    assert (living.state, living.state_at) == (IncomingState.TAKEN, LATER)


@pytest.mark.django_db
def test_of_two_readers_that_saw_the_same_row_one_gets_it():
    row = arrived(channel())
    others: list[Incoming] = []
    with just_before('UPDATE "messaging_incoming"', lambda: others.extend(claim(EMAIL, at=AT))):
        assert claim(EMAIL, at=AT) == []
    assert others == [row]


@pytest.mark.django_db
def test_a_poisonous_arrival_is_given_up_after_five_readings_and_the_others_flow():
    office = channel()
    poison = arrived(office, "poison")
    at = AT
    for _ in range(MAX_READINGS):
        assert claim(EMAIL, at=at) == [poison]
        at += READING_LEASE
    well = arrived(office, "well", due_at=at)

    assert claim(EMAIL, at=at) == [well]

    poison.refresh_from_db()
    assert (poison.state, poison.attempts) == (IncomingState.PARKED, MAX_READINGS)
    assert poison.note == "given up after 5 readings: its reader never came back"


@pytest.mark.django_db
def test_the_reason_of_the_last_failed_reading_is_kept():
    arrived(channel(), attempts=MAX_READINGS - 1)
    (row,) = claim(EMAIL, at=AT)
    put_back(row, "charset x-unknown", at=AT, pause=timedelta(minutes=1))
    assert claim(EMAIL, at=AT) == []

    assert claim(EMAIL, at=AT + timedelta(minutes=1)) == []

    row.refresh_from_db()
    assert (row.state, row.note) == (IncomingState.PARKED, "given up after 5 readings: charset x-unknown")


@pytest.mark.django_db
def test_what_can_never_be_read_is_put_aside_and_a_person_can_offer_it_again():
    arrived(channel())
    (row,) = claim(EMAIL, at=AT)
    with pytest.raises(WrongState):
        reread(row.pk, at=AT)
    parked(row, "not a message", at=AT)
    assert claim(EMAIL, at=LATER) == []

    reread(row.pk, at=LATER)

    (again,) = claim(EMAIL, at=LATER)
    assert (again, again.attempts, again.note) == (row, 1, "not a message")
