"""A query's whole life in real Chromium: filed in Urdu on a telephone, answered, disputed, answered again, confirmed,
rated, and seen on the dashboard. Once with scripts, once without; each page is looked over by axe in its language."""

from typing import Any

import pytest

from complaints.models import Complaint, Rating
from complaints.trail import broken_links
from departments.models import User
from tests.browser import PHONE, Opener, Visitor
from tests.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
WORDS = "ہماری گلی میں تین ہفتے سے پانی کھڑا ہے۔"


def choose(visitor: Visitor, name: str, value: str) -> None:
    visitor.page.check(f"input[name={name}][value='{value}']")


def onward(visitor: Visitor) -> None:
    """Press the page's own button, and look the next page over."""
    visitor.page.click("main form button.govuk-button:not(.govuk-button--secondary) >> nth=0")
    visitor.check_accessibility()
    visitor.check_width()


def file(citizen: Visitor, world: World) -> tuple[str, str]:
    """Go through the questions; returns reference and tracking code."""
    citizen.go("/complain/")
    citizen.check_accessibility()
    choose(citizen, "reason", "complaint")
    onward(citizen)
    choose(citizen, "topic", str(world.categories["complaint"].pk))
    onward(citizen)
    citizen.page.fill("textarea[name=text]", WORDS)
    citizen.page.fill("input[name=place]", "ملتان")
    onward(citizen)
    choose(citizen, "anonymity", "named")
    citizen.page.fill("input[name=name]", "علی")
    onward(citizen)
    choose(citizen, "reach", "none")
    onward(citizen)
    assert WORDS in citizen.page.inner_text("main")
    onward(citizen)
    reference, code = citizen.page.inner_text("#reference"), citizen.page.text_content("#code")
    assert code is not None
    return reference.strip(), code.strip()


def follow(citizen: Visitor, reference: str, code: str) -> None:
    citizen.go("/track/")
    citizen.check_accessibility()
    citizen.page.fill("input[name=reference]", reference)
    citizen.page.fill("input[name=code]", code.lower().replace("-", " "))
    onward(citizen)
    assert reference in citizen.page.inner_text("main")


def act(citizen: Visitor, name: str, **fields: str) -> None:
    """Do one of the things that a citizen can do on the page of the query."""
    form = citizen.page.locator(f"form[action='/track/case/{name}/']")
    closed = citizen.page.locator(f"details:not([open]):has(form[action='/track/case/{name}/']) > summary")
    if closed.count():
        closed.click()
    for field, value in fields.items():
        choice = form.locator(f"input[type=radio][name={field}][value='{value}']")
        choice.check() if choice.count() else form.locator(f"[name={field}]").fill(value)
    form.locator("button").click()
    citizen.check_accessibility()
    citizen.check_width()


class Office:
    """Officials at their desks, each in a browser of their own."""

    def __init__(self, visit: Opener, reference: str, **options: Any) -> None:
        self._visit, self._reference, self._options = visit, reference, options

    def move(self, by: User, name: str, **fields: str) -> None:
        """Open the query from the queue's search, take the move that its page offers, and fill in its form."""
        with self._visit(by, **self._options) as official:
            official.go(f"/desk/{self._reference}/")
            official.check_accessibility()
            official.check_width()
            address = f"/desk/{self._reference}/{name}/"
            at_once = official.page.locator(f"form[action='{address}'] button")
            if at_once.count() and not fields:
                at_once.first.click()
            else:
                official.page.click(f"a[href='{address}']")
                official.check_accessibility()
                for field, value in fields.items():
                    self._fill(official, field, value)
                official.page.click(f"form[action='{address}'] button.govuk-button")
            assert official.page.locator(".govuk-error-summary").count() == 0, official.page.inner_text("main")

    def _fill(self, official: Visitor, field: str, value: str) -> None:
        choice = official.page.locator(f"input[type=radio][name={field}][value='{value}']")
        if choice.count():
            choice.check()
        elif official.page.locator(f"select[name={field}]").count():
            official.page.select_option(f"select[name={field}]", value)
        else:
            official.page.fill(f"[name={field}]", value)

    def answer(self, world: World, text: str) -> None:
        """Draft, have it approved by another, send, and state the outcome."""
        self.move(world.officer, "draft", text=text)
        self.move(world.approver, "approve")
        self.move(world.officer, "send")
        self.move(world.officer, "conclude", outcome="granted")


@pytest.mark.parametrize(
    "script",
    [pytest.param(True, id="with scripts"), pytest.param(False, id="without scripts", marks=pytest.mark.one_database)],
)
def test_from_the_first_word_to_the_dashboard(visit: Opener, world: World, script: bool) -> None:
    options = {} if script else {"java_script_enabled": False}
    with visit(language="ur", size=PHONE, **options) as citizen:
        reference, code = file(citizen, world)
        office = Office(visit, reference, **options)
        office.move(world.officer, "accept")
        office.answer(world, "کل عملہ آئے گا۔")
        follow(citizen, reference, code)
        assert "کل عملہ آئے گا۔" in citizen.page.inner_text("main")
        act(citizen, "object", reason="کوئی نہیں آیا۔")
        office.answer(world, "عملہ آج آیا اور پانی نکال دیا۔")
        citizen.go("/track/case/")
        act(citizen, "confirm")
        act(citizen, "rate", stars="4", comment="شکریہ")
    office.move(world.officer, "hand_over")
    office.move(world.monitor, "sign_off")
    with visit(world.administrator, language="ur", **options) as administrator:
        administrator.go("/dashboard/")
        administrator.check_accessibility()
        administrator.check_width()
        shown = administrator.page.inner_text("main")
    assert world.department.name.in_language("ur") in shown
    complaint = Complaint.objects.get()
    assert (complaint.reference, complaint.text, complaint.language) == (reference, WORDS, "ur")
    assert complaint.closures.count() == 2
    assert Rating.objects.get().stars == 4
    assert not complaint.entries.filter(left_at__isnull=True).exists()
    assert list(broken_links()) == []
