"""What every answer says to browsers and proxies: nothing of a case is kept, framed, sniffed or passed on."""

from typing import Any

import pytest
from django.test import Client

from messaging.models import Outgoing
from tests.access.people import Scene, undone
from tests.access.routes import Route, routes

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
ROUTES = routes()
PAGES = [route for route in ROUTES if route.model is None]
PRIVATE = "no-store, private"
ASKING = ("anonymous", "citizen", "officer", "centre", "root")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.pattern)
def test_every_answer_is_protected(scene: Scene, route: Route) -> None:
    address = scene.address(route)
    case = scene.filed.complaint
    for role in ASKING if route.model is None else ("root",):
        for method in ("GET", "POST"):
            answer = scene.ask(role, method, address)
            asked = f"{method} as {role}"
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy, asked
            assert "unsafe" not in policy, asked
            assert answer.headers["X-Content-Type-Options"] == "nosniff", asked
            assert answer.headers["X-Frame-Options"] == "DENY", asked
            assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer"), asked
            body = b"".join(answer) if answer.streaming else answer.content
            tells = any(word.encode() in body for word in (case.reference, case.text))
            if tells or role not in ("anonymous", "citizen"):
                assert_private(answer, asked)
            for cookie in answer.cookies.values():
                assert cookie["samesite"], f"{asked}: {cookie.key}"
                hidden = cookie["httponly"] or cookie.key == "csrftoken" or not cookie.value
                assert hidden, f"{asked}: {cookie.key}"


def assert_private(answer: Any, asked: str) -> None:
    kept = set(answer.headers.get("Cache-Control", "").replace(" ", "").split(","))
    assert {"no-store", "private"} <= kept, asked
    assert "public" not in kept, asked


def test_the_citizens_own_page_is_private(scene: Scene) -> None:
    answer = scene.ask("citizen", "GET", "/track/case/")
    assert scene.filed.complaint.text in answer.content.decode()
    assert answer.headers["Cache-Control"] == PRIVATE


@pytest.mark.parametrize("host", ["evil.test", "testserver.evil.test", "testserver@evil.test", "testserver:x", ""])
def test_another_hosts_name_is_refused_everywhere(scene: Scene, host: str) -> None:
    strange = Client(raise_request_exception=False)
    for route in PAGES:
        for method in (strange.get, strange.post):
            with undone():
                answer = method(scene.address(route), headers={"host": host})
            assert answer.status_code == 400, route.pattern
            assert b"evil" not in answer.content, route.pattern


def test_a_forwarded_name_is_never_told_on(scene: Scene) -> None:
    names = ("x-forwarded-host", "x-host", "forwarded", "x-original-host", "x-forwarded-server")
    forged = dict.fromkeys(names, "evil.test")
    for role in ASKING:
        for route in PAGES:
            answer = scene.ask(role, "GET", scene.address(route), headers=forged)
            assert "evil" not in answer.headers.get("Location", ""), route.pattern
            assert answer.streaming or b"evil.test" not in answer.content, route.pattern
    said = [f"{row.subject} {row.body}" for row in Outgoing.objects.all()]
    assert said
    assert not any("testserver" in text or "evil" in text for text in said), "links come from the setting alone"
