"""What the citizen reads on the tracking page has reached him: the only way to reach who gave no address."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from complaints import correspondence, pulling
from complaints.answers import substantive
from complaints.correspondence import read_on_page
from complaints.desk import history
from complaints.models import Complaint, Letter
from complaints.models.letters import LetterKind
from complaints.references import code_hmac, tracking_code
from messaging.models import Outgoing
from messaging.states import State
from tests import lives
from tests.lives import BY_MAIL, BY_PHONE, minute
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The edges' clock stands where the lives end."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: minute(100))


def waiting(complaint: Complaint) -> int:
    return complaint.letters.filter(delivered_at__isnull=True).exclude(kind=LetterKind.CITIZEN).count()


def opened(complaint: Complaint, browser: Client | None = None) -> Client:
    code = tracking_code(settings.TRACKING_KEY, f"test {complaint.pk}")
    Complaint.objects.filter(pk=complaint.pk).update(code_hmac=code_hmac(settings.TRACKING_KEY, code))
    browser = browser or Client()
    browser.post(reverse("track"), {"reference": complaint.reference, "code": code})
    return browser


def test_an_answer_without_an_address_is_one_once_it_is_read(world: World) -> None:
    complaint = lives.answered(world)
    real = Letter.objects.filter(substantive(minute(200)), complaint=complaint)
    assert not real.exists()
    unread = waiting(complaint)
    assert unread > 0
    assert read_on_page(complaint, at=minute(90)) == unread
    assert [letter.delivered_at for letter in real] == [minute(90)]
    event = complaint.events.last()
    assert event is not None
    assert (event.kind, event.actor, event.data["read"]) == ("delivered", "machine", True)
    assert history.said(complaint, event, {}) == "Letter read on the tracking page"


def test_reading_again_notes_nothing_and_holds_up_nobody(world: World) -> None:
    complaint = lives.answered(world)
    before = complaint.version
    read_on_page(complaint, at=minute(90))
    rows = lives.rows()
    assert read_on_page(complaint, at=minute(91)) == 0
    assert lives.rows() == rows
    complaint.refresh_from_db()
    assert complaint.version == before


def test_a_question_that_is_read_stops_the_clock_and_a_notice_starts_the_thirty_days(world: World) -> None:
    asked = lives.owned(world)
    promised = lives.duty(asked, "R6").due_at
    correspondence.ask(asked, by=world.officer, at=minute(20), text="Which well?")
    read_on_page(asked, at=minute(30))
    assert lives.duty(asked, "R6").due_at > promised
    concluded = lives.concluded(world)
    read_on_page(concluded, at=minute(90))
    assert concluded.closures.get().delivered_at == minute(90)


def test_what_a_person_was_to_say_need_not_be_said_any_more(world: World) -> None:
    complaint = lives.answered(world, reach=BY_PHONE)
    assert Outgoing.objects.filter(state=State.BY_HAND).exists()
    read_on_page(complaint, at=minute(90))
    assert set(Outgoing.objects.values_list("state", flat=True)) == {State.DELIVERED}
    assert waiting(complaint) == 0


@pytest.mark.parametrize("state", [each for each in State if each not in (State.FAILED, State.BY_HAND)])
def test_what_is_on_its_way_is_left_to_the_carrier(world: World, state: State) -> None:
    complaint = lives.answered(world, reach=BY_MAIL)
    Letter.objects.filter(outgoing__isnull=True).delete()
    Outgoing.objects.update(state=state)
    assert read_on_page(complaint, at=minute(90)) == 0


def test_what_came_back_and_was_read_or_said_later_is_not_taken_back_again(world: World) -> None:
    complaint = lives.answered(world, reach=BY_MAIL)
    Outgoing.objects.update(state=State.FAILED, state_at=minute(60))
    assert read_on_page(complaint, at=minute(90)) > 0
    assert pulling.pull_bounces(at=minute(95)) == 0
    assert waiting(complaint) == 0


@pytest.mark.parametrize("language", ["en", "ur"])
def test_the_page_delivers_what_it_shows_and_a_look_at_its_head_nothing(world: World, language: str) -> None:
    complaint = lives.answered(world)
    browser, unread = opened(complaint), waiting(complaint)
    assert browser.head(reverse("track_case")).status_code == 200
    assert browser.get(reverse("track_case"), headers={"Sec-Purpose": "prefetch"}).status_code == 200
    assert waiting(complaint) == unread
    assert browser.get(reverse("track_case"), {"lang": language}).status_code == 200
    assert waiting(complaint) == 0


def test_an_official_who_opens_the_page_delivers_nothing(world: World) -> None:
    complaint = lives.answered(world)
    unread, browser = waiting(complaint), Client()
    browser.force_login(world.intake)
    assert opened(complaint, browser).get(reverse("track_case")).status_code == 200
    assert waiting(complaint) == unread


def test_the_api_delivers_what_it_shows(world: World) -> None:
    complaint = lives.answered(world)
    opened(complaint)
    code = tracking_code(settings.TRACKING_KEY, f"test {complaint.pk}")
    asked = {"reference": complaint.reference, "code": code}
    assert Client().post("/api/track/", asked, "application/json").status_code == 200
    assert waiting(complaint) == 0


def test_two_readers_at_once_note_it_once(world: World) -> None:
    complaint = lives.answered(world)
    [first, *_] = complaint.letters.exclude(kind=LetterKind.CITIZEN).order_by("pk")
    assert [correspondence._read_on_page(complaint, first.pk, minute(90)) for _ in range(2)] == [True, False]


def test_a_change_at_the_same_moment_leaves_it_to_the_next_look(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    complaint = lives.answered(world)
    unread = waiting(complaint)
    mark = correspondence.mark_delivered

    def overtaken(case: Any, letter: Letter, at: Any) -> None:
        mark(case, letter, at)
        Complaint.objects.filter(pk=complaint.pk).update(trail_length=complaint.trail_length + 9)

    monkeypatch.setattr(correspondence, "mark_delivered", overtaken)
    assert read_on_page(complaint, at=minute(90)) == 0
    assert waiting(complaint) == unread
