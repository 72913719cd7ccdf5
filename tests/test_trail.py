"""The trail that nobody can rewrite: the database refuses, and the walk finds what was done behind its back."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from complaints import correspondence, trail
from complaints.chain import EventKind, digest
from complaints.models import Complaint, Event
from complaints.trail import broken_links
from tests import lives
from tests.lives import day
from tests.messaging_rows import just_before
from tests.world import World

pytestmark = pytest.mark.django_db


@contextmanager
def triggers_off() -> Iterator[None]:
    """What somebody with the database's own password can do."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE complaints_event DISABLE TRIGGER events_never_change")
            yield
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE complaints_event ENABLE TRIGGER events_never_change")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'complaints_event'")
        kept = cursor.fetchall()
        for name, _ in kept:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _, statement in kept:
            cursor.execute(statement)


def verified() -> tuple[int, str]:
    """Return the exit code of verify_events and what it said."""
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_events", stdout=out, stderr=err)
    except CommandError as failure:
        return failure.returncode, err.getvalue() + str(failure)
    return 0, out.getvalue()


def change(event: Event, **fields: Any) -> None:
    with triggers_off():
        Event.objects.filter(pk=event.pk).update(**fields)


class TestTheDatabaseRefuses:
    @pytest.mark.parametrize("field", ["kind", "data", "hash", "recorded_at", "official", "number"])
    def test_to_change_an_event(self, world: World, field: str) -> None:
        event = lives.owned(world).events.first()
        assert event is not None
        value = {"data": {}, "recorded_at": day(9), "official": None, "number": 99}.get(field, "x")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            Event.objects.filter(pk=event.pk).update(**{field: value})
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            event.save()

    def test_to_remove_one_or_all(self, world: World) -> None:
        event = lives.owned(world).events.first()
        assert event is not None
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            event.delete()
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            Event.objects.all().delete()
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("DELETE FROM complaints_event")
        assert Event.objects.count() == 2

    def test_to_write_a_number_twice(self, world: World) -> None:
        event = lives.owned(world).events.first()
        assert event is not None
        event.pk = None
        with pytest.raises(DatabaseError), transaction.atomic():
            event.save(force_insert=True)


class TestTheWalk:
    @pytest.fixture
    def middle(self, world: World) -> Event:
        """The second event of the middle one of three trails."""
        found = [lives.ended(world) for _ in range(3)]
        return found[1].events.get(number=2)

    def test_whole(self, middle: Event) -> None:
        assert verified() == (0, "Every event chain is whole.\n")
        assert list(broken_links()) == []

    def test_without_any(self) -> None:
        assert verified()[0] == 0

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("kind", "noted"),
            ("data", {"owner": 0}),
            ("occurred_at", day(9)),
            ("recorded_at", day(9)),
            ("actor", "machine"),
            ("official", None),
        ],
    )
    def test_a_changed_event_is_named(self, middle: Event, field: str, value: Any) -> None:
        change(middle, **{field: value})
        code, said = verified()
        assert code == 1
        assert f"event {middle.pk} (complaint {middle.complaint_id}, number 2) was changed" in said
        assert "1 broken links" in said

    def test_changed_with_its_own_hash_the_next_one_shows_it(self, middle: Event) -> None:
        middle.data = {"owner": 0}
        change(middle, data=middle.data, hash=trail.hash_of(middle))
        code, said = verified()
        follower = Event.objects.get(complaint=middle.complaint_id, number=3)
        assert code == 1
        assert f"event {follower.pk} (complaint {middle.complaint_id}, number 3) does not follow" in said

    def test_a_removed_event_is_missed(self, middle: Event) -> None:
        with triggers_off():
            Event.objects.filter(pk=middle.pk).delete()
        code, said = verified()
        assert code == 1
        assert f"complaint {middle.complaint_id}, number 3) does not follow" in said

    def test_a_tail_that_was_cut_off_is_missed(self, middle: Event) -> None:
        with triggers_off():
            Event.objects.filter(complaint=middle.complaint_id, number__gt=5).delete()
        complaint = Complaint.objects.get(pk=middle.complaint_id)
        code, said = verified()
        assert code == 1
        assert f"({complaint.reference}) ends at event 5, it should end at {complaint.trail_length}." in said

    @pytest.mark.parametrize("which", [0, 1, 2])
    def test_a_whole_trail_that_was_taken_is_missed(self, world: World, which: int) -> None:
        complaint = [lives.owned(world) for _ in range(3)][which]
        with triggers_off():
            Event.objects.filter(complaint=complaint).delete()
        code, said = verified()
        assert code == 1
        assert f"({complaint.reference}) ends at event 0, it should end at 2." in said

    def test_an_event_put_in_at_the_end_is_noticed(self, middle: Event) -> None:
        complaint = Complaint.objects.get(pk=middle.complaint_id)
        trail.append(complaint, EventKind.RATED, by=lives.Voice.CITIZEN, at=day(9), stars=5)
        code, said = verified()
        assert code == 1
        assert f"ends at event {complaint.trail_length}, it should end at {complaint.trail_length - 1}." in said

    def test_an_event_put_in_between_is_noticed(self, middle: Event) -> None:
        with triggers_off():
            later = Event.objects.filter(complaint=middle.complaint_id, number__gt=1)
            for event in later.order_by("-number"):
                Event.objects.filter(pk=event.pk).update(number=F("number") + 1)
        first = Event.objects.get(complaint=middle.complaint_id, number=1)
        put_in = Event(
            complaint_id=middle.complaint_id,
            number=2,
            kind=EventKind.NOTED,
            occurred_at=day(0.001),
            recorded_at=day(0.001),
            actor="citizen",
            previous_hash=first.hash,
        )
        put_in.hash = trail.hash_of(put_in)
        put_in.save()
        code, said = verified()
        assert code == 1
        assert "number 3) does not follow the one before it" in said

    def test_many_are_counted_and_a_hundred_are_shown(self, world: World) -> None:
        complaint = lives.owned(world)
        for _ in range(110):
            correspondence.note(complaint, by=world.officer, at=day(1), text="x")
        with triggers_off():
            Event.objects.filter(complaint=complaint, number__gt=2).update(actor="machine")
        code, said = verified()
        assert code == 1
        assert said.count("was changed after it was written") == 100
        assert "110 broken links" in said

    def test_what_is_written_while_it_walks_is_no_break(self, world: World) -> None:
        """The ends of the trails are read before the events; in between an official acts."""
        complaint = lives.owned(world)

        def act() -> None:
            correspondence.note(complaint, by=world.officer, at=day(1), text="x")

        with just_before('SELECT "complaints_event"', act):
            assert list(broken_links()) == []
        assert complaint.version == 3
        assert list(broken_links()) == []


def test_the_trail_holds_no_words_of_people(world: World) -> None:
    words = "canary-7321"
    complaint = lives.filed(world, text=words, name=words, place=words, reach=lives.BY_MAIL)
    correspondence.citizen_writes(complaint, by=lives.Voice.CITIZEN, at=day(1), text=words)
    correspondence.note(complaint, by=world.officer, at=day(1), text=words)
    assert words not in str(list(Event.objects.values()))


def test_the_hash_is_of_the_stored_row_on_every_database(world: World) -> None:
    lives.ended(world)
    for event in Event.objects.all():
        fields = (event.kind, event.occurred_at, event.recorded_at, event.actor, event.official_id, event.data)
        assert event.hash == digest(event.previous_hash, event.complaint_id, event.number, *fields)
