"""Who may call the API: posts, sessions, tokens with their scope and end."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone

from complaints.models import Note
from departments.errors import Invalid, NotAllowed, NotReady
from departments.models import ApiToken, Appointment, User
from departments.tokens import issue, opened_by, revoke
from tests.api import caller
from tests.lives import owned
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
LIST = "/api/complaints/"
IN_POST = ("intake", "officer", "approver", "monitor", "head", "administrator", "auditor", "centre")


@pytest.fixture
def world() -> World:
    return make_world()


def test_the_public_reads_departments_and_catalogue_only(client: Client, world: World) -> None:
    for address in ("/api/", "/api/departments/", "/api/categories/", "/api/schema/"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/json"
    for address in (LIST, "/api/complaints/000-0000-0000/", "/api/compliance/?start=2026-01-01&end=2026-03-31"):
        answer = client.get(address)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_departments_tell_posts_and_not_persons(client: Client, world: World) -> None:
    make_world("hidden", live=False)
    found = client.get("/api/departments/").json()
    assert [each["code"] for each in found] == ["alpha"]
    assert found[0]["name"] == {"en": "Alpha", "ur": "محکمہ alpha"}
    assert [(stage["stage"], stage["section"], stage["post"]) for stage in found[0]["stages"]] == [
        ("content", "answers", "approver"), ("response", "answers", "officer"), ("monitoring", "checks", "monitor"),
    ]  # fmt: skip
    assert "alpha.officer" not in client.get("/api/departments/").content.decode()
    assert {each["department"] for each in client.get("/api/categories/").json()} == {"alpha"}


@pytest.mark.parametrize("post", IN_POST)
def test_every_post_may_list(world: World, post: str) -> None:
    assert caller(getattr(world, post)).get(LIST).status_code == 200


def test_without_a_post_nothing_superuser_or_not(world: World) -> None:
    root = User.objects.create(username="root", is_superuser=True, is_staff=True)
    former = world.officer2
    Appointment.objects.filter(user=former).update(until=timezone.now() - timedelta(days=1))
    for user in (root, former):
        assert caller(user).get(LIST).status_code == 403


def test_a_session_calls_too_and_changes_only_with_the_csrf_token(world: World) -> None:
    complaint = owned(world)
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.officer)
    assert client.get(LIST).status_code == 200
    body = {"text": "Seen.", "version": complaint.version}
    address = f"{LIST}{complaint.reference}/moves/note/"
    refused = client.post(address, body, "application/json")
    assert (refused.status_code, Note.objects.count()) == (403, 0)
    client.get("/accounts/sign-in/")
    client.cookies["csrftoken"] = "a" * 32
    assert client.post(address, body, "application/json", headers={"X-CSRFToken": "a" * 32}).status_code == 200


def test_a_read_token_changes_nothing_whoever_holds_it(world: World) -> None:
    complaint = owned(world)
    reader = caller(world.officer, "read")
    assert reader.get(LIST).status_code == 200
    address = f"{LIST}{complaint.reference}/moves/note/"
    assert reader.move(complaint, "note", text="No.").status_code == 403
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(reader.client, method)(address, headers={"Authorization": f"Bearer {reader.secret}"})
        assert answer.status_code == 403
    assert not Note.objects.exists()


@pytest.mark.parametrize("end", ["expired", "revoked", "closed account"])
def test_a_token_that_ended_opens_nothing(world: World, end: str) -> None:
    calling = caller(world.officer)
    assert calling.get(LIST).status_code == 200
    token = ApiToken.objects.get()
    if end == "expired":
        ApiToken.objects.update(created_at=timezone.now() - timedelta(days=2), expires_at=timezone.now())
    elif end == "revoked":
        revoke(token, by=world.officer, at=timezone.now())
    else:
        User.objects.filter(pk=world.officer.pk).update(is_active=False)
    assert calling.get(LIST).status_code == 401
    assert calling.get("/api/departments/").status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer x y", "Bearer \xff", "Bearer " + "a" * 9000])
def test_a_wrong_token_is_401(client: Client, world: World, header: str) -> None:
    assert client.get(LIST, headers={"Authorization": header}).status_code == 401


def test_only_the_digest_is_kept_and_use_is_noted_once_an_hour(world: World) -> None:
    at = timezone.now()
    issued = issue(world.officer, name="sync", scope="read", expires_at=at + timedelta(days=90), by=None, at=at)
    kept = ApiToken.objects.values().get()
    assert issued.secret not in str(kept)
    assert issued.secret.startswith("jawab_")
    for minutes, noted in ((0, 0), (30, 0), (61, 61)):
        opened_by(issued.secret, at=at + timedelta(minutes=minutes))
        assert ApiToken.objects.get().last_used_at == at + timedelta(minutes=noted)


def test_who_may_give_out_and_revoke(world: World) -> None:
    at = timezone.now()
    given: dict[str, Any] = {"name": "sync", "scope": "read", "expires_at": at + timedelta(days=9), "at": at}
    issue(world.officer, by=world.officer, **given)
    token = issue(world.officer, by=world.administrator, **given).token
    beta = make_world("beta")
    for stranger in (world.head, world.officer2, beta.administrator):
        with pytest.raises(NotAllowed):
            issue(world.officer, by=stranger, **given)
        with pytest.raises(NotAllowed):
            revoke(token, by=stranger, at=at)


@pytest.mark.parametrize(
    ("field", "value"),
    [("scope", "admin"), ("name", " "), ("name", "x" * 101), ("name", "a\0"), ("days", 0), ("days", 367)],
)
def test_what_cannot_be_a_token_is_refused(world: World, field: str, value: Any) -> None:
    at = timezone.now()
    given = {"name": "sync", "scope": "read", "days": 9, field: value}
    expires_at = at + timedelta(days=given.pop("days"))
    with pytest.raises(Invalid) as refused:
        issue(world.officer, expires_at=expires_at, by=None, at=at, **given)
    assert refused.value.field == ("expires_at" if field == "days" else field)


def test_no_token_for_a_closed_account(world: World) -> None:
    world.officer.is_active = False
    at = timezone.now()
    with pytest.raises(NotReady):
        issue(world.officer, name="x", scope="read", expires_at=at + timedelta(days=1), by=None, at=at)


def test_the_command_gives_out_lists_and_revokes(world: World, capsys: Any) -> None:
    call_command("api_token", "create", "alpha.officer", "--name", "sync", "--scope", "write", "--days", "3")
    secret = capsys.readouterr().out.strip()
    token = opened_by(secret, at=timezone.now())
    assert token is not None
    assert token.scope == "write"
    call_command("api_token", "list", "alpha.officer")
    listed = capsys.readouterr().out
    assert "sync" in listed
    assert secret not in listed
    call_command("api_token", "revoke", str(token.pk))
    assert opened_by(secret, at=timezone.now()) is None
    for wrong in (["create", "nobody", "--name", "x"], ["revoke", "999"]):
        with pytest.raises(CommandError):
            call_command("api_token", *wrong)


def test_the_admin_lists_and_revokes_and_shows_no_secret(client: Client, world: World) -> None:
    calling = caller(world.officer)
    root = User.objects.create(username="root", is_superuser=True, is_staff=True)
    client.force_login(root)
    page = client.get("/admin/departments/apitoken/")
    assert page.status_code == 200
    assert ApiToken.objects.get().digest not in page.content.decode()
    chosen = {"action": "revoke_now", "_selected_action": [ApiToken.objects.get().pk]}
    assert client.post("/admin/departments/apitoken/", chosen).status_code == 302
    assert calling.get(LIST).status_code == 401
