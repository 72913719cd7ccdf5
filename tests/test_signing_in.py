"""Signing in: two steps where there are two factors, guesses slowed, and no other door."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.cache import caches
from django.shortcuts import resolve_url
from django.test import Client

from config.settings import CACHES
from config.signing_in import KNOWN_BROWSER
from departments.models import User
from tests.signing import ACCOUNT, CODE_PAGE, MADE_UP, PASSWORD, code, sign_in, with_app

pytestmark = pytest.mark.django_db


@pytest.fixture
def official() -> User:
    return User.objects.create(username="amina", first_name="Amina", password=make_password(PASSWORD))


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
