"""A second factor is set up, demanded in production, removed, and taken off by administrators."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from departments.models import User
from tests.signing import ACCOUNT, CODE_PAGE, MADE_UP, PASSWORD, code, sign_in, with_app
from tests.world import World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def production(settings: Any) -> Iterator[Any]:
    settings.PRODUCTION = True
    return settings


@pytest.fixture
def official() -> User:
    return User.objects.create(username="amina", first_name="Amina", password=make_password(PASSWORD))


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
