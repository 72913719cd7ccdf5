"""A clone is a life that the verbs could have lived: played again from its own rows, it comes out the same."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.conf import settings
from django.db import transaction

from complaints.demo import growth
from complaints.demo.archetypes import TABLES, Archetype, read
from complaints.demo.offices import offices
from complaints.demo.playing import MEMORY, TOKENS
from complaints.models import Closure, Complaint, Duty, Event, Flag, StageEntry
from complaints.references import code_hmac, reference_of, tracking_code
from complaints.trail import broken_links
from departments.founding import found
from departments.models import User
from departments.worktime import is_open
from messaging.models import Outgoing
from messaging.states import State
from tests.demo_replay import Replay, differences

AT = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)  # a Saturday, 11:30 in Karachi
SEED = "replay"
PLAYED, CLONED, SAMPLE = 70, 400, 40
SILENT = growth.Reporter(lambda what, size: None, lambda more: None)


@pytest.fixture(scope="module")
def clones(django_db_setup, django_db_blocker) -> Iterator[list[int]]:  # type: ignore[no-untyped-def]
    """The keys of clones, made once for all tests here and rolled back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        found(at=AT - MEMORY - growth.BEFORE)
        played = growth.play_lives(PLAYED, SEED, offices(), at=AT, reporter=SILENT)
        growth.add_clones(CLONED, SEED, played, offices(), at=AT, reporter=SILENT)
        yield sorted(Complaint.objects.exclude(pk__in=played).values_list("pk", flat=True))
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _savepoint(clones, django_db_blocker) -> Iterator[None]:  # type: ignore[no-untyped-def]
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def of_all_shapes(clones: list[int]) -> list[Archetype]:
    """Return a seeded sample in which no two have the same events, while there are such."""
    shuffled = [read([pk])[pk] for pk in Random(SEED).sample(clones, 150)]
    shapes = {tuple(event["kind"] for event in life.rows[Event]): life for life in shuffled}
    return [*shapes.values(), *shuffled][:SAMPLE]


def people() -> dict[int, User]:
    return {user.pk: user for user in User.objects.prefetch_related("appointments")}


def test_a_clone_played_again_by_the_verbs_has_the_same_rows(clones: list[int]) -> None:
    sample, officials = of_all_shapes(clones), people()
    assert len({tuple(event["kind"] for event in life.rows[Event]) for life in sample}) > SAMPLE * 3 / 4
    for life in sample:
        with transaction.atomic():
            found_other = list(differences(life, Replay(life, officials).play()))
            transaction.set_rollback(True)
        assert found_other == [], life.complaint["reference"]


def test_the_comparison_sees_one_changed_value(clones: list[int]) -> None:
    life = next(life for life in of_all_shapes(clones) if life.rows[Duty])
    again = Replay(life, people()).play()
    Duty.objects.filter(complaint=again, code="R2").update(due_at=AT)
    assert any("Duty" in sentence and "due_at" in sentence for sentence in differences(life, again))


def test_reference_and_code_follow_from_the_token(clones: list[int]) -> None:
    key = settings.TRACKING_KEY
    for complaint in Complaint.objects.filter(pk__in=clones):
        token = complaint.idempotency_key or ""
        assert token.startswith(f"{TOKENS}{SEED}:clone:")
        assert complaint.reference == reference_of(key, token, 0)
        assert complaint.code_hmac == code_hmac(key, tracking_code(key, token))


def test_every_chain_is_whole(clones: list[int]) -> None:
    assert list(broken_links()) == []
    one = Complaint.objects.get(pk=clones[0])
    last = one.events.get(number=one.trail_length)
    assert one.trail_hash == last.hash


def test_clones_differ_in_names_places_addresses_and_moments(clones: list[int]) -> None:
    copies = Complaint.objects.filter(pk__in=clones)
    assert copies.values("reference").distinct().count() == CLONED
    assert copies.values("place").distinct().count() > CLONED * 0.9
    assert copies.values("recorded_at").distinct().count() > CLONED * 0.9
    addresses = copies.exclude(contact=None).values_list("contact__address", flat=True)
    assert len(set(addresses)) == len(addresses)
    assert not Outgoing.objects.filter(state=State.PENDING).exists()


def test_nothing_happens_at_or_after_the_present(clones: list[int]) -> None:
    assert not Event.objects.filter(recorded_at__gte=AT).exists()
    assert not Complaint.objects.filter(moved_at__gte=AT).exists()
    assert not Flag.objects.filter(flagged_at__gte=AT).exists()
    assert not Outgoing.objects.filter(state_at__gte=AT).exists()


def test_officials_act_in_office_hours(clones: list[int]) -> None:
    worktimes = {office.department.pk: office.worktime for office in offices()}
    acts = Event.objects.filter(complaint__in=clones, actor="official").exclude(kind="delivered")
    for department, moment in acts.values_list("complaint__department", "recorded_at"):
        assert is_open(worktimes[department], moment)


def test_few_clones_are_open_and_one_department_has_the_most(clones: list[int]) -> None:
    concluded = Closure.objects.filter(voided_at__isnull=True).values("complaint")
    still_open = StageEntry.objects.filter(complaint__in=clones, left_at__isnull=True).exclude(complaint__in=concluded)
    assert 0.01 < still_open.count() / CLONED < 0.1
    works = Complaint.objects.filter(pk__in=clones, department__code="works").count()
    assert 0.3 < works / CLONED < 0.5


def test_keys_handed_out_later_are_free(clones: list[int]) -> None:
    for model in TABLES:
        last = model._default_manager.order_by("pk").last()
        assert last is None or last.pk > 0
    fresh = Complaint.objects.get(pk=clones[-1])
    entry = StageEntry.objects.create(
        complaint=fresh,
        stage="content",
        section=fresh.section,
        entered_at=AT,
        left_at=AT + timedelta(seconds=1),
    )
    assert entry.pk > StageEntry.objects.exclude(pk=entry.pk).order_by("pk").last().pk  # type: ignore[union-attr]
