"""The edges of messaging: `manage.py relay`, the task, the admin, and the numbers of its health."""

import os
import signal
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import RequestFactory
from django.utils import timezone

from departments.channels import ChannelKind
from departments.models import User
from messaging import health
from messaging.adapters import _made
from messaging.inbox import receive
from messaging.management.commands import relay as command
from messaging.models import Attempt, Heartbeat, Incoming, Outgoing
from messaging.states import IncomingState, State
from messaging.tasks import relay
from tests.messaging_rows import AT, channel, outgoing


@pytest.fixture(autouse=True)
def adapters(settings):
    settings.MESSAGING_ADAPTERS = {"email": "tests.messaging_rows.Recording"}
    _made.cache_clear()
    yield
    _made.cache_clear()


def say(*arguments):
    out = StringIO()
    call_command("relay", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_once_says_what_it_did_and_nothing_when_it_did_nothing():
    outgoing("a")
    outgoing("b", state=State.ATTEMPTING, attempts=1, lease_until=AT)
    assert say("--once") == "relay: 1 accepted, 1 leases over\n"
    assert say("--once") == ""


@pytest.mark.django_db
def test_a_held_relay_says_so(settings):
    settings.RELAY_HELD = True
    outgoing("a")
    assert "held" in say("--once")
    assert Outgoing.objects.get().state == State.PENDING


@pytest.mark.django_db
def test_the_lease_can_be_shortened_for_tests_of_faults(monkeypatch):
    def run(**options):
        assert options["lease"] == timedelta(seconds=1.5)
        return command.Report(leases_over=7)

    monkeypatch.setattr(command, "relay_once", run)
    assert say("--once", "--lease", "1.5") == "relay: 7 leases over\n"


@pytest.mark.django_db
def test_what_waits_for_a_person_is_listed_with_the_recipient_masked():
    outgoing("a", recipient="amina@example.pk", state=State.UNKNOWN, failure="timed out")
    outgoing("b", kind=ChannelKind.PHONE, recipient="+923001234567")
    outgoing("c", state=State.FAILED)
    outgoing("d", state=State.ACCEPTED)

    told = say("--list")

    lines = told.splitlines()
    assert [line.split()[1] for line in lines] == ["state", "by_hand", "failed", "unknown"]
    assert "a***@example.pk" in told
    assert "timed out" in told
    assert "amina" not in told
    assert "3001234" not in told


@pytest.mark.django_db
def test_a_long_list_says_that_there_is_more(monkeypatch):
    monkeypatch.setattr(command, "LISTED", 1)
    outgoing("a", state=State.UNKNOWN)
    outgoing("b", state=State.UNKNOWN)
    assert say("--list").splitlines()[-1] == "... and more; these are the first 1"


@pytest.mark.django_db
def test_a_person_settles_or_sends_again():
    first, second, third = (outgoing(key, state=State.UNKNOWN) for key in "abc")

    assert say("--settle", str(first.pk), "delivered") == f"outgoing {first.pk}: done\n"
    say("--resend", str(second.pk), str(third.pk))

    states = [Outgoing.objects.get(pk=row.pk).state for row in (first, second, third)]
    assert states == [State.DELIVERED, State.PENDING, State.PENDING]


@pytest.mark.django_db
def test_what_waits_can_be_held_for_review_and_released():
    row = outgoing("a")
    assert say("--hold") == "held: 1\n"
    assert say("--once") == ""
    say("--resend", str(row.pk))
    assert say("--once") == "relay: 1 accepted\n"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--settle", "x", "delivered"], "takes the number"),
        (["--settle", "1", "lost"], "takes the number"),
        (["--settle", "1", "accepted"], "settled as delivered or failed"),
        (["--resend", "0"], "there is no outgoing 0"),
    ],
)
def test_a_wrong_decision_is_refused_in_words(arguments, said):
    with pytest.raises(CommandError, match=said):
        say(*arguments)


