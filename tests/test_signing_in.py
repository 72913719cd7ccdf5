"""Signing in: two factors set up, shown and demanded; and guesses slowed."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission
from django.core.cache import caches
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import reverse

from config.settings import CACHES
from config.signing_in import KNOWN_BROWSER
from departments.models import User
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-enough-pass-phrase"
CODE_PAGE = "/accounts/sign-in/code/"
ACCOUNT = "/accounts/second-factor/"
# Well formed, and made by no browser.
MADE_UP = json.dumps(
    {
        "id": "AAAA", "rawId": "AAAA", "type": "public-key",
        "response": {
            "clientDataJSON": "e30", "attestationObject": "oA", "authenticatorData": "AAAA", "signature": "AAAA",
        },
    }
)  # fmt: skip

BROKEN = ["", "{", "{}", "null", "[1]", '{"rawId": "x", "response": {"clientDataJSON": "e30"}}', MADE_UP]


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def production(settings: Any) -> Iterator[Any]:
    settings.PRODUCTION = True
    return settings


@pytest.fixture
def official() -> User:
    return User.objects.create(username="amina", first_name="Amina", password=make_password(PASSWORD))


def code(secret: str, periods: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + periods))


def sign_in(client: Client, password: str = PASSWORD, username: str = "amina", **more: Any) -> Any:
    return client.post("/accounts/sign-in/", {"username": username, "password": password}, **more)


def with_app(official: User) -> str:
    secret = generate_totp_secret()
    TOTP.activate(official, secret)
    return secret


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


class TestTwoSteps:
    def test_the_password_alone_opens_nothing_beside_a_second_factor(self, client: Client, official: User) -> None:
        secret = with_app(official)
        assert sign_in(client).headers["Location"] == CODE_PAGE
        assert not signed_in(client)
        assert client.get(ACCOUNT).headers["Location"].startswith("/accounts/sign-in/")
        arrived = client.post(CODE_PAGE, {"code": code(secret)}).headers["Location"]
        assert arrived == resolve_url(settings.LOGIN_REDIRECT_URL)
        assert signed_in(client)

    def test_goes_on_to_the_page_that_was_asked_for(self, client: Client, official: User) -> None:
        secret = with_app(official)
        client.post("/accounts/sign-in/", {"username": "amina", "password": PASSWORD, "next": ACCOUNT})
        assert client.post(CODE_PAGE, {"code": code(secret)}).headers["Location"] == ACCOUNT

    @pytest.mark.parametrize("wrong", ["", "000000", "abc", "1" * 70, "<script>", "\x00", "۱۲۳۴۵۶"])
    @pytest.mark.parametrize(("language", "said"), [("en", "Error:"), ("ur", "خرابی:")])
    def test_a_wrong_code_is_refused_in_the_readers_language(
        self, client: Client, official: User, wrong: str, language: str, said: str
    ) -> None:
        with_app(official)
        sign_in(client)
        answer = client.post(f"{CODE_PAGE}?lang={language}", {"code": wrong})
        assert answer.status_code == 200
        assert said in answer.content.decode()
        assert not signed_in(client)

    def test_a_code_opens_once(self, client: Client, official: User) -> None:
        used = code(with_app(official))
        for expected in (True, False):
            other = Client()
            sign_in(other)
            other.post(CODE_PAGE, {"code": used})
            assert signed_in(other) is expected

    def test_a_recovery_code_opens_once(self, official: User) -> None:
        with_app(official)
        spare = RecoveryCodes.activate(official).generate_codes()[0]
        for expected in (True, False):
            client = Client()
            sign_in(client)
            client.post(CODE_PAGE, {"code": spare})
            assert signed_in(client) is expected

    def test_nothing_typed_before_survives_and_the_key_changes_twice(self, client: Client, official: User) -> None:
        secret = with_app(official)
        session = client.session
        session["draft"] = "typed by a citizen"
        session.save()
        keys = [session.session_key]
        sign_in(client)
        keys.append(client.session.session_key)
        assert "draft" not in client.session
        client.post(CODE_PAGE, {"code": code(secret)})
        keys.append(client.session.session_key)
        assert len(set(keys)) == 3

    def test_one_can_turn_back_between_the_steps(self, client: Client, official: User) -> None:
        with_app(official)
        sign_in(client)
        client.post("/accounts/sign-out/")
        assert client.get(CODE_PAGE).headers["Location"] == "/accounts/sign-in/"

    def test_an_account_that_is_closed_between_the_steps_stays_out(self, client: Client, official: User) -> None:
        secret = with_app(official)
        sign_in(client)
        User.objects.update(is_active=False)
        client.post(CODE_PAGE, {"code": code(secret)})
        assert client.get(ACCOUNT).status_code == 302

    @pytest.mark.parametrize(
        "credential", ["", "{", "null", "[]", "{}", "[1]", "1e999", '{"id": 1}', '{"response": {}}', MADE_UP]
    )
    def test_a_broken_passkey_is_refused(self, client: Client, official: User, credential: str) -> None:
        with_app(official)
        sign_in(client)
        assert client.post(CODE_PAGE, {"credential": credential}).status_code == 200
        assert not signed_in(client)

    def test_the_secrets_are_kept_sealed(self, official: User) -> None:
        secret = with_app(official)
        RecoveryCodes.activate(official)
        kept = str(list(Authenticator.objects.values_list("data", flat=True)))
        assert secret not in kept
        assert "gAAAA" in kept


class TestSettingUp:
    def test_the_app_without_javascript(self, client: Client, official: User) -> None:
        sign_in(client)
        page = client.get(f"{ACCOUNT}app/").content.decode()
        found = re.search(r"<code>([A-Z2-7]{32})</code>", page)
        assert found is not None
        assert client.post(f"{ACCOUNT}app/", {"code": "000000"}).status_code == 200
        assert not Authenticator.objects.exists()
        done = client.post(f"{ACCOUNT}app/", {"code": code(found[1])})
        assert done.headers["Location"] == f"{ACCOUNT}codes/"
        codes = client.get(f"{ACCOUNT}codes/").content.decode()
        assert len(re.findall(r"<code>\d{8}</code>", codes)) == 10
        assert not re.findall(r"<code>\d{8}</code>", client.get(f"{ACCOUNT}codes/").content.decode())

    def test_asks_for_the_password_again_when_signing_in_was_long_ago(self, client: Client, official: User) -> None:
        sign_in(client)
        session = client.session
        for record in session["account_authentication_methods"]:
            record["at"] -= 3600
        session.save()
        asked = client.get(f"{ACCOUNT}app/")
        assert asked.headers["Location"].startswith("/accounts/confirm/?next=")
        assert client.post(asked.headers["Location"], {"password": "wrong"}).status_code == 200
        assert client.post(asked.headers["Location"], {"password": PASSWORD}).headers["Location"] == f"{ACCOUNT}app/"
        assert client.get(f"{ACCOUNT}app/").status_code == 200

    @pytest.mark.parametrize("address", ["", "app/", "codes/new/", "passkeys/add/"])
    @pytest.mark.parametrize("language", ["en", "ur"])
    def test_the_pages_obey_our_policy(self, client: Client, official: User, address: str, language: str) -> None:
        sign_in(client)
        page = client.get(f"{ACCOUNT}{address}", {"lang": language}).content.decode()
        scripts = re.findall(r"<script\b([^>]*)>", page)
        assert all('src="/static/' in script or 'type="application/json"' in script for script in scripts)
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick" not in page

    def test_a_passkey_that_the_browser_did_not_make_is_refused(self, client: Client, official: User) -> None:
        sign_in(client)
        for credential in (
            "",
            "{",
            "{}",
            "null",
            "[1]",
            '{"rawId": "x", "response": {"clientDataJSON": "e30"}}',
            MADE_UP,
        ):
            answer = client.post(f"{ACCOUNT}passkeys/add/", {"name": "key", "credential": credential})
            assert answer.status_code == 200
        assert not Authenticator.objects.exists()

    def test_the_password_is_changed_and_other_sessions_end(self, client: Client, official: User) -> None:
        other = Client()
        sign_in(client)
        sign_in(other)
        page = "/accounts/password/"
        new = "four words nobody joins"
        refused = client.post(page, {"oldpassword": "wrong", "password1": new, "password2": new})
        assert "This is not the password in use now." in refused.content.decode()
        for weak in ("short", "password1234", "123456789012"):
            assert client.post(page, {"oldpassword": PASSWORD, "password1": weak, "password2": weak}).status_code == 200
        done = client.post(page, {"oldpassword": PASSWORD, "password1": new, "password2": new})
        assert done.headers["Location"] == ACCOUNT
        assert client.get(ACCOUNT).status_code == 200
        assert other.get(ACCOUNT).status_code == 302
        assert sign_in(Client(), new).status_code == 302

    def test_weak_passwords_are_refused_in_urdu(self, client: Client, official: User) -> None:
        sign_in(client)
        form = {"oldpassword": PASSWORD, "password1": "12345", "password2": "12345"}
        page = client.post("/accounts/password/?lang=ur", form).content.decode()
        assert "This password" not in page
        assert "پاس ورڈ" in page


@pytest.mark.usefixtures("production")
class TestProduction:
    OPEN = ("", "app/", "passkeys/add/")

    @pytest.fixture(autouse=True)
    def _plain_http(self, settings: Any) -> None:
        settings.ALLOWED_HOSTS = ["testserver"]

    def test_only_the_pages_to_set_one_up_are_open(self, client: Client, official: User) -> None:
        sign_in(client)
        for address in self.OPEN:
            assert client.get(f"{ACCOUNT}{address}").status_code == 200
        for address in ("/", "/admin/", "/accounts/password/", f"{ACCOUNT}codes/new/"):
            assert client.get(address).headers["Location"] == ACCOUNT
            assert client.post(address).status_code == 403
        assert client.post("/i18n/", {"language": "ur", "next": "/"}).status_code == 302
        assert client.post("/accounts/sign-out/").headers["Location"] == "/"

    def test_setting_it_up_opens_the_rest(self, client: Client, official: User) -> None:
        sign_in(client)
        found = re.search(r"<code>([A-Z2-7]{32})</code>", client.get(f"{ACCOUNT}app/").content.decode())
        assert found is not None
        client.post(f"{ACCOUNT}app/", {"code": code(found[1])})
        assert client.get("/").status_code == 200

    def test_a_session_that_showed_only_a_password_must_show_the_code(self, client: Client, official: User) -> None:
        sign_in(client)
        secret = with_app(official)
        assert client.get("/?a=b").headers["Location"] == "/accounts/confirm/code/?next=%2F%3Fa%3Db"
        for shut in ("", "app/", "app/remove/", "codes/", "passkeys/add/"):
            assert client.get(f"{ACCOUNT}{shut}").headers["Location"].startswith("/accounts/confirm/code/")
        assert client.get("/accounts/confirm/").headers["Location"].startswith("/accounts/confirm/code/")
        done = client.post("/accounts/confirm/code/?next=/", {"code": code(secret)})
        assert done.headers["Location"] == "/"
        assert client.get("/").status_code == 200

    def test_a_superuser_is_held_back_too(self, client: Client) -> None:
        client.force_login(User.objects.create_superuser("root", password=PASSWORD))
        assert client.get("/admin/").headers["Location"] == ACCOUNT

    def test_the_last_one_stays(self, client: Client, official: User) -> None:
        secret = with_app(official)
        sign_in(client)
        client.post(CODE_PAGE, {"code": code(secret)})
        assert "nobody works here without" in client.get(f"{ACCOUNT}app/remove/").content.decode()
        client.post(f"{ACCOUNT}app/remove/")
        assert Authenticator.objects.filter(type="totp").exists()

    def test_the_public_pages_stay_open_to_the_public(self, client: Client) -> None:
        assert client.get("/").status_code == 200


class TestLocally:
    def test_the_password_alone_is_enough(self, client: Client, official: User) -> None:
        sign_in(client)
        assert client.get("/accounts/password/").status_code == 200

    def test_the_app_can_be_removed(self, client: Client, official: User) -> None:
        secret = with_app(official)
        sign_in(client)
        client.post(CODE_PAGE, {"code": code(secret)})
        client.post(f"{ACCOUNT}app/remove/")
        assert not Authenticator.objects.exists()


class TestGuessing:
    def guess(self, times: int, username: str = "amina", **more: Any) -> Any:
        for number in range(times):
            answer = sign_in(Client(), "wrong", username, REMOTE_ADDR=f"10.0.{number // 250}.{number % 250}", **more)
        return answer

    def test_from_many_addresses_is_stopped(self, client: Client, official: User) -> None:
        assert "too many wrong attempts" not in self.guess(5).content.decode()
        assert "too many wrong attempts" in self.guess(1).content.decode()
        assert "too many wrong attempts" in sign_in(client).content.decode()
        assert not signed_in(client)

    def test_does_not_lock_out_the_owner_in_his_own_browser(self, client: Client, official: User) -> None:
        sign_in(client)
        client.post("/accounts/sign-out/")
        self.guess(20)
        sign_in(client)
        assert signed_in(client)

    def test_does_not_lock_the_office(self, client: Client, official: User) -> None:
        User.objects.create(username="bilal", password=make_password(PASSWORD))
        for _attempt in range(6):
            sign_in(client, "wrong")
        assert sign_in(client, username="bilal").status_code == 302

    def test_a_browser_that_is_known_has_only_as_many_guesses_more(self, client: Client, official: User) -> None:
        sign_in(client)
        client.post("/accounts/sign-out/")
        for _attempt in range(6):
            answer = sign_in(client, "wrong")
        assert "too many wrong attempts" in answer.content.decode()

    def test_a_forged_or_foreign_mark_is_worth_nothing(self, client: Client, official: User) -> None:
        User.objects.create(username="bilal", password=make_password(PASSWORD))
        sign_in(client, username="bilal")
        foreign = client.cookies[KNOWN_BROWSER].value
        self.guess(5)
        for mark in (foreign, "amina:0123456789abcdef", foreign.replace("bilal", "amina"), "amina:x:y:z"):
            other = Client()
            other.cookies[KNOWN_BROWSER] = mark
            assert "too many wrong attempts" in sign_in(other).content.decode()

    def test_says_the_same_of_an_account_that_is_not_there(self, official: User) -> None:
        def said(username: str) -> list[str]:
            answers = [self.guess(1, username).content.decode() for _attempt in range(6)]
            return [re.sub(r'(name="csrfmiddlewaretoken" value|value)="[^"]*"', "", page) for page in answers]

        assert said("amina") == said("nobody")

    def test_many_accounts_from_one_address_are_slowed(self) -> None:
        for number in range(31):
            answer = sign_in(Client(), "wrong", f"official{number}")
        assert "too many wrong attempts" in answer.content.decode()

    def test_codes_are_counted_too(self, client: Client, official: User) -> None:
        secret = with_app(official)
        sign_in(client)
        for _attempt in range(5):
            client.post(CODE_PAGE, {"code": "000000"})
        assert "too many wrong attempts" in client.post(CODE_PAGE, {"code": code(secret)}).content.decode()

    def test_the_door_itself_does_not_break_under_a_flood(self, client: Client) -> None:
        for _attempt in range(121):
            answer = client.post("/accounts/sign-in/", {})
        assert answer.status_code == 429
        assert "Too many attempts" in answer.content.decode()

    def test_all_processes_share_the_count(self, official: User, settings: Any) -> None:
        settings.CACHES = CACHES
        try:
            assert "LocMem" not in type(caches["default"]).__name__
            username = f"shared-{time.time_ns()}"  # Redis is not rolled back
            assert "too many wrong attempts" not in self.guess(5, username).content.decode()
            caches.close_all()
            assert "too many wrong attempts" in self.guess(1, username).content.decode()
        finally:
            caches.close_all()


class TestNextRequest:
    def test_a_closed_account_is_out(self, client: Client, official: User) -> None:
        sign_in(client)
        User.objects.update(is_active=False)
        assert client.get(ACCOUNT).headers["Location"].startswith("/accounts/sign-in/")


class TestNoOtherDoor:
    @pytest.mark.parametrize(
        "address",
        ["signup", "login", "logout", "email", "password/reset", "password/set", "3rdparty", "login/code", "inactive"],
    )
    def test_is_there(self, client: Client, address: str) -> None:
        assert client.get(f"/accounts/{address}/", follow=True).status_code == 404

    def test_a_long_absence_ends_the_session(self, client: Client, official: User) -> None:
        sign_in(client)
        assert client.session.get_expiry_age() <= 12 * 60 * 60


class TestAdministrators:
    @pytest.fixture
    def world(self) -> World:
        return make_world()

    def act(self, client: Client, *people: User) -> Any:
        form = {"action": "forget_second_factors", "_selected_action": [person.pk for person in people]}
        return client.post(reverse("admin:departments_user_changelist"), form)

    def test_take_lost_second_factors_off(self, client: Client, world: World) -> None:
        with_app(world.officer)
        with_app(world.head)
        client.force_login(User.objects.create_superuser("root"))
        assert self.act(client, world.officer).status_code == 302
        assert [row.user for row in Authenticator.objects.all()] == [world.head]

    def test_only_where_they_administer(self, client: Client, world: World) -> None:
        other = make_world("beta")
        with_app(other.officer)
        world.administrator.is_staff = True
        world.administrator.save()
        world.administrator.user_permissions.set(Permission.objects.filter(content_type__app_label="departments"))
        client.force_login(world.administrator)
        assert self.act(client, other.officer).status_code == 403
        assert Authenticator.objects.exists()

    def test_see_no_secrets(self, client: Client) -> None:
        client.force_login(User.objects.create_superuser("root"))
        page = client.get("/admin/").content.decode()
        assert "/admin/mfa/" not in page
        assert "/admin/account/" not in page
