"""Every page that can be opened by its address, looked over by axe and for its width in both languages; and a query
filed by keyboard alone, with the focus always to be seen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone

from complaints.models import Complaint
from complaints.stages import Position
from departments.models import User
from tests import lives
from tests.browser import DESK, PHONE, Opener, Visitor
from tests.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.one_database]
PUBLIC = ("/", "/offices/", "/complain/", "/track/", "/performance/", "/performance/alpha/", "/accounts/sign-in/",
          "/performance/methods/", "/performance/alpha/trends/", "/performance/all/survey-figures/",
          "/performance/all/question-4/", "/performance/all/claims/", "/performance/all/comparison/")  # fmt: skip
OFFICIAL = ("/desk/", "/desk/?queue=department", "/desk/notices/")
ACCOUNT = ("/accounts/second-factor/", "/accounts/second-factor/app/", "/accounts/password/")
PASSWORD = "a-long-enough-pass-phrase"
NOWHERE = "/no-such-page/"
MOST_STOPS = 60
# How the focus looks: on the element itself, or, where a drawn box stands for it, on that of its label.
FOCUS_IS_SEEN = """() => {
    const element = document.activeElement, label = element.nextElementSibling
    const look = () => [[element, null], ...(label ? [[label, "::before"]] : [])].map(([one, part]) => {
        const style = getComputedStyle(one, part)
        return [style.outline, style.boxShadow, style.backgroundColor, style.borderColor].join()
    }).join()
    const focused = look()
    element.blur()
    const left = look()
    element.focus()
    return focused !== left
}"""


class Round:
    """One language's way through the pages; `faults` are all that was found, in axe's words."""

    def __init__(self, visit: Opener, language: str) -> None:
        self._visit, self._language = visit, language
        self.moves: set[str] = set()
        self.faults: list[str] = []

    @contextmanager
    def of(self, user: User | None = None) -> Iterator[Visitor]:
        with self._visit(user, language=self._language) as visitor:
            yield visitor
            self.faults += visitor.troubles
            visitor.troubles.clear()

    def look_over(self, visitor: Visitor, path: str, status: int = 200) -> None:
        """Open the page wide for axe, then measure it wide and narrow."""
        answer = visitor.page.goto(f"{visitor.origin}{path}")
        assert answer is not None
        if answer.status != status:
            self.faults.append(f"{path} answered {answer.status}")
        self._note(visitor.check_accessibility)
        self._note(visitor.check_width)
        visitor.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        self._note(visitor.check_width)
        if visitor.page.locator(".jawab-stack__nil:visible").count():
            self.faults.append(f"{path} stacks cells that say nothing")
        visitor.page.set_viewport_size(DESK)  # type: ignore[arg-type]

    def look_over_query(self, visitor: Visitor, complaint: Complaint) -> None:
        """The query's page, and the form of each move on it that was not looked over before."""
        here = f"/desk/{complaint.reference}/"
        self.look_over(visitor, here)
        found = visitor.page.locator(f"main a[href^='{here}']")
        links = found.evaluate_all("found => found.map(link => link.getAttribute('href'))")
        for path in sorted(set(links)):
            move = path.removeprefix(here)
            if move and move not in self.moves:
                self.moves.add(move)
                self.look_over(visitor, path)

    def _note(self, check: Callable[[], None]) -> None:
        try:
            check()
        except AssertionError as fault:
            self.faults.append(str(fault))


@pytest.mark.parametrize("language", ["en", "ur"])
def test_everybodys_pages(visit: Opener, world: World, language: str) -> None:
    lives.ended(world)
    way = Round(visit, language)
    with way.of() as anybody:
        for path in PUBLIC:
            way.look_over(anybody, path)
        way.look_over(anybody, NOWHERE, 404)
        anybody.troubles[:] = [trouble for trouble in anybody.troubles if NOWHERE not in trouble]
    assert not way.faults, "\n".join(way.faults)