@pytest.mark.django_db
def test_an_accepted_message_cannot_be_sent_again():
    row = outgoing("a", state=State.ACCEPTED)
    with pytest.raises(CommandError, match="is accepted"):
        say("--resend", str(row.pk))


@pytest.mark.django_db
def test_it_runs_until_it_is_told_to_stop_and_waits_for_a_lost_database(monkeypatch):
    """First run: the database is away. Second: one message. Third: nothing, and the signal comes."""
    before = signal.getsignal(signal.SIGTERM)
    real, runs = command.relay_once, []

    def run(**options):
        runs.append(options["stopping"]())
        if len(runs) == 1:
            raise OperationalError
        if len(runs) == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return real(**options)

    monkeypatch.setattr(command, "relay_once", run)
    monkeypatch.setattr(command, "POLL", 0)
    monkeypatch.setattr(command, "close_old_connections", lambda: None)
    outgoing("a")

    assert say() == "relay: running\nrelay: 1 accepted\n"

    assert runs == [False, False, False]
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.django_db
def test_the_task_does_the_same():
    outgoing("a")
    relay()
    assert Outgoing.objects.get().state == State.ACCEPTED


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Outgoing, Attempt, Incoming, Heartbeat])
def test_the_admin_is_for_superusers_to_look_at(model):
    shown = admin.site.get_model_admin(model)
    request = RequestFactory().get("/")
    for user, may_look in (
        (User(is_superuser=True, is_staff=True), True),
        (User(is_superuser=True, is_staff=True, is_active=False), False),
        (User(is_staff=True), False),
        (AnonymousUser(), False),
    ):
        request.user = user
        assert shown.has_view_permission(request) is may_look
        assert shown.has_module_permission(request) is may_look
        assert not shown.has_add_permission(request)
        assert not shown.has_change_permission(request)
        assert not shown.has_delete_permission(request)
    fields = shown.get_fields(request)
    assert not {"body", "subject", "raw", "headers"} & set(fields)


@pytest.mark.django_db
def test_health_of_an_empty_house():
    assert health.oldest_pending_age(AT) is None
    assert not health.has_unknown()
    assert (health.unknown_count(), health.retrying_count(), health.parked_count()) == (0, 0, 0)


@pytest.mark.django_db
def test_health_tells_what_is_late_refused_uncertain_or_unreadable(monkeypatch):
    outgoing("late", due_at=AT - timedelta(minutes=7))
    outgoing("later", due_at=AT - timedelta(minutes=3))
    outgoing("refused", attempts=2, due_at=AT + timedelta(hours=1))
    for key in "abc":
        outgoing(key, state=State.UNKNOWN)
    row, _ = receive(channel(), "m-1", b"raw", {}, at=AT)
    Incoming.objects.filter(pk=row.pk).update(state=IncomingState.PARKED)

    assert health.oldest_pending_age(AT) == timedelta(minutes=7)
    assert health.has_unknown()
    assert (health.unknown_count(), health.retrying_count(), health.parked_count()) == (3, 1, 1)
    monkeypatch.setattr(health, "COUNTED_TO", 2)
    assert health.unknown_count() == 2


@pytest.mark.django_db
def test_every_list_of_the_outbox_is_found_by_an_index():
    """On the tables of a nation a scan of the outbox every two seconds would be the whole load."""
    now = timezone.now()
    for asked in (
        Outgoing.objects.due(now).oldest_first()[:100],
        Outgoing.objects.leases_over(now),
        Outgoing.objects.for_a_person()[:200],
        Outgoing.objects.to_be_done_by_hand(),
        Outgoing.objects.retried()[:100],
        Outgoing.objects.perhaps_reached("email", "a@example.pk", now),
    ):
        plan = asked.explain()
        assert "outgoing_" in plan or "Seq Scan" in plan, plan  # PostgreSQL scans a table of no rows
        assert "USE TEMP B-TREE FOR ORDER BY" not in plan
