"""The public pages, signing in, the language switch, and what every answer carries."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import path, reverse
from django.utils import translation

from config.urls import urlpatterns as real_addresses
from departments.models import Department, User
from tests.test_offices import found_department
from tests.world import make_world

PASSWORD = "a-long-enough-pass-phrase"
# A page where no page of ours can be: as links, as relative forms, with user names, control and odd slash characters.
HOSTILE = [
    "https://evil.test/",
    "http://evil.test",
    "//evil.test/",
    "///evil.test",
    "////evil.test/x",
    r"\\evil.test",
    r"/\evil.test",
    r"\/evil.test",
    "https:evil.test",
    "https:///evil.test",
    "http:/\\evil.test",
    "HTTPS://EVIL.TEST/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "ftp://testserver/",
    "http://testserver@evil.test/",
    "http://testserver.evil.test/",
    "http://testserver:80@evil.test/",
    " //evil.test",
    "\t//evil.test",
    "\x00//evil.test",
    "//evil.test%2f..",
    "/%0d%0aLocation:%20https://evil.test\r\nX: y",
    "http://[::1",
    "http://[evil",
    "mailto:someone@evil.test",
    "",
]


def stays_here(location: str) -> bool:
    """Whether a browser that follows `location` stays on this host; it reads a backslash as a slash."""
    return re.match(r"/(?![/\\])[^\r\n\t]*$", location) is not None


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("on purpose")


urlpatterns = [*real_addresses, path("broken/", broken), path("closed/", lambda request: HttpResponse("closed"))]


@pytest.fixture
def official(db: None) -> User:
    return get_user_model().objects.create_user("amina", password=PASSWORD, first_name="Amina", last_name="Khan")


def without_our_script(page: str) -> str:
    """The page without the one script that every page may carry: a file of ours, as a module."""
    return re.sub(r'<script type="module" src="/static/govuk\.js"></script>', "", page, count=1)


@pytest.mark.django_db
class TestHome:
    def test_says_so_when_no_department_takes_queries(self, client: Client) -> None:
        page = client.get("/").content.decode()
        assert "No department takes queries here yet." in page

    def test_leads_to_each_department(self, client: Client) -> None:
        found_department("one", 1)
        page = client.get("/").content.decode()
        assert '<a class="govuk-link" href="/offices/#one">Office 1</a>' in page

    def test_leaves_out_departments_that_are_not_live(self, client: Client) -> None:
        found_department("one", 1)
        Department.objects.update(live_since=None)
        assert "Office 1" not in client.get("/").content.decode()

    @pytest.mark.parametrize("departments", [1, 5])
    def test_asks_the_database_once(self, client: Client, django_assert_num_queries: Any, departments: int) -> None:
        for number in range(departments):
            found_department(f"d{number}", number)
        with django_assert_num_queries(1):
            client.get("/")

    def test_costs_a_signed_in_person_the_session_and_the_user_more(
        self, client: Client, official: User, django_assert_num_queries: Any
    ) -> None:
        found_department("one", 1)
        client.force_login(official)
        with django_assert_num_queries(3):
            page = client.get("/").content.decode()
        assert "Amina Khan" in page

    def test_reads_from_right_to_left_in_urdu(self, client: Client) -> None:
        found_department("one", 7)
        response = client.get("/?lang=ur")
        page = response.content.decode()
        assert '<html lang="ur" dir="rtl"' in page
        assert response.headers["Content-Language"] == "ur"
        assert "دفتر 7" in page

    def test_tells_that_filing_is_not_open_while_it_is_not(self, client: Client) -> None:
        page = client.get("/").content.decode()
        assert ("not open yet" in page) != ('href="/complain/"' in page)

    def test_takes_no_post(self, client: Client) -> None:
        assert client.post("/").status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/offices/", "/accounts/sign-in/", "/nowhere/"])
@pytest.mark.parametrize(
    ("language", "opening", "sheet"),
    [
        ("en", '<html lang="en" dir="ltr"', "/static/jawab.css"),
        ("ur", '<html lang="ur" dir="rtl"', "/static/jawab-ur.css"),
    ],
)
class TestTheFrame:
    def test_is_around_every_page(
        self, client: Client, official: User, address: str, language: str, opening: str, sheet: str
    ) -> None:
        make_world("alpha")
        pages = [client.get(address, {"lang": language}, follow=True).content.decode()]
        client.force_login(official)
        pages.append(client.get(address, {"lang": language}, follow=True).content.decode())
        # Who is signed in has no business at the sign-in page and lands at the desk, which has a sheet of its own.
        at_the_desk = sheet.replace("jawab", "desk") if "sign-in" in address else sheet
        for page, its_sheet in zip(pages, (sheet, at_the_desk), strict=True):
            assert opening in page
            assert page.count("<h1") == 1
            assert re.findall(r'rel="stylesheet" href="([^"]+)"', page) == [its_sheet]
            assert page.count("<main") == page.count('id="main"') == 1
            assert 'href="#main"' in page
            assert not re.search(r' style=| on\w+="|<style', page)
            assert "<script" not in without_our_script(page)
        assert "Amina Khan" in pages[1]
        assert "Amina Khan" not in pages[0]

    def test_uses_only_classes_that_its_sheet_knows(
        self, client: Client, address: str, language: str, opening: str, sheet: str
    ) -> None:
        make_world("alpha")
        page = client.get(address, {"lang": language}).content.decode()
        known = (Path(settings.BASE_DIR) / sheet.lstrip("/")).read_text()
        used = {name for classes in re.findall(r'class="([^"]+)"', page) for name in classes.split()}
        assert {name for name in used if f".{name}" not in known} <= {"govuk-template", "jawab-contents"}


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "ur"])
def test_the_page_for_a_form_that_was_open_for_too_long(language: str) -> None:
    response = Client(enforce_csrf_checks=True).post(
        "/accounts/sign-in/", {"username": "x"}, query_params={"lang": language}
    )
    page = response.content.decode()
    assert response.status_code == 403
    assert f'<html lang="{language}"' in page
    assert page.count("<h1") == 1


@pytest.mark.parametrize(("language", "sheet"), [("en", "/static/desk.css"), ("ur", "/static/desk-ur.css")])
def test_officials_pages_have_their_own_sheet(rf: RequestFactory, language: str, sheet: str) -> None:
    with translation.override(language):
        page = render_to_string("desk_base.html", {"user": AnonymousUser()}, rf.get("/desk/"))
    assert re.findall(r'rel="stylesheet" href="([^"]+)"', page) == [sheet]


@pytest.mark.parametrize("name", ["jawab.css", "jawab-ur.css", "desk.css", "desk-ur.css", "govuk.js"])
def test_what_is_compressed_is_what_stands_beside_it(name: str) -> None:
    file = Path(settings.BASE_DIR) / "static" / name
    assert gzip.decompress(file.with_name(f"{name}.gz").read_bytes()) == file.read_bytes(), "run script/assets"


@pytest.mark.parametrize("name", ["jawab", "jawab-ur", "desk", "desk-ur"])
def test_a_sheet_loads_only_files_that_are_there_and_no_crown(name: str) -> None:
    sheet = (Path(settings.BASE_DIR) / "static" / f"{name}.css").read_text()
    for address in re.findall(r"url\(\"?([^\")]+)", sheet):
        assert (Path(settings.BASE_DIR) / "static" / address).is_file(), address
    assert not re.search("crown|crest|gds transport", sheet, re.IGNORECASE)
    assert len(gzip.compress(sheet.encode())) < (25_000 if "desk" in name else 20_000)


@pytest.mark.django_db
class TestLanguage:
    def test_asked_for_in_the_address_is_kept(self, client: Client) -> None:
        client.get("/?lang=ur")
        assert client.cookies["django_language"].value == "ur"
        assert 'lang="ur"' in client.get("/").content.decode().split("<head>")[0]

    @pytest.mark.parametrize(
        "language", ["fr", "xx", "UR", "../ur", "ur\r\nSet-Cookie: a=b", "", "<script>", "ur" * 400]
    )
    def test_others_are_ignored(self, client: Client, language: str) -> None:
        response = client.get("/", {"lang": language})
        assert '<html lang="en" dir="ltr"' in response.content.decode()
        assert "django_language" not in response.cookies
        client.post("/i18n/", {"language": language, "next": "/"})
        assert "django_language" not in client.cookies

    def test_follows_the_browser_until_one_is_chosen(self, client: Client) -> None:
        response = client.get("/", headers={"accept-language": "ur-PK,en;q=0.5"})
        assert response.headers["Content-Language"] == "ur"
        assert {"Cookie", "Accept-Language"} <= set(response.headers["Vary"].split(", "))

    def test_a_cookie_of_no_language_of_ours_is_ignored(self, client: Client) -> None:
        client.cookies["django_language"] = "fr"
        assert client.get("/").headers["Content-Language"] == "en"

    def test_the_switch_goes_back_to_the_page_in_the_new_language(self, client: Client) -> None:
        response = client.post("/i18n/", {"language": "ur", "next": "/accounts/sign-in/?next=/admin/&lang=en"})
        assert response.status_code == 302
        assert response.headers["Location"] == "/accounts/sign-in/?next=%2Fadmin%2F"
        assert client.get("/").headers["Content-Language"] == "ur"

    @pytest.mark.parametrize("page", HOSTILE)
    def test_the_switch_never_leaves_the_site(self, client: Client, page: str) -> None:
        assert stays_here(client.post("/i18n/", {"language": "ur", "next": page}).headers["Location"])

    def test_the_switch_changes_nothing_by_get_or_without_its_token(self) -> None:
        strict = Client(enforce_csrf_checks=True)
        assert strict.get("/i18n/?language=ur").status_code == 405
        refused = strict.post("/i18n/", {"language": "ur"})
        assert refused.status_code == 403
        assert "open for too long" in refused.content.decode()
        assert "django_language" not in strict.cookies

    def test_the_switch_on_the_page_works_as_a_browser_sends_it(self) -> None:
        strict = Client(enforce_csrf_checks=True)
        page = strict.get("/").content.decode()
        token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        strict.post("/i18n/", {"language": "ur", "next": "/", "csrfmiddlewaretoken": token})
        assert strict.get("/").headers["Content-Language"] == "ur"


@pytest.mark.django_db
class TestSigningIn:
    def test_lets_an_official_in_and_out(self, client: Client, official: User) -> None:
        form = {"username": "amina", "password": PASSWORD}
        assert client.post("/accounts/sign-in/", form).headers["Location"] == "/desk/"
        assert "Sign out" in client.get("/").content.decode()
        assert client.get("/accounts/sign-out/").status_code == 405
        assert client.post("/accounts/sign-out/").headers["Location"] == "/"
        assert "Sign in" in client.get("/").content.decode()

    def test_begins_an_empty_session_under_a_new_key(self, client: Client, official: User) -> None:
        session = client.session
        session["draft"] = "what the citizen before typed"
        session.save()
        old_key = session.session_key
        client.cookies[settings.SESSION_COOKIE_NAME] = old_key
        client.post("/accounts/sign-in/", {"username": "amina", "password": PASSWORD})
        assert client.session.session_key != old_key
        assert "draft" not in client.session
        stranger = Client()
        stranger.cookies[settings.SESSION_COOKIE_NAME] = old_key
        assert "Sign in" in stranger.get("/").content.decode()

    @pytest.mark.parametrize(
        ("language", "said"),
        [("en", "Please enter a correct username and password."), ("ur", "درست صارف نام اور پاس ورڈ درج کریں۔")],
    )
    def test_says_what_is_wrong_in_the_readers_language(
        self, client: Client, official: User, language: str, said: str
    ) -> None:
        response = client.post(f"/accounts/sign-in/?lang={language}", {"username": "amina", "password": "wrong"})
        assert response.status_code == 200
        assert said in response.content.decode()

    def test_labels_are_urdu_too(self, client: Client) -> None:
        page = client.get("/accounts/sign-in/?lang=ur").content.decode()
        assert "صارف نام" in page
        assert "پاس ورڈ" in page
        assert "Username" not in page

    def test_empty_fields_are_named_in_urdu(self, client: Client) -> None:
        assert "یہ خانہ پُر کرنا ضروری ہے" in client.post("/accounts/sign-in/?lang=ur", {}).content.decode()

    @pytest.mark.parametrize("page", HOSTILE)
    def test_goes_on_only_to_a_page_of_ours(self, client: Client, official: User, page: str) -> None:
        form = {"username": "amina", "password": PASSWORD, "next": page}
        assert stays_here(client.post("/accounts/sign-in/", form).headers["Location"])

    def test_an_inactive_account_stays_out(self, client: Client, official: User) -> None:
        User.objects.update(is_active=False)
        assert client.post("/accounts/sign-in/", {"username": "amina", "password": PASSWORD}).status_code == 200

    def test_the_admin_has_no_door_of_its_own(self, client: Client, official: User) -> None:
        arrived = client.get("/admin/", follow=True).redirect_chain[-1][0]
        assert arrived == "/accounts/sign-in/?next=%2Fadmin%2F"
        assert client.get("/admin/login/?next=/admin/x").headers["Location"] == "/accounts/sign-in/?next=%2Fadmin%2Fx"
        client.force_login(official)
        assert client.get("/admin/").headers["Location"].startswith("/admin/login/")
        refused = client.get("/admin/login/")
        assert refused.status_code == 403
        assert "You may not see this page" in refused.content.decode()

    def test_the_admin_works_for_staff_without_inline_script_or_style(self, client: Client) -> None:
        client.force_login(User.objects.create_superuser("root", password=PASSWORD))
        response = client.get("/admin/")
        page = response.content.decode()
        assert response.status_code == 200
        assert "<style" not in page
        assert " style=" not in page
        assert response.headers["Cache-Control"] == "no-store, private"


@pytest.mark.django_db
@pytest.mark.urls("tests.test_pages")
class TestEveryAnswer:
    def test_everything_else_requires_signing_in(self, client: Client, official: User) -> None:
        assert client.get("/closed/").headers["Location"] == "/accounts/sign-in/?next=/closed/"
        client.force_login(official)
        assert client.get("/closed/").content == b"closed"

    @pytest.mark.parametrize("address", ["/", "/closed/", "/nowhere/", "/admin/login/"])
    def test_is_kept_by_nobody_when_a_person_is_signed_in(self, client: Client, official: User, address: str) -> None:
        client.force_login(official)
        assert client.get(address).headers["Cache-Control"] == "no-store, private"

    def test_carries_the_protecting_headers(self, client: Client) -> None:
        headers = client.get("/").headers
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy

    @pytest.mark.parametrize("address", ["/", "/accounts/sign-in/", "/nowhere/"])
    @pytest.mark.parametrize("language", ["en", "ur"])
    def test_obeys_its_own_policy(self, client: Client, address: str, language: str) -> None:
        page = without_our_script(client.get(address, {"lang": language}).content.decode())
        for forbidden in ("<style", " style=", "<script", "onclick", "http://", "https://"):
            assert forbidden not in page

    @pytest.mark.parametrize(("language", "said"), [("en", "This page is not here"), ("ur", "یہ صفحہ یہاں نہیں ہے")])
    def test_not_found(self, client: Client, language: str, said: str) -> None:
        response = client.get("/nowhere/<script>", {"lang": language})
        assert response.status_code == 404
        assert said in response.content.decode()
        assert "<script" not in without_our_script(response.content.decode())

    @pytest.mark.parametrize("language", ["en", "ur"])
    def test_a_fault_of_ours_shows_a_page_without_its_reason(self, language: str) -> None:
        client = Client(raise_request_exception=False)
        response = client.get("/broken/", {"lang": language})
        page = response.content.decode()
        assert response.status_code == 500
        assert f'<html lang="{language}"' in page
        assert "on purpose" not in page
        assert "<form" not in page

    @pytest.mark.parametrize("host", ["evil.test", "localhost.evil.test", "", "a@b", "localhost:x"])
    def test_a_host_that_is_not_ours_is_refused(self, client: Client, host: str) -> None:
        assert client.get("/", headers={"host": host}).status_code == 400

    def test_a_forwarded_host_is_not_believed(self, client: Client) -> None:
        response = client.get("/", headers={"x-forwarded-host": "evil.test"})
        assert b"evil.test" not in response.content


def test_the_named_addresses_stay() -> None:
    assert [
        reverse(name) for name in ("home", "offices", "sign_in", "sign_out", "choose_language", "healthz", "readyz")
    ] == [
        "/",
        "/offices/",
        "/accounts/sign-in/",
        "/accounts/sign-out/",
        "/i18n/",
        "/healthz",
        "/readyz",
    ]
