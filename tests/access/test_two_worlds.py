"""Two worlds: whatever happens in department beta, nothing that alpha's officials, alpha's citizen or the public see
changes by a byte; and what is beta's looks to them like what does not exist."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from complaints import closing, correspondence, drafting, routing
from complaints.actors import Voice
from complaints.models import Complaint
from complaints.outcomes import Outcome
from complaints.sweep import sweep
from departments.administration import appoint
from departments.models import Appointment
from departments.roles import Role
from tests.access.people import NOW, Scene, arguments_of, undone
from tests.access.routes import routes
from tests.lives import BRING, BY_MAIL, filed
from tests.world import World, make_official

pytestmark = pytest.mark.django_db
ROUTES = [route for route in routes() if not route.pattern.startswith("/admin/")]
OF_ALPHA = ("citizen", "intake", "officer", "approver", "monitor", "head", "administrator", "auditor", "former")
# Addresses that exist to show all departments side by side; the reason is what of beta they show.
SHOWS_BETA: dict[str, str] = {
    "/performance/": "the figures of every department, beta's row with beta's numbers",
    "/readyz": "measures the whole installation, and names nobody's rows",
}
# What lists are asked; by two, as the answer does not follow from the post alone.
QUESTIONS = ("?q=well", "?q=beta", "?page=2", "?ordering=received_at", "?stage=content", "?format=csv", "?lang=ur")
ASKING = ("officer", "head")
# What differs between two answers to the same question: tokens against forgery, and the nonce of a policy.
PASSING = re.compile(
    rb'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|name="(?:started|sealed|token)" value="[^"]*"'
    rb"|[A-Z2-7]{32}|data:image/svg\+xml;base64,[^\"]*"
)

Answers = dict[str, Any]


def recorded(scene: Scene) -> Answers:
    """Return every answer to alpha's people and the public, by who asked for what."""
    answers: Answers = {}
    for route in ROUTES:
        if route.pattern in SHOWS_BETA:
            continue
        for role in ("anonymous", *OF_ALPHA):
            for question in ("", *(QUESTIONS if role in ASKING and not route.pattern.startswith("/accounts/") else ())):
                cache.clear()
                response = scene.ask(role, "GET", scene.address(route) + question)
                headers = {name: response.headers.get(name) for name in ("Location", "Content-Type", "Cache-Control")}
                body = PASSING.sub(b"", b"".join(response) if response.streaming else response.content)
                answers[f"{role} {route.pattern}{question}"] = (response.status_code, headers, body)
    return answers


def disturb(beta: World) -> None:
    """Do in beta whatever can be done: file, answer, ask, conclude, object, rate, miss dates, take on people."""
    at = NOW - timedelta(minutes=30)
    waiting = filed(beta, at=NOW - timedelta(days=60), text="The well of beta is dry again.", reach=BY_MAIL)
    routing.accept(waiting, by=beta.officer, at=at)
    drafting.draft(waiting, by=beta.officer, at=at, text="A team of beta comes.")
    drafting.approve(waiting, by=beta.approver, at=at)
    drafting.send(waiting, by=beta.officer, at=at)
    asked = filed(beta, at=at, name="Zainab of beta", place="Beta town")
    routing.accept(asked, by=beta.officer, at=at)
    correspondence.ask(asked, by=beta.officer, at=at, text="Which well of beta?")
    closing.conclude(waiting, by=beta.officer, at=at, outcome=Outcome.GRANTED)
    closing.hand_over(waiting, by=beta.officer, at=at)
    closing.confirm(waiting, by=Voice.CITIZEN, at=at)
    closing.rate(waiting, by=Voice.CITIZEN, at=at, stars=5)
    for bring in BRING.values():
        bring(beta, text="Many more wells of beta.")
    sweep(at=NOW)
    newcomer = make_official("beta.newcomer", Role.OFFICER, beta.department)
    appoint(newcomer, Role.MONITOR, department=beta.department, by=beta.centre, at=NOW)
    Appointment.objects.filter(user=beta.auditor).update(until=NOW)


def differences(before: Answers, after: Answers) -> list[str]:
    return [asked for asked, answer in before.items() if answer != after[asked]]


def test_nothing_in_beta_changes_a_byte(scene: Scene) -> None:
    sweep(at=NOW)  # it runs for all departments at once, and flags what alpha itself has missed
    before = recorded(scene)
    assert differences(before, recorded(scene)) == [], "differs by itself: PASSING must know what passes"
    with undone():
        disturb(scene.beta)
        assert differences(before, recorded(scene)) == []


def test_the_disturbance_is_seen_in_beta(scene: Scene) -> None:
    count = Complaint.objects.filter(department=scene.beta.department).count()
    with undone():
        disturb(scene.beta)
        assert Complaint.objects.filter(department=scene.beta.department).count() > count + 5


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_betas_looks_like_what_does_not_exist(scene: Scene, method: str) -> None:
    theirs = Complaint.objects.filter(department=scene.beta.department).first()
    assert theirs is not None
    real, unknown = theirs.reference, _unused(theirs.reference)
    for route in [route for route in ROUTES if "reference" in route.parameters]:
        said: dict[str, list[Any]] = {role: [] for role in ("anonymous", *OF_ALPHA)}
        for role, reference in ((role, reference) for role in said for reference in (real, unknown)):
            address = route.address({**arguments_of(scene.alpha, theirs), "reference": reference})
            response = scene.ask(role, method, address)
            body = PASSING.sub(b"", response.content).replace(reference.encode(), b"")
            said[role].append((response.status_code, body))
        for role, (of_theirs, of_nothing) in said.items():
            assert of_theirs == of_nothing, f"{method} {route.pattern} as {role}"
            assert of_theirs[0] not in (200, 500), f"{method} {route.pattern} as {role}"


def _unused(reference: str) -> str:
    """Return a reference of the same form that nobody was given."""
    return reference.translate(str.maketrans("0123456789", "1234567890"))


def test_now_is_the_scenes_now(scene: Scene) -> None:
    assert timezone.now() == NOW
