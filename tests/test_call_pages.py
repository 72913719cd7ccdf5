"""The pages of the random call-back: the list, the table for computers, and the screen of one call."""

import csv
import re
from datetime import datetime
from io import StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from departments.models import User
from engagement.calling import calls_for_official, draw, take_refusal
from engagement.models import CallBack
from tests.calls import CALLING, DRAWN, Q1, listed, told
from tests.lives import BY_PHONE, concluded, position
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
CALLS = "/dashboard/alpha/calls/"


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    moment = [CALLING]
    monkeypatch.setattr(timezone, "now", lambda: moment[0])
    return moment


def page(client: Client, who: User, address: str, status: int = 200, **body: str) -> str:
    client.force_login(who)
    answer = client.post(address, body) if body else client.get(address)
    assert answer.status_code == status, answer.content.decode()[:800]
    return re.sub(r"[\u2066-\u2069]|<bdi[^>]*>|</bdi>", "", answer.content.decode())


class TestPages:
    def test_the_list(self, client: Client, world: World, now: list[datetime]) -> None:
        assert "Nobody has been drawn yet" in page(client, world.monitor, CALLS)
        told(world, 9, anonymity="hidden")
        made = listed(world)
        take_refusal(calls_for_official(world.monitor, made, CALLING)[0], by=world.monitor, at=CALLING)
        found = page(client, world.monitor, CALLS)
        assert found.count("+9230000") == 2, "who was called needs no number any more"
        assert "+9230000009" not in found
        assert "1 of 4 are done" in found
        assert "1 is not for you" in found
        assert made.seed in found
        assert CALLS in page(client, world.monitor, "/dashboard/alpha/")
        assert CALLS not in page(client, world.head, "/dashboard/alpha/")

    def test_names_and_numbers_are_for_who_calls(self, client: Client, world: World, now: list[datetime]) -> None:
        listed(world)
        for post in ("officer", "head", "administrator", "auditor", "centre", "intake", "approver"):
            found = page(client, getattr(world, post), CALLS, 403)
            assert "Only monitors" in found
            assert "+92" not in found
            page(client, getattr(world, post), f"{CALLS}list.csv", 404)
            page(client, getattr(world, post), f"{CALLS}1/", 404)
            page(client, getattr(world, post), f"{CALLS}1/", 404, came="refused")
        stranger = make_world("beta").monitor
        for address in (CALLS, f"{CALLS}list.csv", f"{CALLS}1/"):
            page(client, stranger, address, 404)
        assert not CallBack.objects.exclude(state="waiting").exists()

    def test_the_table_for_computers_holds_no_formula(self, client: Client, world: World, now: list[datetime]) -> None:
        told(world, 1, name="=1+1")
        draw(world.department, Q1, seed="s", at=DRAWN)
        rows = list(csv.reader(StringIO(page(client, world.monitor, f"{CALLS}list.csv"))))
        assert rows[0] == ["number", "name", "telephone", "language", "about", "tries"]
        assert rows[1][:4] == ["1", "'=1+1", "'+9230000001", "English"]
        assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)

    def test_a_call_is_taken_on_one_screen(self, client: Client, world: World, now: list[datetime]) -> None:
        listed(world)
        found = page(client, world.monitor, f"{CALLS}1/")
        assert "1 – Yes" in found
        assert "3 – No" in found
        assert "still wrong" not in found, "an open case cannot be reopened"
        wrong = page(client, world.monitor, f"{CALLS}1/", 400, came="answered", satisfaction="2", used="no")
        assert "Choose what the citizen answered" in wrong
        assert re.search(r'name="satisfaction" value="2"[^>]* checked', wrong)
        page(client, world.monitor, f"{CALLS}1/", 302, came="answered", answered="partly", could_say="no")
        call = CallBack.objects.get(number=1)
        assert (call.state, call.answered, call.could_say, call.used, call.explained) == (
            "answered", "partly", False, "", None,
        )  # fmt: skip
        done = page(client, world.monitor, f"{CALLS}1/")
        assert "written down already" in done
        assert "+92" not in done
        assert "already" in page(client, world.monitor, f"{CALLS}1/", 409, came="refused")

    def test_silence_and_refusal_are_one_key(self, client: Client, world: World, now: list[datetime]) -> None:
        listed(world)
        page(client, world.monitor, f"{CALLS}1/", 302, came="silence")
        assert "less than an hour" in page(client, world.monitor, f"{CALLS}1/", 409, came="silence")
        assert "Tried before: 1 of 3" in page(client, world.monitor, f"{CALLS}1/")
        page(client, world.monitor, f"{CALLS}2/", 302, came="refused")
        assert set(CallBack.objects.values_list("state", "tries")) == {("waiting", 1), ("waiting", 0), ("refused", 1)}

    def test_the_same_screen_reopens_the_case(self, client: Client, world: World, now: list[datetime]) -> None:
        case = concluded(world, reach=BY_PHONE, channel=world.channels["phone"], by=world.intake)
        draw(world.department, Q1, seed="s", at=DRAWN)
        assert "what is still wrong?" in page(client, world.monitor, f"{CALLS}1/")
        said = {"came": "answered", "answered": "yes", "still_wrong": "The well is dry."}
        wrong = page(client, world.monitor, f"{CALLS}1/", 400, **said)
        assert "The citizen says that it was answered" in wrong
        assert "The well is dry." in wrong
        page(client, world.monitor, f"{CALLS}1/", 302, **(said | {"answered": "no"}))
        assert position(case) == "content"

    def test_what_does_not_exist(self, client: Client, world: World, now: list[datetime]) -> None:
        page(client, world.monitor, f"{CALLS}1/", 404)
        page(client, world.monitor, f"{CALLS}list.csv", 404)
        listed(world)
        for address in (f"{CALLS}9/", f"{CALLS}?quarter=2025Q4", f"{CALLS}1/?quarter=x", "/dashboard/no/calls/"):
            page(client, world.monitor, address, 404)

    def test_queries_of_the_list_do_not_grow(self, client: Client, world: World, now: list[datetime]) -> None:
        beta = make_world("beta")
        listed(world, 2)
        listed(beta, 12)
        counts = []
        for one in (world, beta):
            client.force_login(one.monitor)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"/dashboard/{one.department.code}/calls/").status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 12
