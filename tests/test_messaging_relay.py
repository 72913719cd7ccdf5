"""The relay: what each answer of a provider leads to, who sends when several could, and when nothing goes."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from departments.channels import ChannelKind
from messaging.adapters import PermanentFailure, TemporaryFailure, Uncertain, _made, adapter_for
from messaging.heartbeats import age
from messaging.models import Attempt, Heartbeat, Outgoing
from messaging.receipts import receipt
from messaging.relay import HEARTBEAT, relay_once
from messaging.review import resend
from messaging.states import BACK_OFF, LEASE, MAX_ATTEMPTS, STUMBLES, WINDOW, Result, State
from tests.fake_provider import duplicates
from tests.messaging_rows import AT, channel, clock_at, fresh, just_before, outgoing, run

SMS = ChannelKind.SMS
LEASES_OVER = AT + LEASE + timedelta(seconds=1)


@pytest.fixture
def adapters(settings):
    """E-mail without a key, text messages with one."""
    settings.MESSAGING_ADAPTERS = {
        "email": "tests.messaging_rows.Recording",
        "sms": "tests.messaging_rows.RecordingWithKey",
    }
    _made.cache_clear()
    yield {kind: adapter_for(kind) for kind in ("email", "sms")}
    _made.cache_clear()


def raising(failure):
    def then(parcel):
        raise failure

    return then


@pytest.mark.django_db
def test_an_accepted_message_is_written_down_with_its_attempt(adapters):
    office = channel()
    row = outgoing("a", channel_id=office.pk, subject="Your query", language="ur")

    report = run()

    (parcel,) = adapters["email"].got
    assert (parcel.recipient, parcel.dedup_key, parcel.language) == ("a@example.pk", "a", "ur")
    assert parcel.reply_to == "help@law.example.pk"
    row = fresh(row)
    assert (row.state, row.attempts, row.provider_ref, row.lease_until) == (State.ACCEPTED, 1, "ref-a", None)
    attempt = row.tries.get()
    assert (attempt.number, attempt.started_at, attempt.ended_at, attempt.result) == (1, AT, AT, Result.ACCEPTED)
    assert str(attempt) == f"{row.pk}/1 accepted"
    assert report.results == Counter(accepted=1)
    assert not report.is_empty


@pytest.mark.django_db
def test_a_run_with_nothing_to_do_is_empty_and_a_sign_of_life(adapters):
    outgoing("a", at=AT + timedelta(seconds=1))
    assert age(HEARTBEAT, AT) is None
    assert run().is_empty
    assert age(HEARTBEAT, AT + timedelta(minutes=1)) == timedelta(minutes=1)
    run(AT + timedelta(minutes=1))
    assert Heartbeat.objects.count() == 1
    assert str(Heartbeat.objects.get()) == "relay 2026-11-20 09:01:00"


@pytest.mark.django_db
def test_nothing_is_touched_while_the_relay_is_held(adapters, settings):
    settings.RELAY_HELD = True
    row = outgoing("a")
    stuck = outgoing("b", state=State.ATTEMPTING, attempts=1, lease_until=AT - timedelta(days=1))

    report = run()

    assert report.is_held
    assert adapters["email"].got == []
    assert (fresh(row).state, fresh(stuck).state) == (State.PENDING, State.ATTEMPTING)
    assert Heartbeat.objects.get().detail == "held"


@pytest.mark.django_db
def test_the_oldest_goes_first_and_a_batch_has_an_end(adapters):
    for minutes in (1, 3, 2):
        outgoing(f"m{minutes}", at=AT - timedelta(minutes=minutes))
    run(batch=2)
    assert [parcel.dedup_key for parcel in adapters["email"].got] == ["m3", "m2"]


@pytest.mark.django_db
def test_a_relay_that_is_told_to_stop_finishes_the_message_in_hand(adapters):
    outgoing("a")
    left = outgoing("b")
    run(stopping=lambda: bool(adapters["email"].got))
    assert fresh(left).state == State.PENDING


@pytest.mark.django_db
def test_a_temporary_refusal_is_tried_again_by_the_table_and_then_failed(adapters):
    adapters["email"].then = raising(TemporaryFailure("451 a@example.pk: later"))
    row = outgoing("a")
    at = AT
    for number, wait in enumerate(BACK_OFF, start=1):
        run(at)
        row = fresh(row)
        assert (row.state, row.attempts, row.due_at) == (State.PENDING, number, at + wait)
        assert run(row.due_at - timedelta(seconds=1)).is_empty
        at = row.due_at

    run(at)

    row = fresh(row)
    assert (row.state, row.attempts) == (State.FAILED, MAX_ATTEMPTS)
    assert row.failure == "451 a***@example.pk: later"
    assert run(at + timedelta(days=30)).is_empty
    assert list(row.tries.values_list("number", flat=True)) == list(range(1, MAX_ATTEMPTS + 1))
    assert set(row.tries.values_list("result", flat=True)) == {Result.TEMPORARY}


@pytest.mark.django_db
def test_a_provider_may_ask_for_a_longer_pause(adapters):
    adapters["email"].then = raising(TemporaryFailure("429", retry_after=timedelta(hours=2)))
    row = outgoing("a")
    run()
    assert fresh(row).due_at == AT + timedelta(hours=2)


@pytest.mark.django_db
def test_a_refusal_for_good_fails_at_once(adapters):
    adapters["email"].then = raising(PermanentFailure("550 no such user\0"))
    row = outgoing("a")
    run()
    row = fresh(row)
    assert (row.state, row.failure) == (State.FAILED, "550 no such user")


@pytest.mark.django_db
def test_an_uncertain_message_is_never_sent_again_without_a_key(adapters):
    adapters["email"].then = raising(Uncertain("timed out"))
    row = outgoing("a")
    run()
    run(AT + timedelta(days=30))
    assert len(adapters["email"].got) == 1
    assert fresh(row).state == State.UNKNOWN
    assert list(Outgoing.objects.for_a_person()) == [row]


@pytest.mark.django_db
def test_an_uncertain_message_is_sent_again_with_the_same_key_until_we_give_up(adapters):
    adapters["sms"].then = raising(Uncertain("timed out"))
    row = outgoing("a", kind=SMS)
    at = AT
    for _ in range(MAX_ATTEMPTS):
        run(at)
        at += timedelta(hours=24)
    run(at)
    assert {parcel.dedup_key for parcel in adapters["sms"].got} == {"a"}
    assert len(adapters["sms"].got) == MAX_ATTEMPTS
    assert fresh(row).state == State.UNKNOWN


@pytest.mark.django_db
def test_a_fault_in_an_adapter_is_seen_and_leaves_no_message_without_a_state(adapters):
    adapters["email"].then = raising(KeyError("a@example.pk"))
    row = outgoing("a")
    with pytest.raises(KeyError):
        run()
    row = fresh(row)
    assert (row.state, row.failure) == (State.UNKNOWN, "fault in the adapter: KeyError")
    assert not Heartbeat.objects.exists()


@pytest.mark.django_db
def test_a_dead_relays_message_becomes_unknown_or_goes_again_with_its_key(adapters):
    def die(parcel):
        raise KeyboardInterrupt  # like a kill: nothing is recorded

    rows = [outgoing("a"), outgoing("b", kind=SMS)]
    adapters["email"].then = adapters["sms"].then = die
    for _ in rows:
        with pytest.raises(KeyboardInterrupt):
            run()
    adapters["email"].then = adapters["sms"].then = lambda parcel: "ref"
    assert [fresh(row).state for row in rows] == [State.ATTEMPTING] * 2
    assert fresh(rows[0]).tries.get().ended_at is None
    assert run(AT + LEASE).is_empty  # not over yet

    report = run(LEASES_OVER)

    assert report.leases_over == 2
    assert [fresh(row).state for row in rows] == [State.UNKNOWN, State.ACCEPTED]
    assert fresh(rows[0]).tries.get().result == Result.LOST
    assert [attempt.result for attempt in fresh(rows[1]).tries.order_by("number")] == [Result.LOST, Result.ACCEPTED]
    assert (len(adapters["email"].got), len(adapters["sms"].got)) == (1, 2)


@pytest.mark.django_db
def test_a_message_that_kills_its_relay_is_shown_to_a_person_in_the_end(adapters):
    row = outgoing("a", kind=SMS, state=State.ATTEMPTING, attempts=MAX_ATTEMPTS, lease_until=AT)
    run(LEASES_OVER)
    assert fresh(row).state == State.UNKNOWN


@pytest.mark.django_db
def test_a_lease_without_an_adapter_is_not_taken_for_repeatable(adapters):
    row = outgoing("a", kind=ChannelKind.X, state=State.ATTEMPTING, attempts=1, lease_until=AT)
    run(LEASES_OVER)
    assert fresh(row).state == State.UNKNOWN


@pytest.mark.django_db
def test_a_lease_that_is_settled_by_another_relay_is_settled_once(adapters):
    row = outgoing("a", state=State.ATTEMPTING, attempts=1, lease_until=AT)
    Attempt.objects.create(outgoing=row, number=1, started_at=AT)
    with just_before("SAVEPOINT", lambda: run(LEASES_OVER)):
        assert run(LEASES_OVER + timedelta(seconds=1)).leases_over == 0
    assert fresh(row).tries.get().ended_at == LEASES_OVER


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["email", "sms"])
def test_of_two_relays_that_saw_the_same_message_one_sends_it(adapters, kind):
    row = outgoing("a", kind=kind)
    with just_before("SAVEPOINT", run):
        assert run().is_empty
    assert len(adapters[kind].got) == 1
    assert fresh(row).attempts == 1


def four_relays_at_once():
    def relay():
        run()
        connection.close()

    threads = [threading.Thread(target=relay) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_four_relays_at_once_send_everything_once_and_hold_no_transaction(adapters):
    def then(parcel):
        open_transactions.append(connection.in_atomic_block)
        return "ref"

    open_transactions: list[bool] = []
    adapters["email"].then = adapters["sms"].then = then
    for number in range(10):
        outgoing(f"e{number}")
        outgoing(f"s{number}", kind=SMS)

    four_relays_at_once()

    sent = [parcel.dedup_key for kind in adapters for parcel in adapters[kind].got]
    assert len(sent) == 20
    assert duplicates(sent) == []
    assert set(Outgoing.objects.values_list("state", flat=True)) == {State.ACCEPTED}
    assert open_transactions == [False] * 20


@pytest.mark.django_db(transaction=True)
def test_four_relays_at_once_keep_the_cap_of_one_address(adapters):
    for number in range(12):
        outgoing(f"m{number}", recipient="victim@example.pk")
    four_relays_at_once()
    run()
    assert len(adapters["email"].got) == 3


@pytest.mark.django_db
def test_a_yes_that_comes_after_the_lease_takes_the_message_off_the_persons_list(adapters):
    def late(parcel):
        relay_once(clock=clock_at(LEASES_OVER))  # another relay, while this one is stuck in the call
        assert fresh(row).state == State.UNKNOWN
        return "ref-late"

    adapters["email"].then = late
    row = outgoing("a")
    run()
    row = fresh(row)
    assert (row.state, row.provider_ref) == (State.ACCEPTED, "ref-late")
    assert row.tries.get().result == Result.ACCEPTED


@pytest.mark.django_db
def test_a_doubt_that_comes_after_the_lease_changes_nothing(adapters):
    def late(parcel):
        Outgoing.objects.filter(pk=row.pk).update(state=State.FAILED, failure="settled by a person")
        raise Uncertain("timed out")

    adapters["email"].then = late
    row = outgoing("a")
    run()
    assert (fresh(row).state, fresh(row).failure) == (State.FAILED, "settled by a person")


@pytest.mark.django_db
def test_a_report_that_overtakes_the_answer_stands(adapters):
    def overtaken(parcel):
        receipt("a", State.DELIVERED, kind=SMS, at=AT)
        return "ref"

    adapters["sms"].then = overtaken
    row = outgoing("a", kind=SMS)
    run()
    assert fresh(row).state == State.DELIVERED
    assert fresh(row).tries.get().result == Result.ACCEPTED


@pytest.mark.django_db
def test_a_long_reference_or_refusal_is_cut_to_what_is_kept(adapters):
    row, other = outgoing("a"), outgoing("b")
    adapters["email"].then = lambda parcel: "r" * 500
    run(batch=1)
    adapters["email"].then = raising(PermanentFailure("x" * 5000))
    run()
    assert len(fresh(row).provider_ref) == 200
    assert len(fresh(other).failure) == 1000


@pytest.mark.django_db
def test_one_address_gets_three_mails_in_an_hour_and_the_rest_later(adapters):
    for number in range(5):
        outgoing(f"m{number}", recipient="victim@example.pk", at=AT - timedelta(minutes=9 - number))
    other = outgoing("other")

    report = run()

    assert report.results == Counter(accepted=4)
    assert report.deferred == 2
    assert fresh(other).state == State.ACCEPTED
    waiting = Outgoing.objects.filter(state=State.PENDING)
    assert {(row.dedup_key, row.due_at, row.attempts) for row in waiting} == {
        ("m3", AT + WINDOW, 0),
        ("m4", AT + WINDOW, 0),
    }
    assert run(AT + WINDOW - timedelta(seconds=1)).is_empty
    assert run(AT + WINDOW).results == Counter(accepted=2)


@pytest.mark.django_db
def test_what_was_surely_not_sent_does_not_count_against_the_cap(adapters):
    adapters["email"].then = raising(PermanentFailure("552 full"))
    for number in range(4):
        outgoing(f"m{number}", recipient="victim@example.pk")
    assert run().results == Counter(permanent=4)


@pytest.mark.django_db
def test_a_kind_without_a_cap_sends_all(adapters):
    for number in range(5):
        outgoing(f"m{number}", kind=SMS, recipient="+923001234567")
    assert run().results == Counter(accepted=5)


@pytest.mark.django_db
def test_a_provider_that_is_down_does_not_hold_up_the_others(adapters):
    adapters["email"].then = raising(TemporaryFailure("connection refused"))
    for number in range(STUMBLES + 2):
        outgoing(f"m{number}", at=AT - timedelta(minutes=1))
    text = outgoing("s", kind=SMS)

    assert run().results == Counter(temporary=STUMBLES, accepted=1)

    assert fresh(text).state == State.ACCEPTED
    untried = Outgoing.objects.filter(kind="email", attempts=0)
    assert untried.count() == 2
    adapters["email"].then = lambda parcel: "ref"
    assert run().results == Counter(accepted=2)


@pytest.mark.django_db
def test_a_kind_that_lost_its_adapter_becomes_a_persons_work(adapters, settings):
    row = outgoing("a", kind=SMS)
    settings.MESSAGING_ADAPTERS = {}
    assert run().given_to_a_person == 1
    assert fresh(row).state == State.BY_HAND


@pytest.mark.django_db
def test_what_a_person_sends_again_goes_again(adapters):
    row = outgoing("a", state=State.UNKNOWN, attempts=1, attempted_at=AT)
    resend(row.pk, at=AT)
    run()
    assert (fresh(row).state, fresh(row).attempts) == (State.ACCEPTED, 2)
