"""A citizen files a query at /complain/: page by page, in both languages, whatever is typed and however often."""

import threading
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints.citizen import drafts
from complaints.citizen.pages import PAGES
from complaints.models import Citizen, Complaint, ContactPoint
from complaints.references import code_hmac
from complaints.wording import LONGEST_TEXT
from tests.filing import PLACE, WORDS, answered, code_on, seal, send, sent
from tests.lives import HOSTILE
from tests.world import World, make_world


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=False)


@pytest.mark.parametrize("language", ["en", "ur"])
def test_a_query_is_filed_from_the_first_page_to_the_code(world: World, browser: Client, language: str) -> None:
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = sent(browser, world)
    complaint = Complaint.objects.get()
    body = page.content.decode()
    assert page.redirect_chain[-1][0] == reverse("complain_filed")
    assert complaint.reference in body
    assert complaint.code_hmac == code_hmac(settings.TRACKING_KEY, code_on(page))
    assert f'lang="{language}"' in body
    assert complaint.language == language
    assert (complaint.text, complaint.place, complaint.reason) == (WORDS, PLACE, "complaint")
    assert complaint.citizen is not None
    assert complaint.citizen.name == "Rashida Bibi"
    assert complaint.contact is not None
    assert (complaint.contact.kind, complaint.contact.address) == ("email", "rashida@example.pk")
    # Who owes the answer, and by when.
    assert str(world.section.name.in_language(language)) in body
    assert str(world.department.name.in_language(language)) in body
    assert body.count("jawab-ahead__step") >= 3


def test_all_answers_are_shown_before_sending_and_each_can_be_changed(world: World, browser: Client) -> None:
    body = answered(browser, world).content.decode()
    for said in ("The well is dry since March.", PLACE, "Rashida Bibi", "rashida@example.pk", "Alpha"):
        assert said in body
    for page in ("complain", "complain_topic", "complain_words", "complain_name", "complain_reach"):
        assert f'href="{reverse(page)}"' in body
    changed = send(browser, "complain_words", {"text": "Another text", "place": ""})
    assert changed.redirect_chain[-1][0] == reverse("complain_check"), "what is answered is not asked again"
    assert "Another text" in changed.content.decode()


def test_another_reason_asks_for_its_own_subjects(world: World, browser: Client) -> None:
    answered(browser, world)
    page = send(browser, "complain", {"reason": "question"})
    assert page.redirect_chain[-1][0] == reverse("complain_topic")
    assert "checked" not in page.content.decode()


def test_who_does_not_know_the_subject_chooses_the_office_by_what_it_does(world: World, browser: Client) -> None:
    beta = make_world("beta")
    send(browser, "complain", {"reason": "conflict"})
    page = send(browser, "complain_topic", {"topic": "none"})
    body = page.content.decode()
    assert page.redirect_chain[-1][0] == reverse("complain_office")
    assert "Alpha" in body
    assert "complaint · question" in body, "what the office does is said by its subjects"
    send(browser, "complain_office", {"office": str(beta.department.pk)})
    send(browser, "complain_words", {"text": WORDS})
    send(browser, "complain_name", {"anonymity": "unknown"})
    check = browser.get(reverse("complain_check"))
    browser.post(reverse("complain_check"), {"seen": seal(check)})
    complaint = Complaint.objects.get()
    assert (complaint.department, complaint.category, complaint.reason) == (beta.department, None, "conflict")


def test_of_who_stays_unknown_nothing_is_kept(world: World, browser: Client) -> None:
    answered(browser, world)
    check = send(browser, "complain_name", {"anonymity": "unknown", "name": "Rashida Bibi"})
    assert "Rashida" not in check.content.decode()
    assert "Rashida" not in str(dict(browser.session.items()))
    assert "rashida@" not in str(dict(browser.session.items()))
    browser.post(reverse("complain_check"), {"seen": seal(check)})
    complaint = Complaint.objects.get()
    assert (complaint.citizen, complaint.contact, complaint.anonymity) == (None, None, "unknown")
    assert not Citizen.objects.exists()
    assert not ContactPoint.objects.exists()


