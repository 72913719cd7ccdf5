"""Two worlds: whatever happens in department beta, nothing that alpha's officials, alpha's citizen or the public see
changes by a byte; and what is beta's looks to them like what does not exist."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from complaints import closing, correspondence, drafting, routing, triage, visibility
from complaints.actors import Voice
from complaints.models import Complaint
from complaints.outcomes import Outcome
from complaints.sweep import sweep
from complaints.triage import Queue
from departments.administration import appoint
from departments.models import Appointment
from departments.roles import Role, Scope
from engagement.dashboard.contents import ALL, REPORTS
from engagement.dashboard.exhibits import Audience, Span
from tests.access.people import NOW, Scene, arguments_of, undone
from tests.access.routes import routes
from tests.lives import BRING, BY_MAIL, filed
from tests.world import World, make_official

pytestmark = pytest.mark.django_db
ROUTES = [route for route in routes() if not route.pattern.startswith("/admin/")]
OF_ALPHA = ("citizen", "intake", "officer", "approver", "monitor", "head", "administrator", "auditor", "former")
# Addresses that exist to show all departments side by side; the reason is what of beta they show.
SHOWS_BETA: dict[str, str] = {
    "/performance/": "sets the public figures of all departments side by side, on purpose",
    "/readyz": "measures the whole installation, and names nobody's rows",
}
# What lists are asked; by two, as the answer does not follow from the post alone. Figures read none of it.
QUESTIONS = (
    *(f"?queue={queue}" for queue in Queue),
    "?q=beta",
    "?queue=department&stage=content&standing=overdue",
    "?format=csv&lang=ur",
)
OF_FIGURES = ("?quarter=2026Q1&lang=ur",)
ASKING = ("officer", "head")
# What differs between two answers to the same question: tokens against forgery, and the nonce of a policy.
PASSING = re.compile(
    rb'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|name="(?:started|sealed|token)" value="[^"]*"'
    rb"|[A-Z2-7]{32}|data:image/svg\+xml;base64,[^\"]*"
)

Answers = dict[str, Any]


def recorded(scene: Scene, roles: tuple[str, ...]) -> Answers:
    """Return every answer to `roles`, by who asked for what; where there is a page it is asked its questions too."""
    answers: Answers = {}
    for route in ROUTES:
        if route.pattern in SHOWS_BETA or answer(scene, "officer", scene.address(route))[0] == 405:
            continue
        for role in roles:
            plain = answers[f"{role} {route.pattern}"] = answer(scene, role, scene.address(route))
            if role in ASKING and plain[0] == 200:
                for question in questions_to(route.pattern):
                    asked = f"{role} {route.pattern}{question}"
                    answers[asked] = answer(scene, role, scene.address(route) + question)
    return answers


def questions_to(pattern: str) -> tuple[str, ...]:
    if pattern.startswith("/accounts/"):
        return ()
    return OF_FIGURES if pattern.startswith(("/dashboard/", "/performance/")) else QUESTIONS


def answer(scene: Scene, role: str, address: str) -> tuple[int, dict[str, Any], bytes]:
    """Return what `role` gets, without what differs each time."""
    cache.clear()
    response = scene.ask(role, "GET", address)
    headers = {name: response.headers.get(name) for name in ("Location", "Content-Type", "Cache-Control")}
    body = b"".join(response) if response.streaming else response.content
    return response.status_code, headers, PASSING.sub(b"", body)


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


def test_a_leak_would_be_seen(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = Scope(everything=True, departments=frozenset(), sections=frozenset())
    for module in (visibility, triage):
        monkeypatch.setattr(module, "scope_of", lambda *asked: everything)
    before = answer(scene, "officer", "/desk/?queue=all")
    with undone():
        disturb(scene.beta)
        assert answer(scene, "officer", "/desk/?queue=all") != before


# What of all departments together an official of alpha may ask for is of alpha alone, or not theirs to see: what sets
# departments side by side is for the centre, and signs of gaming are for who watches over the department.
READING = (*ASKING, "auditor")
OPEN = {
    f"{role} /dashboard/{ALL}/{report.slug}/{asked}"
    for role in READING
    for report in REPORTS
    for asked in ("", "?quarter=2026Q1")
    if report.span is Span.EITHER and (report.audience is not Audience.REVIEWERS or role == "auditor")
}
OF_ALL = [
    *(f"/dashboard/{ALL}/{report.slug}/" for report in REPORTS),
    *(f"/dashboard/{ALL}/{report.slug}/?quarter=2026Q1" for report in REPORTS),
    *(f"/dashboard/{ALL}/{report.slug}/answers.csv" for report in REPORTS),
    "/dashboard/beta/trends/",
    "/dashboard/beta/trends/answers.xlsx",
]


def test_nothing_in_beta_changes_a_report_of_alpha(scene: Scene) -> None:
    def asked() -> Answers:
        ours = [f"/dashboard/alpha/trends/answers.{kind}?quarter=2026Q1" for kind in ("csv", "svg")]
        return {f"{role} {path}": answer(scene, role, path) for role in READING for path in (*OF_ALL, *ours)}

    before = asked()
    assert {status for asked_for, (status, *_rest) in before.items() if "/alpha/" in asked_for} <= {200, 404}
    beyond = {asked_for: answer for asked_for, answer in before.items() if "/alpha/" not in asked_for}
    assert {status for status, *_rest in beyond.values()} == {200, 404}
    assert {asked_for for asked_for, (status, *_rest) in beyond.items() if status == 200} == OPEN
    assert not [asked_for for asked_for in OPEN if b"beta" in beyond[asked_for][-1].lower()]
    with undone():
        disturb(scene.beta)
        assert differences(before, asked()) == []


def differences(before: Answers, after: Answers) -> list[str]:
    return [asked for asked, answer in before.items() if answer != after[asked]]


@pytest.mark.one_database
def test_nothing_in_beta_changes_a_byte(scene: Scene) -> None:
    before = recorded(scene, ("anonymous", *OF_ALPHA))
    assert differences(recorded(scene, ("citizen", "officer")), before) == [], "PASSING must know what passes"
    with undone():
        disturb(scene.beta)
        assert differences(before, recorded(scene, ("anonymous", *OF_ALPHA))) == []


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
