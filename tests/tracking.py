"""A citizen's browser at /track/: it opens a query, reads it, and acts on it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from complaints.models import Complaint
from complaints.references import code_hmac, tracking_code
from complaints.stages import MOVES
from tests.lives import minute

NOW = minute(100)


def movable_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """The edges' clock stands where the lives end; call it to move it."""

    def move(to: Any) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: to)

    move(NOW)
    return move


def code_of(complaint: Complaint) -> str:
    """Give the complaint a code that the test knows."""
    code = tracking_code(settings.TRACKING_KEY, f"test {complaint.pk}")
    Complaint.objects.filter(pk=complaint.pk).update(code_hmac=code_hmac(settings.TRACKING_KEY, code))
    return code


def opened(complaint: Complaint, browser: Client | None = None) -> Client:
    browser = browser or Client()
    answer = browser.post(reverse("track"), {"reference": complaint.reference, "code": code_of(complaint)})
    assert answer.headers.get("Location") == reverse("track_case")
    return browser


def shown(browser: Client, language: str = "en") -> str:
    return browser.get(reverse("track_case"), {"lang": language}).content.decode()


def hidden(body: str, act: str) -> dict[str, str]:
    """Return the hidden fields of an act's form."""
    form = body.split(f'action="{reverse("track_act", args=[act])}"')[1].split("</form>")[0]
    return dict(re.findall(r'type="hidden" name="(reference|seen)" value="([^"]*)"', form))


def act(browser: Client, name: str, body: str | None = None, **answers: Any) -> Any:
    page = body if body is not None else shown(browser)
    return browser.post(reverse("track_act", args=[name]), {**hidden(page, name), **answers}, follow=True)


def offers(body: str) -> set[str]:
    return {name for name in MOVES if f'action="{reverse("track_act", args=[name])}"' in body}
