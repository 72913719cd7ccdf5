"""Several at once, each on a connection of its own: on both databases no work is lost and nothing is done twice."""

from collections.abc import Callable, Sequence
from threading import Barrier, Thread
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from complaints import closing, correspondence, drafting, routing
from complaints.actors import Voice
from complaints.chain import EventKind
from complaints.intake import Filed
from complaints.models import Approval, Closure, Complaint, Event, Flag, Letter, Notice
from complaints.models.letters import LetterKind
from complaints.pulling import pull_arrivals, pull_deliveries
from complaints.references import code_hmac
from complaints.sweep import sweep
from complaints.trail import broken_links
from departments.errors import NotAllowed, NotReady, Refused, Stale
from messaging import inbox
from messaging.models import Incoming, Outgoing
from messaging.states import State
from tests import lives
from tests.lives import BY_MAIL, day, minute
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Do the jobs at the same moment, each in a thread with its own connection; return results or exceptions."""
    ready, found = Barrier(len(jobs)), [None] * len(jobs)

    def run(number: int) -> None:
        try:
            ready.wait(20)
            found[number] = jobs[number]()
        except Exception as error:  # noqa: BLE001
            found[number] = error  # type: ignore[call-overload]
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def outcome(found: Sequence[Any]) -> tuple[list[Any], list[Exception]]:
    """Return what was done and what was refused; anything else than a refusal is a fault."""
    faults = [each for each in found if isinstance(each, Exception) and not isinstance(each, Refused)]
    assert faults == []
    refused = [each for each in found if isinstance(each, Refused)]
    return [each for each in found if not isinstance(each, Refused)], list(refused)


def same(pk: int) -> Complaint:
    """A fresh look at the row, as every request takes one."""
    return Complaint.objects.select_related("contact").get(pk=pk)


@pytest.mark.parametrize("_again", range(5))
def test_two_officials_who_saw_the_same_one_is_told_what_the_other_did(world: World, _again: int) -> None:
    complaint = lives.owned(world)
    seen = complaint.version

    def drafts(by: Any, text: str) -> Any:
        return drafting.draft(same(complaint.pk), by=by, at=day(1), text=text, seen=seen)

    done, refused = outcome(at_once(lambda: drafts(world.officer, "One."), lambda: drafts(world.officer2, "Two.")))
    assert len(done) == 1
    assert [type(each) for each in refused] == [Stale]
    assert "changed after you opened it (drafted)" in str(refused[0])
    assert complaint.drafts.get() == done[0]
    assert same(complaint.pk).version == seen + 1


@pytest.mark.parametrize("_again", range(5))
def test_two_accept_at_once_one_owns_it(world: World, _again: int) -> None:
    complaint = lives.filed(world)
    people = (world.officer, world.officer2)
    jobs = [lambda by=by: routing.accept(same(complaint.pk), by=by, at=day(1)) for by in people]
    done, refused = outcome(at_once(*jobs))
    assert (len(done), [type(each) for each in refused]) == (1, [NotAllowed])
    assert complaint.entries.filter(left_at__isnull=True, owner__isnull=False).count() == 1
    assert complaint.events.filter(kind=EventKind.ACCEPTED).count() == 1


@pytest.mark.parametrize("_again", range(6))
def test_edited_while_it_is_approved_no_other_text_is_ever_sent_as_approved(world: World, _again: int) -> None:
    complaint = lives.owned(world)
    drafting.draft(complaint, by=world.officer, at=minute(20), text="Approved words.")
    seen = complaint.version

    def send() -> Letter | None:
        for number in range(20):
            try:
                return drafting.send(same(complaint.pk), by=world.officer, at=day(1))
            except NotReady:
                assert number >= 0
        return None

    found = at_once(
        lambda: drafting.approve(same(complaint.pk), by=world.approver, at=day(1), seen=seen),
        lambda: drafting.draft(same(complaint.pk), by=world.officer2, at=day(1), text="Other words."),
        send,
    )
    outcome(found)
    for letter in Letter.objects.filter(kind=LetterKind.SUBSTANTIVE):
        assert letter.text == "Approved words."
        assert letter.approval is not None
        assert letter.approval.draft.text == letter.text
    assert all(approval.draft.text == "Approved words." for approval in Approval.objects.select_related("draft"))
    assert list(broken_links()) == []


def test_ten_clicks_on_the_same_form_are_one_query(world: World) -> None:
    def click() -> Filed:
        return lives.lodged(world, token="form-5f0c1b9e", reach=BY_MAIL)

    done, refused = outcome(at_once(*[click] * 10))
    assert refused == []
    complaint = Complaint.objects.get()
    assert {(found.complaint.reference, code_hmac(settings.TRACKING_KEY, found.code)) for found in done} == {
        (complaint.reference, complaint.code_hmac)
    }
    assert sorted(found.new for found in done) == [False] * 9 + [True]
    assert Outgoing.objects.count() == complaint.events.count() == 1


def test_ten_queries_with_one_strangers_address_are_ten_queries_and_one_message(world: World) -> None:
    jobs = [lambda number=number: lives.filed(world, token=f"form-{number:04}", reach=BY_MAIL) for number in range(10)]
    done, _ = outcome(at_once(*jobs))
    assert len({complaint.reference for complaint in done}) == 10
    assert Outgoing.objects.count() == 1


def test_a_hundred_notes_by_four_at_once_are_a_hundred_events(world: World) -> None:
    complaint = lives.owned(world)

    def notes(person: Any) -> list[Any]:
        look = same(complaint.pk)
        return [correspondence.note(look, by=person, at=day(1), text=f"{person} {number}") for number in range(25)]

    people = (world.officer, world.officer2, world.approver, world.head)
    done, refused = outcome(at_once(*[lambda person=person: notes(person) for person in people]))
    assert refused == []
    assert sum(len(each) for each in done) == complaint.notes.count() == 100
    now = same(complaint.pk)
    assert (now.version, now.trail_length) == (complaint.version + 100, 102)
    assert list(complaint.events.order_by("number").values_list("number", flat=True)) == list(range(1, 103))
    assert list(broken_links()) == []


def test_five_copies_of_an_arrival_are_one_row_and_one_query(world: World) -> None:
    raw = b"From: a@example.pk\r\n\r\nDry."

    def copy() -> int:
        inbox.receive(world.channels["email"], "m1", raw, {}, at=day(0))
        return pull_arrivals(at=day(0.01))

    done, refused = outcome(at_once(*[copy] * 5))
    assert refused == []
    assert sum(done) == Incoming.objects.count() == Complaint.objects.count() == 1


def test_four_pulls_note_a_delivery_once(world: World) -> None:
    for number in range(6):
        lives.filed(world, channel=world.channels["email"], reach=lives.Reachable("email", f"a{number}@example.pk"))
    Outgoing.objects.update(state=State.ACCEPTED, state_at=minute(1))
    done, _ = outcome(at_once(*[lambda: pull_deliveries(at=minute(2))] * 4))
    assert sum(done) == Event.objects.filter(kind=EventKind.DELIVERED).count() == 6
    assert list(broken_links()) == []


def test_four_sweeps_at_once_flag_once_and_tell_once(world: World) -> None:
    for number in range(12):
        lives.filed(world, text=str(number))
    done, refused = outcome(at_once(*[lambda: sweep(at=day(9), batch=5)] * 4))
    assert refused == []
    assert sum(swept.overdue for swept in done) == Flag.objects.filter(level=0).count() == 12
    assert sum(swept.escalated for swept in done) == Flag.objects.filter(level__gt=0).count() == 36
    assert Notice.objects.filter(kind=EventKind.FLAGGED).count() == 48
    assert Event.objects.filter(kind=EventKind.FLAGGED).count() == 48
    assert list(broken_links()) == []


def test_sweeps_and_officials_do_not_get_in_each_others_way(world: World) -> None:
    found = [lives.filed(world, text=str(number)) for number in range(8)]

    def accept(some: list[Complaint]) -> int:
        for complaint in some:
            routing.accept(same(complaint.pk), by=world.officer, at=day(9))
        return len(some)

    jobs = [lambda: accept(found), lambda: sweep(at=day(9), batch=3), lambda: sweep(at=day(9), batch=2)]
    _, refused = outcome(at_once(*jobs))
    assert refused == []
    sweep(at=day(9.1))
    assert Flag.objects.filter(duty__code="R2", level=0).count() == 8  # late all the same, whoever came first
    assert list(broken_links()) == []


@pytest.mark.parametrize("_again", range(4))
def test_confirmed_and_objected_at_once_it_is_one_of_the_two(world: World, _again: int) -> None:
    complaint = lives.concluded(world)
    jobs = [
        lambda: closing.confirm(same(complaint.pk), by=Voice.CITIZEN, at=day(1)),
        lambda: closing.object_to(same(complaint.pk), by=Voice.CITIZEN, at=day(1), reason="Nobody came."),
    ]
    done, refused = outcome(at_once(*jobs))
    assert (len(done), len(refused)) == (1, 1)
    closure = Closure.objects.get()
    assert (closure.confirmed_at is None) != (closure.voided_at is None)


def test_rated_twice_at_once_is_rated_once(world: World) -> None:
    complaint = lives.concluded(world)
    jobs = [lambda n=n: closing.rate(same(complaint.pk), by=Voice.CITIZEN, at=day(1), stars=n) for n in (1, 2, 3, 4)]
    done, refused = outcome(at_once(*jobs))
    assert (len(done), [type(each) for each in refused]) == (1, [NotReady] * 3)
