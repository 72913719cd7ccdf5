"""What remains of a filing at /complain/ and who sees it, which offices are offered, and what each page costs."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints.citizen import drafts
from complaints.citizen.pages import PAGES
from complaints.models import Complaint
from departments.administration import go_live
from departments.models import Channel
from tests.filing import WORDS, Counter, answered, code_on, seal, send, sent
from tests.world import World, make_world


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=False)


def test_after_filing_nothing_typed_remains(world: World, browser: Client) -> None:
    sent(browser, world)
    left = " ".join(str(session.get_decoded()) for session in Session.objects.all())
    for typed in ("well is dry", "Kasur", "Rashida", "rashida@"):
        assert typed not in left
    assert "name" not in browser.get(reverse("complain_name"), follow=True).request["PATH_INFO"]
    assert "well is dry" not in browser.get(reverse("complain_words"), follow=True).content.decode()


def test_the_code_is_shown_to_the_browser_that_filed_until_it_is_cleared(world: World, browser: Client) -> None:
    code = code_on(sent(browser, world))
    assert code_on(browser.get(reverse("complain_filed"))) == code
    assert Client().get(reverse("complain_filed")).headers["Location"] == reverse("complain")
    browser.post(reverse("complain_finish"))
    assert browser.get(reverse("complain_filed")).headers["Location"] == reverse("complain")


def test_the_code_stands_in_no_address_no_cookie_and_no_session(world: World, browser: Client) -> None:
    page = sent(browser, world)
    code = code_on(page)
    assert all(code not in address for address, _status in page.redirect_chain)
    assert code not in str(browser.cookies)
    assert all(code not in str(session.get_decoded()) for session in Session.objects.all())


def test_after_half_an_hour_the_code_is_gone(world: World, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sent(browser, world)
    later = timezone.now() + drafts.SHOWN_FOR
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    assert browser.get(reverse("complain_filed")).status_code == 302


def test_what_was_typed_can_be_cleared(world: World, browser: Client) -> None:
    answered(browser, world)
    send(browser, "complain_words", {"text": WORDS}, go="clear")
    assert "filing" not in browser.session
    assert "well" not in browser.get(reverse("complain_words"), follow=True).content.decode()


def test_who_signs_in_does_not_find_what_another_typed(world: World, browser: Client) -> None:
    answered(browser, world)
    world.officer.set_password("a-long-enough-pass-phrase")
    world.officer.save()
    browser.post(reverse("sign_in"), {"username": world.officer.username, "password": "a-long-enough-pass-phrase"})
    assert "well" not in browser.get(reverse("complain_words"), follow=True).content.decode()
    # Also where the session outlived the signing in.
    other = Client()
    answered(other, world)
    kept = other.session["filing"]
    other.force_login(world.officer)
    session = other.session
    session["filing"] = kept
    session.save()
    assert "well" not in other.get(reverse("complain_words"), follow=True).content.decode()


@pytest.mark.parametrize("page", [page.route for page in PAGES] + ["complain_check", "complain_filed", "track"])
def test_every_page_is_open_to_all_and_kept_by_nobody(world: World, browser: Client, page: str) -> None:
    answered(browser, world, topic="none")
    answer = browser.get(reverse(page))
    assert "sign-in" not in answer.headers.get("Location", "")
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_an_office_that_closed_meanwhile_is_asked_for_again_and_nothing_is_lost(world: World, browser: Client) -> None:
    check = answered(browser, world)
    make_world("beta")
    Channel.objects.filter(department=world.department, kind="web").update(is_open=False)
    page = browser.post(reverse("complain_check"), {"seen": seal(check)}, follow=True)
    assert page.status_code == 200
    assert page.redirect_chain[-1][0] == reverse("complain_topic")
    assert not Complaint.objects.exists()
    assert "well is dry" in browser.get(reverse("complain_words")).content.decode()


def test_only_departments_that_are_live_are_offered(db: None, browser: Client) -> None:
    quiet = make_world("quiet", live=False)
    send(browser, "complain", {"reason": "complaint"})
    body = send(browser, "complain_topic", {"topic": "none"}).content.decode()
    assert "Quiet" not in body
    go_live(quiet.department, by=quiet.centre, at=timezone.now() - timedelta(days=1))
    assert "Quiet" in browser.get(reverse("complain_office")).content.decode()


def test_a_get_changes_nothing(world: World, browser: Client) -> None:
    answered(browser, world)
    before = (Complaint.objects.count(), dict(browser.session.items()))
    for page in [*PAGES]:
        browser.get(reverse(page.route), {"go": "clear"})
    browser.get(reverse("complain_check"))
    assert browser.get(reverse("complain_finish")).status_code == 405
    assert (Complaint.objects.count(), dict(browser.session.items())) == before


def test_without_the_csrf_token_nothing_is_filed(world: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    for page in ("complain", "complain_check", "complain_finish"):
        assert strict.post(reverse(page), {"reason": "complaint"}).status_code == 403


def queries_of(browser: Client, page: str) -> int:
    with connection.execute_wrapper(counter := Counter()):
        assert browser.get(reverse(page)).status_code == 200
    return counter.count


EXPECTED = {
    "complain": 1,
    "complain_topic": 2,
    "complain_office": 3,
    "complain_words": 2,
    "complain_name": 1,
    "complain_reach": 1,
    "complain_address": 1,
    "complain_check": 2,
}


def test_pages_ask_the_database_a_fixed_number_of_times(world: World, browser: Client) -> None:
    answered(browser, world, topic="none")
    assert {page: queries_of(browser, page) for page in EXPECTED} == EXPECTED
    for code in ("beta", "gamma", "delta"):
        make_world(code)
    assert {page: queries_of(browser, page) for page in EXPECTED} == EXPECTED


def test_filing_asks_the_database_a_fixed_number_of_times(world: World, browser: Client) -> None:
    sent(Client(), world)  # procedures and calendars are in memory from now on
    check = answered(browser, world)
    with connection.execute_wrapper(counter := Counter()):
        browser.post(reverse("complain_check"), {"seen": seal(check)})
    assert counter.count == 18