@pytest.mark.parametrize(
    ("reach", "typed", "kept"),
    [
        ("sms", "0300 123-4567", "03001234567"),
        ("sms", "+92 (300) 1234567", "+923001234567"),
        ("phone", "۰۳۰۰ ۱۲۳۴۵۶۷", "03001234567"),
        ("letter", "Rashida Bibi\r\nChak 12\r\n\r\nKasur", "Rashida Bibi, Chak 12, Kasur"),
        ("email", "  rashida@example.pk ", "rashida@example.pk"),
    ],
)
def test_each_way_to_be_reached_takes_the_address_as_people_write_it(
    world: World, browser: Client, reach: str, typed: str, kept: str
) -> None:
    sent(browser, world, reach=reach, address=typed)
    contact = Complaint.objects.get().contact
    assert contact is not None
    assert (contact.kind, contact.address) == (reach, kept)


def test_who_wants_no_answer_sent_is_asked_for_no_address(world: World, browser: Client) -> None:
    sent(browser, world, reach="none")
    assert Complaint.objects.get().contact is None


EMPTY = [
    ("complain", {}, "Choose what you want to do."),
    ("complain_topic", {}, "Choose what it is about."),
    ("complain_words", {"text": " \u200b ", "place": "Kasur"}, "Write what it is about."),
    ("complain_name", {"name": "Rashida"}, "Choose who may know your name."),
    ("complain_reach", {}, "Choose how the answer should reach you."),
    ("complain_address", {"address": ""}, "Write it here, or go back and choose another way."),
    ("complain_address", {"address": "a@b.pk, c@d.pk"}, "Write one e-mail address"),
    ("complain_address", {"address": "nobody"}, "Write one e-mail address"),
    ("complain_topic", {"topic": "999999"}, "Choose what it is about."),
    ("complain_topic", {"topic": "1e9"}, "Choose what it is about."),
    ("complain", {"reason": "theft"}, "Choose what you want to do."),
]


@pytest.mark.parametrize(("page", "answers", "said"), EMPTY)
def test_a_wrong_answer_gets_the_forms_own_message_and_is_kept(
    world: World, browser: Client, page: str, answers: dict[str, str], said: str
) -> None:
    answered(browser, world)
    shown = send(browser, page, answers)
    body = shown.content.decode()
    assert shown.redirect_chain[-1][0] == reverse(page)
    assert said in body
    assert "There is a problem" in body
    for typed in filter(str.strip, answers.values()):
        assert typed in body or page in ("complain", "complain_topic"), "nothing typed is lost"
    assert browser.get(reverse("complain_check")).status_code == 302, "it cannot be filed like this"


def test_errors_are_said_in_the_readers_language_also_after_a_switch(world: World, browser: Client) -> None:
    send(browser, "complain", {"reason": "complaint"})
    send(browser, "complain_topic", {"topic": "none"})
    send(browser, "complain_office", {"office": str(world.department.pk)})
    send(browser, "complain_words", {"text": "", "place": "Kasur"})
    shown = send(browser, "complain_words", {"text": "", "place": "Kasur city"}, go="language:ur")
    body = shown.content.decode()
    assert "لکھیں کہ بات کیا ہے۔" in body
    assert "Kasur city" in body
    assert 'dir="rtl"' in body


@pytest.mark.parametrize("go", ["back", "language:ur", "language:en", "language:xx"])
def test_going_back_and_switching_the_language_lose_nothing(world: World, browser: Client, go: str) -> None:
    answered(browser, world)
    send(browser, "complain_words", {"text": "half a sent", "place": ""}, go=go)
    body = browser.get(reverse("complain_words")).content.decode()
    assert "half a sent" in body
    assert "There is a problem" not in body, "nobody asked to go on"


def test_back_leads_page_by_page_to_the_first(world: World, browser: Client) -> None:
    answered(browser, world, topic="none")
    way = ["complain_address", "complain_reach", "complain_name", "complain_words", "complain_office"]
    at = "complain_check"
    for page in [*way, "complain_topic", "complain"]:
        assert browser.post(reverse(at), {"go": "back"}).headers["Location"] == reverse(page)
        send(browser, page)  # left as it is, or refused: either way back goes on from it
        at = page


