"""Rules of messaging: states and their order, retries, what may be enqueued, what a log may say."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from departments.channels import ChannelKind
from messaging.envelopes import BadEnvelope, storable
from messaging.masking import masked, without
from messaging.states import (
    BACK_OFF,
    FINAL,
    LONGEST_PAUSE,
    MAX_ATTEMPTS,
    MOVES_BY_A_PERSON,
    RANK,
    REPORTABLE,
    Result,
    State,
    after,
    below,
    listed,
    retry_at,
    sources_of,
)
from tests.messaging_rows import AT, envelope


def test_every_state_has_a_rank_and_reports_are_strictly_ordered():
    assert set(RANK) == set(State)
    assert len({RANK[state] for state in REPORTABLE}) == len(REPORTABLE)


def test_no_report_takes_a_delivered_message_back():
    for state in REPORTABLE:
        assert State.DELIVERED not in below(state)


@pytest.mark.parametrize("state", sorted(FINAL))
def test_only_a_person_can_reopen_what_is_final_and_never_a_delivered_one(state):
    assert MOVES_BY_A_PERSON.get(state, frozenset()) == ({State.PENDING} if state is State.FAILED else frozenset())


def test_what_may_have_been_sent_goes_out_again_only_by_a_person():
    for result in (Result.UNCERTAIN, Result.LOST):
        assert after(result, tries_left=5, repeatable=False) is State.UNKNOWN
        assert after(result, tries_left=5, repeatable=True) is State.PENDING
        assert after(result, tries_left=0, repeatable=True) is State.UNKNOWN


@pytest.mark.parametrize("repeatable", [False, True])
def test_clear_answers_do_not_depend_on_the_key(repeatable):
    assert after(Result.ACCEPTED, tries_left=0, repeatable=repeatable) is State.ACCEPTED
    assert after(Result.PERMANENT, tries_left=5, repeatable=repeatable) is State.FAILED
    assert after(Result.TEMPORARY, tries_left=1, repeatable=repeatable) is State.PENDING
    assert after(Result.TEMPORARY, tries_left=0, repeatable=repeatable) is State.FAILED


def test_back_off_follows_the_table_from_first_to_last():
    waits = [retry_at(Result.TEMPORARY, AT, tries_left=MAX_ATTEMPTS - number) - AT for number in range(1, MAX_ATTEMPTS)]
    assert waits == list(BACK_OFF)
    assert waits == sorted(waits)


def test_a_provider_may_ask_for_a_longer_wait_but_not_for_weeks():
    first = MAX_ATTEMPTS - 1
    assert retry_at(Result.TEMPORARY, AT, tries_left=first, asked=timedelta(hours=2)) == AT + timedelta(hours=2)
    assert retry_at(Result.TEMPORARY, AT, tries_left=first, asked=timedelta(seconds=1)) == AT + BACK_OFF[0]
    assert retry_at(Result.TEMPORARY, AT, tries_left=first, asked=timedelta(days=90)) == AT + LONGEST_PAUSE


def test_after_a_dead_relay_there_is_no_wait():
    assert retry_at(Result.LOST, AT, tries_left=3) == AT
    assert retry_at(Result.TEMPORARY, AT, tries_left=0) == AT


def test_moves_by_a_person_are_found_from_their_target():
    assert set(sources_of(State.PENDING)) == {State.UNKNOWN, State.HELD, State.FAILED}
    assert sources_of(State.ATTEMPTING) == []
    assert listed(sources_of(State.PENDING)) == "failed, held, unknown"


@pytest.mark.parametrize("field", ["recipient", "subject", "dedup_key", "language"])
@pytest.mark.parametrize("breaking", ["\n", "\r", "\r\nBcc: all@example.pk", "\u2028", "\x85", "\0", "\ud800"])
def test_a_line_break_in_what_becomes_a_header_is_refused(field, breaking):
    with pytest.raises(BadEnvelope, match=field):
        envelope("k", **{field: f"a{breaking}b"})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipient", "  "),
        ("recipient", "a" * 321),
        ("dedup_key", ""),
        ("dedup_key", "k" * 121),
        ("body", ""),
        ("body", "b" * 200_001),
        ("body", "a\0b"),
        ("subject", "s" * 201),
        ("kind", "pigeon"),
    ],
)
def test_an_envelope_that_a_database_would_drop_is_refused(field, value):
    with pytest.raises(BadEnvelope):
        envelope("k", **{field: value})


def test_a_message_may_lack_a_subject_and_have_many_lines():
    assert envelope("k", kind=ChannelKind.SMS, subject="", body="one\ntwo\n").body == "one\ntwo\n"


@given(st.text())
def test_what_is_storable_stays_as_it_is(text):
    assert storable(storable(text)) == storable(text)
    assert "\0" not in storable(text)


def test_storable_survives_halves_of_characters():
    assert storable("a\udc80b") == "a?b"


@pytest.mark.parametrize(
    ("recipient", "shown"),
    [
        ("amina@example.pk", "a***@example.pk"),
        ("+923001234567", "***67"),
        ("1234", "***"),
        ("@handle", "***le"),
    ],
)
def test_a_recipient_is_masked(recipient, shown):
    assert masked(recipient) == shown


def test_a_refusal_that_repeats_the_address_is_masked_too():
    assert without("amina@example.pk", "550 <amina@example.pk> unknown") == "550 <a***@example.pk> unknown"
    assert without("", "550") == "550"
