"""What a citizen may do with a query at /track/: each act happens once, and is refused where it does not apply."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from complaints import closing, correspondence, pausing
from complaints.actors import Voice
from complaints.intake import Reachable
from complaints.models import Complaint, Letter
from complaints.outcomes import Outcome
from complaints.stages import MOVES, Position
from complaints.tracking import as_seen_by_citizen
from departments.roles import Power
from tests import lives
from tests.lives import BRING, HOSTILE, day, minute
from tests.tracking import NOW, act, code_of, hidden, movable_clock, offers, opened, shown
from tests.world import World


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    return movable_clock(monkeypatch)


EXPECTED_ACTS = {
    Position.CONTENT: {"write", "withdraw"},
    Position.RESPONSE: {"write", "withdraw"},
    Position.CONCLUDED: {"write", "confirm", "object", "rate"},
    Position.MONITORING: {"write", "confirm", "object", "rate"},
    Position.ENDED: {"rate"},  # it was confirmed: the closure holds
}


@pytest.mark.parametrize("position", list(Position))
def test_the_citizen_is_offered_what_the_table_of_moves_allows(world: World, position: Position) -> None:
    complaint = BRING[position](world)
    acts = as_seen_by_citizen(complaint, at=NOW).acts
    assert acts == EXPECTED_ACTS[position]
    assert all(position in MOVES[name].positions and Power.CITIZEN in MOVES[name].powers for name in acts)


def test_a_question_waits_for_the_answer_and_its_pause_can_be_contested(world: World) -> None:
    complaint = lives.asked(world)
    browser = opened(complaint)
    body = shown(browser)
    assert "The office asks you" in body
    assert "The date stands still until you answer" in body
    assert "contest_pause" in offers(body)
    body = act(browser, "contest_pause").content.decode()
    assert "The date runs on" in body
    assert "contest_pause" not in offers(body)
    assert complaint.pauses.get().contested_at == NOW
    body = act(browser, "write", text="It is the one at the school.").content.decode()
    assert "It is the one at the school." in body
    assert complaint.pauses.get().ends_at == NOW


def test_a_message_is_sent_once_however_often_the_button_is_pressed(world: World) -> None:
    complaint = lives.filed(world)
    browser = opened(complaint)
    body = shown(browser)
    for _ in range(3):
        page = act(browser, "write", body, text="When do you come?")
        assert "Your message is with the office." in page.content.decode()
    assert Letter.objects.filter(complaint=complaint, kind="citizen").count() == 1
    act(browser, "write", text="When do you come?")
    assert Letter.objects.filter(complaint=complaint, kind="citizen").count() == 2, "asked again on a new page"


def test_what_an_official_does_unseen_holds_up_no_message(world: World) -> None:
    complaint = lives.owned(world)
    browser = opened(complaint)
    body = shown(browser)
    correspondence.note(complaint, by=world.officer, at=NOW, text="Only for us")
    assert "Your message is with the office." in act(browser, "write", body, text="Hello").content.decode()


def test_a_letter_that_came_meanwhile_is_shown_first_and_nothing_typed_is_lost(world: World) -> None:
    complaint = lives.owned(world)
    browser = opened(complaint)
    body = shown(browser)
    lives.answer(world, complaint, at=NOW, text="We came yesterday.")
    page = act(browser, "write", body, text="Why does nobody come?").content.decode()
    assert "Something changed since you opened this page." in page
    assert "We came yesterday." in page
    assert "Why does nobody come?" in page
    assert not Letter.objects.filter(complaint=complaint, kind="citizen").exists()
    assert "Your message is with the office." in act(browser, "write", page, text="Thank you").content.decode()


def test_an_act_on_the_page_of_another_query_touches_neither(world: World) -> None:
    first, second = lives.filed(world), lives.filed(world)
    browser = opened(first)
    body = shown(browser)
    opened(second, browser)
    page = act(browser, "write", body, text="For the first one").content.decode()
    assert "Another query was opened in this browser" in page
    assert "For the first one" in page
    assert not Letter.objects.filter(kind="citizen").exists()


def test_confirm_then_rate(world: World) -> None:
    complaint = lives.concluded(world)
    browser = opened(complaint)
    assert "You confirmed that it was done" in act(browser, "confirm").content.decode()
    assert complaint.closures.get().confirmed_at == NOW
    page = act(browser, "rate", stars="4", comment="Slow, but done.").content.decode()
    assert "You gave it <bdi>4</bdi> of <bdi>5</bdi>." in page
    assert offers(page) == {"write", "contest_answer"}
    assert (complaint.rating.stars, complaint.rating.comment) == (4, "Slow, but done.")


def test_an_objection_opens_the_case_again_with_its_old_dates(world: World) -> None:
    complaint = lives.concluded(world)
    promised = lives.duty(complaint, "R6").promised_at
    browser = opened(complaint)
    body = shown(browser)
    for _ in range(2):
        page = act(browser, "object", body, reason="The well is still dry.").content.decode()
        assert "Your case is open again" in page
    assert lives.position(complaint) is Position.CONTENT
    assert lives.duty(complaint, "R6").promised_at == promised
    assert complaint.closures.get().void_reason == "The well is still dry."


def test_a_query_is_taken_back(world: World) -> None:
    complaint = lives.owned(world)
    page = act(opened(complaint), "withdraw", reason="").content.decode()
    assert "You took your query back." in page
    assert complaint.closures.get().outcome == Outcome.WITHDRAWN
    assert "confirm" not in offers(page)
    assert "object" in offers(page), "who was pressed can say so"


def test_the_address_is_confirmed_by_the_word_in_our_message(world: World) -> None:
    complaint = lives.filed(world, reach=lives.BY_MAIL)
    browser = opened(complaint)
    wrong = act(browser, "verify", proof="AAAA-AAAA").content.decode()
    assert "This is not the word" in wrong
    assert 'value="AAAA-AAAA"' in wrong
    assert "citizen@example.pk" not in wrong
    page = act(browser, "verify", proof=lives.proof_of(complaint).lower()).content.decode()
    assert "The address is confirmed." in page
    assert "verify" not in offers(page)


@pytest.mark.parametrize("reach", [lives.BY_PHONE, Reachable("letter", "Chak 12, Kasur"), None])
def test_what_a_person_serves_needs_no_word(world: World, reach: Reachable | None) -> None:
    assert "verify" not in as_seen_by_citizen(lives.filed(world, reach=reach), at=NOW).acts


WRONG_ANSWERS = [
    ("write", lives.owned, {"text": ""}, "Write your message."),
    ("write", lives.owned, {"text": "x" * 20_001}, "20,001 characters, 20,000 are allowed"),
    ("object", lives.concluded, {"reason": " "}, "Write what is still wrong."),
    ("rate", lives.concluded, {"comment": "No stars"}, "Choose 1 to 5."),
    ("rate", lives.concluded, {"stars": "6", "comment": "Too many"}, "Choose 1 to 5."),
    ("rate", lives.concluded, {"stars": "\0", "comment": "Nothing"}, "Choose 1 to 5."),
]


@pytest.mark.parametrize(("name", "bring", "answers", "said"), WRONG_ANSWERS)
def test_a_wrong_answer_to_an_act_is_said_and_kept(
    world: World, name: str, bring: Any, answers: dict[str, str], said: str
) -> None:
    complaint = bring(world)
    before = Complaint.objects.get(pk=complaint.pk).version
    page = act(opened(complaint), name, **answers).content.decode()
    assert said in page
    for typed in answers.values():
        assert typed.replace("\0", "") in page
    assert Complaint.objects.get(pk=complaint.pk).version == before


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_messages_are_letters(world: World, name: str) -> None:
    complaint = lives.filed(world)
    browser = opened(complaint)
    more = "&".join(f"{key}={value}" for key, value in hidden(shown(browser), "write").items())
    raw = f"text={quote(HOSTILE[name].encode('utf-8', 'surrogatepass'))}&{more}"
    where = reverse("track_act", args=["write"])
    answer = browser.post(where, raw, content_type="application/x-www-form-urlencoded", follow=True)
    assert "Your message is with the office." in answer.content.decode()
    assert Letter.objects.filter(complaint=complaint, kind="citizen").count() == 1


@pytest.mark.parametrize("name", [*MOVES, "close", "nothing"])
def test_no_other_move_can_be_made_here(world: World, name: str) -> None:
    complaint = lives.owned(world)
    browser = opened(complaint)
    here = {"reference": complaint.reference, "seen": as_seen_by_citizen(complaint, at=NOW).seen}
    before = Complaint.objects.get(pk=complaint.pk).version
    answer = browser.post(f"{reverse('track_case')}{name}/", here, follow=True)
    assert answer.status_code in (200, 404)
    after = Complaint.objects.get(pk=complaint.pk).version
    assert after == before + (1 if name == "withdraw" else 0)


def test_after_the_hour_an_act_gives_the_text_back(world: World, clock: Any) -> None:
    complaint = lives.filed(world)
    browser = opened(complaint)
    body = shown(browser)
    clock(NOW + timedelta(hours=2))
    page = act(browser, "write", body, text="A long letter")
    assert page.status_code == 403
    assert "A long letter" in page.content.decode()
    assert not Letter.objects.filter(kind="citizen").exists()


def test_after_thirty_days_of_silence_no_objection_is_offered(world: World) -> None:
    complaint = lives.concluded(world, reach=lives.BY_PHONE)
    notice = complaint.letters.get(kind="closing")
    correspondence.deliver(complaint, by=world.officer, at=minute(55), letter=notice)
    case = as_seen_by_citizen(complaint, at=day(29))
    assert "object" in case.acts
    assert case.ending is not None
    assert case.ending.object_by == day(30).date()
    held = as_seen_by_citizen(complaint, at=day(31))
    assert "object" not in held.acts
    with pytest.raises(Exception, match="already holds"):
        closing.object_to(complaint, by=Voice.CITIZEN, at=day(31), reason="Too late")


def test_a_get_of_an_act_leads_back_and_does_nothing(world: World) -> None:
    complaint = lives.filed(world)
    browser = opened(complaint)
    answer = browser.get(reverse("track_act", args=["withdraw"]))
    assert answer.headers["Location"] == reverse("track_case")
    assert browser.get(reverse("track_close")).status_code == 405
    assert not complaint.closures.exists()


def test_without_the_csrf_token_nothing_is_done(world: World) -> None:
    complaint = lives.filed(world)
    strict = Client(enforce_csrf_checks=True)
    right = {"reference": complaint.reference, "code": code_of(complaint)}
    assert strict.post(reverse("track"), right).status_code == 403
    assert strict.post(reverse("track_act", args=["withdraw"])).status_code == 403


def test_a_judged_pause_cannot_be_contested_again(world: World) -> None:
    complaint = lives.asked(world)
    pausing.contest_pause(complaint, by=Voice.CITIZEN, at=minute(30))
    assert "contest_pause" not in as_seen_by_citizen(complaint, at=NOW).acts