@pytest.mark.parametrize("page", [page.route for page in PAGES[1:]] + ["complain_check", "complain_filed"])
def test_a_page_without_what_comes_before_leads_to_the_beginning(world: World, browser: Client, page: str) -> None:
    assert browser.get(reverse(page)).headers["Location"] == reverse("complain")


def test_text_sent_after_the_hour_is_kept_and_the_rest_is_asked_again(
    world: World, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(browser, world)
    later = timezone.now() + drafts.KEPT_FOR + timedelta(minutes=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    page = send(browser, "complain_words", {"text": "A long letter", "place": ""})
    assert page.redirect_chain[-1][0] == reverse("complain")
    send(browser, "complain", {"reason": "complaint"})
    page = send(browser, "complain_topic", {"topic": str(world.categories["complaint"].pk)})
    assert "A long letter" in page.content.decode()
    assert "Rashida" not in str(dict(browser.session.items()))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_in_each_field_is_kept_as_text_or_refused_with_a_sentence(
    world: World, browser: Client, name: str
) -> None:
    typed = HOSTILE[name].encode("utf-8", "surrogatepass")
    fields = [
        ("complain", "reason"),
        ("complain_topic", "topic"),
        ("complain_words", "text"),
        ("complain_words", "place"),
        ("complain_name", "name"),
        ("complain_name", "anonymity"),
        ("complain_reach", "reach"),
        ("complain_address", "address"),
        ("complain_check", "seen"),
        ("complain_check", "go"),
    ]
    answered(browser, world)
    for page, field in fields:
        raw = f"{field}={quote(typed)}" + ("&anonymity=named" if field == "name" else "")
        shown = browser.post(reverse(page), raw, content_type="application/x-www-form-urlencoded", follow=True)
        assert shown.status_code == 200, (page, field)
        assert "<script>alert" not in shown.content.decode()
        assert browser.get(reverse(page), follow=True).status_code == 200
        answered(browser, world)


@pytest.mark.parametrize("length", [LONGEST_TEXT + 1, 200_000])
def test_what_is_too_long_is_said_and_not_cut(world: World, browser: Client, length: int) -> None:
    answered(browser, world)
    typed = "ک" * length
    body = send(browser, "complain_words", {"text": typed, "place": PLACE}).content.decode()
    assert f"it has {length:,} characters, 20,000 are allowed" in body
    assert typed in body
    assert PLACE in body


def test_a_double_click_on_the_last_button_is_one_complaint(world: World, browser: Client) -> None:
    check = answered(browser, world)
    pages = [browser.post(reverse("complain_check"), {"seen": seal(check)}, follow=True) for _ in range(3)]
    assert Complaint.objects.count() == 1
    assert len({code_on(page) for page in pages}) == 1


def test_a_retry_whose_first_answer_was_lost_is_the_same_complaint(world: World, browser: Client) -> None:
    check = answered(browser, world)
    before = browser.session["filing"]
    browser.post(reverse("complain_check"), {"seen": seal(check)})
    session = browser.session
    session["filing"] = before  # the process died between the filing and its note of it
    session.save()
    page = browser.post(reverse("complain_check"), {"seen": seal(check)}, follow=True)
    assert Complaint.objects.count() == 1
    assert Complaint.objects.get().reference in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_are_one_complaint() -> None:
    world = make_world("alpha")
    browser = Client()
    check = answered(browser, world)
    together = threading.Barrier(4)
    pages: list[Any] = []

    def click() -> None:
        own = Client()
        own.cookies.update(browser.cookies)
        together.wait()
        try:
            pages.append(own.post(reverse("complain_check"), {"seen": seal(check)}, follow=True))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Complaint.objects.count() == 1
    assert {code_on(page) for page in pages} == {code_on(pages[0])}
    assert len(pages) == 4


def test_what_is_filed_is_what_was_checked(world: World, browser: Client) -> None:
    check = answered(browser, world)
    send(browser, "complain_words", {"text": "Changed in another window", "place": ""})
    page = browser.post(reverse("complain_check"), {"seen": seal(check)}, follow=True)
    assert not Complaint.objects.exists()
    assert "changed in another window" in page.content.decode()
    browser.post(reverse("complain_check"), {"seen": seal(page)})
    assert Complaint.objects.get().text == "Changed in another window"