@pytest.mark.parametrize("language", ["en", "ur"])
def test_officials_pages(visit: Opener, world: World, language: str) -> None:
    queries = {position: bring(world) for position, bring in lives.BRING.items()}
    # One whose clocks still run, and one whose are paused.
    fresh, paused = lives.filed(world, at=timezone.now() - timedelta(minutes=5)), lives.asked(world)
    way = Round(visit, language)
    world.officer.set_password(PASSWORD)
    world.officer.save()
    with way.of() as officer:
        # Signed in just now by password, as the pages of the account ask for it again otherwise.
        officer.go("/accounts/sign-in/")
        officer.page.fill("input[name=username]", world.officer.username)
        officer.page.fill("input[name=password]", PASSWORD)
        officer.page.press("input[name=password]", "Enter")
        officer.page.wait_for_url("**/desk/")
        for path in (*OFFICIAL, *ACCOUNT):
            way.look_over(officer, path)
        for query in (*queries.values(), paused):
            way.look_over_query(officer, query)
    with way.of(world.approver) as approver:
        way.look_over_query(approver, queries[Position.CONTENT])
    with way.of(world.monitor) as monitor:
        way.look_over_query(monitor, queries[Position.MONITORING])
    with way.of(world.intake) as intake:
        way.look_over(intake, "/desk/new/")
        way.look_over_query(intake, fresh)
    with way.of(world.administrator) as administrator:
        for path in ("/dashboard/", "/dashboard/alpha/", "/dashboard/alpha/trends/"):
            way.look_over(administrator, path)
    assert not way.faults, "\n".join(way.faults)
    assert {"draft/", "conclude/", "route/", "sign_off/"} <= way.moves


class Keys:
    """A person without a mouse."""

    def __init__(self, visitor: Visitor) -> None:
        self._page = visitor.page
        self.unseen: list[str] = []

    def go_to(self, selector: str) -> None:
        """Press Tab until it has the focus; each stop on the way must show that it has it."""
        for _stop in range(MOST_STOPS):
            self._page.keyboard.press("Tab")
            if self._page.evaluate("document.activeElement === document.body"):
                continue
            if not self._page.evaluate(FOCUS_IS_SEEN):
                stop = self._page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
                self.unseen.append(f"{self._page.url}: {stop}")
            if self._page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        pytest.fail(f"{self._page.url}: Tab never comes to {selector}")

    def choose(self, name: str, value: str) -> None:
        self.go_to(f"input[type=radio][name={name}]")
        self._page.keyboard.press("Space")
        for _step in range(self._page.locator(f"input[name={name}]").count()):
            if self._page.evaluate("document.activeElement.value") == value:
                break
            self._page.keyboard.press("ArrowDown")
        assert self._page.is_checked(f"input[name={name}][value='{value}']")

    def write(self, selector: str, text: str) -> None:
        self.go_to(selector)
        self._page.keyboard.type(text)

    def onward(self) -> None:
        self.go_to("main form button.govuk-button:not(.govuk-button--secondary)")
        with self._page.expect_navigation():
            self._page.keyboard.press("Enter")


def test_a_query_is_filed_without_a_mouse(visit: Opener, world: World) -> None:
    with visit() as citizen:
        citizen.go("/complain/")
        keys = Keys(citizen)
        keys.choose("reason", "complaint")
        keys.onward()
        keys.choose("topic", str(world.categories["complaint"].pk))
        keys.onward()
        keys.write("textarea[name=text]", "The well is dry.")
        keys.write("input[name=place]", "Multan")
        keys.onward()
        keys.choose("anonymity", "named")
        keys.write("input[name=name]", "Ali")
        keys.onward()
        keys.choose("reach", "none")
        keys.onward()
        keys.onward()
        reference = citizen.page.inner_text("#reference").strip()
        citizen.check_accessibility()
    assert keys.unseen == []
    assert (Complaint.objects.get().reference, Complaint.objects.get().text) == (reference, "The well is dry.")
