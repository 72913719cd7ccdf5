"""`manage.py demo`: who may sign in, what is added and what is left alone, and that a story is told twice the same."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from complaints.demo import accounts, dismantling, growth
from complaints.demo.archetypes import TABLES
from complaints.demo.offices import offices
from complaints.demo.playing import MEMORY
from complaints.models import Complaint, Event, Letter, Notice
from complaints.trail import broken_links
from departments import hands
from departments.founding import found, found_centre
from departments.models import Appointment, Department, User
from departments.roles import Role
from messaging.models import Outgoing
from messaging.states import State

AT = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)  # a Saturday, 11:30 in Karachi
SILENT = growth.Reporter(lambda what, size: None, lambda more: None)


def demo(count: int, *flags: str, seed: str = "tests", at: datetime = AT) -> str:
    """Return what the command says."""
    said = StringIO()
    call_command("demo", f"--complaints={count}", f"--seed={seed}", f"--at={at.isoformat()}", *flags, stdout=said)
    return said.getvalue()


def password_in(said: str) -> str:
    found_passwords = re.findall(r"^Password: (\S+)", said, re.MULTILINE)
    assert len(found_passwords) == 1, said
    return str(found_passwords[0])


def counts() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in (*TABLES, User, Department, Appointment)}


def test_production_refuses(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="no place in production"):
        demo(1)


def test_a_seed_is_short_and_plain() -> None:
    with pytest.raises(CommandError, match="letters, digits or hyphens"):
        demo(1, seed="so many words")


@pytest.mark.django_db
def test_first_run_founds_and_tells_the_password_once() -> None:
    said = demo(6)
    password = password_in(said)
    assert len(password) >= accounts.SHORTEST
    for username in ("works.officer1", "livestock.intake", "centre.monitor", accounts.SUPERUSER):
        user = authenticate(username=username, password=password)
        assert user is not None, username
        assert username in said
        assert user.email.endswith("@demo.example")
    assert len(set(accounts.demo_users().values_list("password", flat=True))) == 1
    superuser = User.objects.get(username=accounts.SUPERUSER)
    assert superuser.is_superuser
    assert superuser.is_staff
    assert superuser.appointments.get().role == Role.ADMINISTRATOR
    assert User.objects.filter(is_superuser=True).count() == 1
    assert "6 complaints added" in said
    reference, code = re.findall(r"(\d{3}-\d{4}-\d{4}), tracking code (\S+)", said)[0]
    assert Complaint.objects.filter(reference=reference).exists()
    assert len(code) == 15


@pytest.mark.django_db
def test_running_again_changes_nothing_and_more_is_added_up_to_the_number() -> None:
    password = password_in(demo(4))
    before, last = counts(), Event.objects.order_by("pk").last()
    said = demo(4, at=AT + timedelta(days=3))
    assert "already, with 4 complaints. Nothing was changed" in said
    assert "Password" not in said
    assert counts() == before
    assert Event.objects.order_by("pk").last() == last
    assert authenticate(username="law.head", password=password) is not None
    assert "3 complaints added" in demo(7)
    assert Complaint.objects.count() == 7
    assert list(broken_links()) == []


@pytest.mark.django_db
def test_another_password_on_demand() -> None:
    old = password_in(demo(1))
    before = counts()
    new = password_in(demo(1, "--new-password"))
    assert new != old
    assert authenticate(username="law.head", password=old) is None
    assert authenticate(username="law.head", password=new) is not None
    assert counts() == before


@pytest.mark.django_db
def test_the_environment_may_fix_the_password(settings: Any) -> None:
    settings.DEMO_PASSWORD = "short"
    with pytest.raises(CommandError, match="at least 12 characters"):
        demo(1)
    assert not Department.objects.exists()
    settings.DEMO_PASSWORD = "horse-battery-staple"
    assert password_in(demo(1)) == "horse-battery-staple"


@pytest.mark.django_db
def test_accounts_that_are_somebodys_own_are_left_alone() -> None:
    people = found_centre()
    User.objects.filter(pk=people["admin"].pk).update(email="minister@punjab.gov.pk")
    User.objects.create(username=accounts.SUPERUSER, email="somebody@punjab.gov.pk")
    password = password_in(demo(1))
    assert authenticate(username="centre.admin", password=password) is None
    assert authenticate(username="centre.monitor", password=password) is not None
    assert User.objects.get(username="centre.admin").email == "minister@punjab.gov.pk"
    assert not User.objects.filter(is_superuser=True).exists()


@pytest.mark.django_db
def test_departments_that_are_too_young_have_no_history() -> None:
    found(at=AT - timedelta(days=15))
    with pytest.raises(CommandError, match="too short for a history"):
        demo(1)


@pytest.mark.django_db
def test_departments_that_are_young_have_a_short_history() -> None:
    found(at=AT - timedelta(days=20))
    demo(5, seed="young1")  # the life 1 of this seed would first begin after the present
    assert Complaint.objects.count() == 5
    assert not Complaint.objects.filter(recorded_at__lt=AT - timedelta(days=15)).exists()


@pytest.mark.django_db
def test_the_same_seed_tells_the_same_story() -> None:
    found(at=AT - MEMORY - growth.BEFORE)

    def told(seed: str) -> str:
        with transaction.atomic():
            growth.play_lives(5, seed, offices(), at=AT, reporter=SILENT)
            growth.add_clones(30, seed, list(Complaint.objects.values_list("pk", flat=True)), offices(), at=AT,
                              reporter=SILENT)  # fmt: skip
            rows = [
                *Complaint.objects.order_by("reference").values_list("reference", "text", "place", "received_at"),
                *Event.objects.order_by("complaint__reference", "number").values_list(
                    "complaint__reference", "kind", "occurred_at", "recorded_at"
                ),
                *Letter.objects.order_by("complaint__reference", "sent_at", "text").values_list("text", "sent_at"),
                *Notice.objects.order_by("told_at", "recipient", "kind").values_list("told_at", "kind"),
            ]
            transaction.set_rollback(True)
        return hashlib.sha256(repr(rows).encode()).hexdigest()

    first = told("one")
    assert told("one") == first
    assert told("two") != first


@pytest.mark.django_db
def test_beyond_the_stock_lives_are_cloned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "STOCK", 5)
    said = demo(40)
    assert re.search(r"40 complaints added .*; [\d,]+ rows of them were cloned", said)
    assert Complaint.objects.count() == 40
    assert Complaint.objects.filter(idempotency_key__contains=":life:").count() == 5
    assert not Outgoing.objects.filter(state=State.PENDING).exists()
    said = demo(50)  # plays further lives and finds further tokens
    assert "10 complaints added" in said
    assert Complaint.objects.filter(idempotency_key__contains=":life:").count() == 10
    assert Complaint.objects.values("reference").distinct().count() == 50
    assert list(broken_links()) == []


def structure() -> list[tuple[Any, ...]]:
    """Return every index and constraint of PostgreSQL's tables, with its definition."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes"
            " WHERE schemaname = 'public' ORDER BY 1, 2, 3"
        )
        return list(cursor.fetchall())


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that a million needs, for a few."""
    if not hands.can_share():
        pytest.skip("two processes and COPY need PostgreSQL")
    monkeypatch.setattr(growth, "STOCK", 4)
    monkeypatch.setattr(growth, "SHARED_FROM", 4)
    monkeypatch.setattr(growth, "_PART", 2)
    monkeypatch.setattr(growth, "DISMANTLED_FROM", 10)


@pytest.mark.django_db(transaction=True)
def test_a_large_load_leaves_the_tables_as_they_were(hurried: None) -> None:
    before = structure()
    password = password_in(demo(60))
    assert structure() == before
    assert not dismantling.is_dismantled()
    assert authenticate(username="works.head", password=password) is not None
    assert Complaint.objects.count() == 60
    assert list(broken_links()) == []
    last = Complaint.objects.latest("pk")
    # The next key is free.
    last.entries.create(
        stage="content", department=last.department, section=last.section, due_at=AT, entered_at=AT, left_at=AT
    )


@pytest.mark.django_db(transaction=True)
def test_a_load_that_is_broken_off_is_whole_and_goes_on(hurried: None, monkeypatch: pytest.MonkeyPatch) -> None:
    before, taken_off = structure(), []
    write = growth._write

    def breaks(batch: Any) -> Any:
        taken_off.append(dismantling.is_dismantled())
        raise KeyboardInterrupt

    monkeypatch.setattr(growth, "shared", lambda work, items: map(work, items))
    monkeypatch.setattr(growth, "_write", breaks)
    with pytest.raises(CommandError, match="run the same command again"):
        demo(60)
    assert taken_off == [True]
    assert structure() == before
    monkeypatch.setattr(growth, "_write", write)
    demo(60)
    assert Complaint.objects.count() == 60
    assert list(broken_links()) == []


@pytest.mark.django_db(transaction=True)
def test_what_a_power_cut_left_off_is_put_on_first(hurried: None) -> None:
    before = structure()
    dismantling.dismantle(TABLES)
    assert dismantling.is_dismantled()
    assert len(structure()) < len(before)
    assert "put on again first" in demo(1)
    assert structure() == before


def test_the_other_processes_leave_interruptions_to_the_first() -> None:
    handler = hands.signal.getsignal(hands.signal.SIGINT)
    try:
        hands._leave_interruptions()
        assert hands.signal.getsignal(hands.signal.SIGINT) == hands.signal.SIG_IGN
    finally:
        hands.signal.signal(hands.signal.SIGINT, handler)
