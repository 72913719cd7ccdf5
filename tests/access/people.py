"""Two departments at work, and one browser for each kind of person; every question that they ask is undone again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.cookies import SimpleCookie
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from complaints.intake import Filed
from complaints.models import Complaint
from complaints.sweep import sweep
from departments.models import Appointment, District, User
from departments.roles import Role
from engagement.models import CallBack, CallDraw
from tests.access.bodies import body_for
from tests.access.routes import Route
from tests.lives import BRING, BY_MAIL, day, lodged
from tests.world import World, make_official, make_world

# When all of it is asked: five days after the first of the lives, so that some dates are met and some missed.
NOW: datetime = day(5)
# Those of department alpha, with its citizen; an officer of beta; an officer whose post ended; the centre; a superuser
# who holds no post.
ROLES = (
    "anonymous", "citizen", "intake", "officer", "approver", "monitor", "head", "administrator", "auditor",
    "stranger", "former", "centre", "root",
)  # fmt: skip


@dataclass
class Scene:
    """The two worlds and who looks at them; `arguments` are A's things for the parameters of the routes."""

    alpha: World
    beta: World
    filed: Filed
    arguments: dict[str, Any]
    browsers: dict[str, Client] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def address(self, route: Route) -> str:
        """Return where `route` leads to something of A's."""
        given = self.arguments
        if route.model is not None:
            first = route.model.objects.order_by("pk").first()
            given = {**given, "object_id": first.pk if first else 0, "id": first.pk if first else 0}
        return route.address(given)

    def body(self, route: Route, method: str) -> dict[str, Any]:
        """Return what `method` sends to `route`."""
        return body_for(route.pattern, version=self.filed.complaint.version) if method == "POST" else {}

    def ask(self, role: str, method: str, address: str, **more: Any) -> HttpResponse:
        """Return the answer to `role`; whatever the question changed, in the database and in the browser, is undone."""
        browser = self.browsers[role]
        browser.cookies = SimpleCookie(self.cookies[role])
        with undone():
            return getattr(browser, method.lower())(address, **more)


def build_scene() -> Scene:
    """Found both departments, let each have a query at each position, and let everybody come in."""
    alpha, beta = make_world("alpha"), make_world("beta")
    District.objects.create(code="kasur", province="punjab", name={"en": "Kasur"})
    for world in (alpha, beta):
        for bring in BRING.values():
            bring(world, **_by(world))
    filed = lodged(alpha, **_by(alpha))
    for world in (alpha, beta):
        _drawn(world)
    sweep(at=NOW)
    filed.complaint.refresh_from_db()
    complaint = filed.complaint
    scene = Scene(alpha, beta, filed, arguments_of(alpha, complaint))
    for role, user in _officials(alpha, beta).items():
        scene.browsers[role] = Client(raise_request_exception=False)
        if user is not None:
            scene.browsers[role].force_login(user)
    opened = {"reference": filed.complaint.reference, "code": filed.code}
    scene.browsers["citizen"].post("/track/", opened)
    scene.cookies = {role: browser.cookies.output(header="", sep=";") for role, browser in scene.browsers.items()}
    return scene


def arguments_of(world: World, complaint: Complaint) -> dict[str, Any]:
    """Return an example for each parameter of the routes, all of them in `world`."""
    return {
        "reference": complaint.reference,
        "department": world.department.code,
        "code": world.department.code,
        "act": "confirm",
        "move": "accept",
        "app_label": "departments",
        "content_type_id": 1,
        "object_id": 1,
        "id": 1,
        "url": "nowhere",
        "pk": 1,
        "page": "topic",
        "number": 1,
        "report": "time-to-answer",
        "exhibit": "time",
        "kind": "csv",
        "sign": "held",
        "gate": "M1",
    }


@contextmanager
def undone() -> Iterator[None]:
    """Roll back whatever happens inside."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def _by(world: World) -> dict[str, Any]:
    return {"channel": world.channels["web"], "reach": BY_MAIL, "text": f"The well of {world.department.code}."}


def _drawn(world: World) -> None:
    """Let a quarter that is over have one query to be called about, as if it had come then."""
    complaint = lodged(world, **_by(world)).complaint
    numbers = {"contacts": 1, "reachable": 1, "size": 1, "by_channel": {"web": 1}}
    draw = CallDraw.objects.create(
        department=world.department, quarter="2025Q4", seed="s", drawn_at=day(0), due_at=day(30), **numbers
    )
    CallBack.objects.create(draw=draw, number=1, complaint=complaint, channel="web")


def _officials(alpha: World, beta: World) -> dict[str, User | None]:
    former = make_official("alpha.former", Role.OFFICER, alpha.department)
    Appointment.objects.filter(user=former).update(until=day(1))
    people: dict[str, User | None] = dict.fromkeys(ROLES)
    people.update({role.value: getattr(alpha, role.value) for role in Role})
    root = User.objects.create(username="root", is_staff=True, is_superuser=True)
    people.update({"stranger": beta.officer, "former": former, "centre": alpha.centre, "root": root})
    one_hash_for_all = make_password("a-long-enough-pass-phrase")
    for user in filter(None, people.values()):
        user.password = one_hash_for_all
        user.save(update_fields=["password"])
    return people
