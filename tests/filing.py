"""A citizen's way through the pages at /complain/, as a browser goes it."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from tests.world import World

WORDS = "The well is dry since March.\nNobody came."
PLACE = "Chak 12, Kasur"


def send(browser: Client, page: str, answers: dict[str, str] | None = None, **more: str) -> Any:
    """Answer one page and follow to the next."""
    return browser.post(reverse(page), {**(answers or {}), **more}, follow=True)


def answered(browser: Client, world: World, **changes: str) -> Any:
    """Go through all pages to the last one before filing."""
    given = {
        "reason": "complaint",
        "topic": str(world.categories["complaint"].pk),
        "text": WORDS,
        "place": PLACE,
        "anonymity": "named",
        "name": "Rashida Bibi",
        "reach": "email",
        "address": "rashida@example.pk",
        **changes,
    }
    send(browser, "complain", {"reason": given["reason"]})
    send(browser, "complain_topic", {"topic": given["topic"]})
    if given["topic"] == "none":
        send(browser, "complain_office", {"office": str(world.department.pk)})
    send(browser, "complain_words", {"text": given["text"], "place": given["place"]})
    last = send(browser, "complain_name", {"anonymity": given["anonymity"], "name": given["name"]})
    if given["anonymity"] != "unknown":
        last = send(browser, "complain_reach", {"reach": given["reach"]})
        if given["reach"] != "none":
            last = send(browser, "complain_address", {"address": given["address"]})
    return last


def seal(page: Any) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page.content.decode())
    assert found is not None, "not on the page where answers are checked"
    return found[1]


def sent(browser: Client, world: World, **changes: str) -> Any:
    check = answered(browser, world, **changes)
    return browser.post(reverse("complain_check"), {"seen": seal(check)}, follow=True)


def code_on(page: Any) -> str:
    found = re.search(r'id="code"[^>]*>([^<]+)<', page.content.decode())
    assert found is not None
    return found[1]


class Counter:
    """Counts statements but those that open and close transactions."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += "SAVEPOINT" not in sql
        return execute(sql, params, many, context)
