"""The authorization matrix (matrix.txt): every route, method and kind of person, and the answer each gets."""

from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.access.people import ROLES, Scene, undone
from tests.access.routes import METHODS, Route, routes
from tests.lives import rows

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
TABLE = Path(__file__).with_name("matrix.txt")
ROUTES = routes()
# Whom the other pages of an admin group are shown: one who is not let in, one who is, and the highest post between.
ADMIN_SAMPLE = ("officer", "centre", "root")
# Routes that show that they are not protected by a token need a reason here.
WITHOUT_CSRF_TOKEN: dict[str, str] = {
    "/api/track/": "takes no session: reference and code in the body are all that opens it",
}

Answers = dict[str, dict[str, dict[str, str]]]


def read(text: str) -> Answers:
    """Return the table as pattern, method, role to status. A line names a pattern, methods, the status for all, and
    the roles that get another one."""
    table: Answers = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        pattern, methods, usual, *others = line.split()
        answers = dict.fromkeys(ROLES, usual)
        for other in others:
            role, status = other.split(":")
            assert role in ROLES, f"{pattern}: nobody is called {role}"
            answers[role] = status
        for method in methods.split(","):
            assert method in METHODS, f"{pattern}: no method {method}"
            assert method not in table.setdefault(pattern, {}), f"{pattern}: {method} stands twice"
            table[pattern][method] = answers
    return table


def written(pattern: str, method: str, answers: dict[str, str]) -> str:
    """Return the line that would say `answers`."""
    usual = max(sorted(set(answers.values())), key=list(answers.values()).count)
    others = [f"{role}:{status}" for role, status in answers.items() if status != usual]
    return " ".join([pattern, method, str(usual), *others])


def answer(response: HttpResponse) -> str:
    """Return the status, or `door` for the way to the sign-in page."""
    to_the_door = response.headers.get("Location", "").startswith(("/accounts/sign-in/?", "/admin/login/?"))
    return "door" if to_the_door else str(response.status_code)


def row_of(route: Route) -> str:
    """Return the pattern of the lines for `route`: its own, or those of its group in the admin."""
    return route.pattern if route.pattern in MATRIX else route.row


MATRIX = read(TABLE.read_text())
# Pages of the admin share the lines of their group: the first is asked everything, the others are looked at.
FIRST_OF_ROW = {row_of(route): route for route in reversed(ROUTES)}


def test_every_route_has_rows_and_every_row_a_route() -> None:
    there = {(row_of(route), method) for route in ROUTES for method in METHODS}
    stated = {(pattern, method) for pattern, methods in MATRIX.items() for method in methods}
    assert sorted(there - stated) == [], "routes without a row in matrix.txt: say who gets which answer"
    assert sorted(stated - there) == [], "rows in matrix.txt without a route: take them out"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.pattern)
def test_everybody_gets_the_answer_of_the_matrix(scene: Scene, route: Route) -> None:
    address = scene.address(route)
    is_first = FIRST_OF_ROW[row_of(route)] is route
    wrong = []
    for method in METHODS if is_first else ("GET",):
        body = scene.body(route, method)
        asking = ROLES if is_first else ADMIN_SAMPLE
        given = {role: answer(scene.ask(role, method, address, **body)) for role in asking}
        stated = MATRIX.get(row_of(route), {}).get(method, {})
        if any(stated.get(role) != status for role, status in given.items()):
            wrong.append(written(route.pattern, method, given))
    assert wrong == [], "not what matrix.txt says; the lines as they are now"


def test_looking_changes_nothing(scene: Scene) -> None:
    # But that a letter has reached its citizen: he has it before him once.
    assert scene.browsers["citizen"].get(reverse("track_case")).status_code == 200
    before = rows()
    for route in ROUTES:
        address = scene.address(route)
        for role in ("anonymous", "citizen", "officer", "root"):
            with undone():
                assert scene.browsers[role].get(address).status_code != 500
                assert rows() == before, f"GET {address} as {role}"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_is_changed_without_the_forms_token(scene: Scene, method: str) -> None:
    before = rows()
    for role in ("citizen", "officer", "root"):
        strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
        for route in ROUTES:
            if route.pattern in WITHOUT_CSRF_TOKEN or FIRST_OF_ROW[row_of(route)] is not route:
                continue
            strict.cookies.load(scene.cookies[role])
            strict.cookies.pop("csrftoken", None)
            with undone():
                status = getattr(strict, method.lower())(scene.address(route)).status_code
                assert status in (302, 401, 403, 404, 405, 415), f"{method} {route.pattern} as {role}: {status}"
                assert rows() == before, f"{method} {route.pattern} as {role}"


def test_a_table_with_a_mistake_is_refused() -> None:
    for mistake in ("/ GET 200 nobody:1", "/ LOOK 200", "/ GET 200\n/ GET 200"):
        with pytest.raises(AssertionError):
            read(mistake)
