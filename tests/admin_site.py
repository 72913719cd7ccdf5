"""A browser for the admin site, without a browser: pages as a form reads them, actions as it posts them."""

from html.parser import HTMLParser
from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from departments.models import (
    User,
)


def staff_rights(*users: User) -> None:
    """Let them into the admin site with every permission on this room's models, but not make them superusers."""
    for user in users:
        User.objects.filter(pk=user.pk).update(is_staff=True)
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="departments"))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(model: type, kind: str, *args: Any) -> str:
    return reverse(f"admin:departments_{model.__name__.lower()}_{kind}", args=args)


def run(client: Client, model: type, action: str, rows: Any, **also: Any) -> Any:
    posted = {"action": action, "_selected_action": [row.pk for row in rows], **also}
    return client.post(page(model, "changelist"), posted, follow=True)


def said(response: Any) -> str:
    return " ".join(str(message) for message in response.context["messages"])


class Browser(HTMLParser):
    """Collects what a browser would send back from the fields of a page that nobody has touched."""

    def __init__(self) -> None:
        super().__init__()
        self.posted: dict[str, Any] = {}
        self.select = ""
        self.textarea = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        name = given.get("name") or ""
        if tag == "select":
            self.select = name
            self.posted.setdefault(name, "")
        elif tag == "textarea":
            self.textarea = name
            self.posted[name] = ""
        elif tag == "option" and "selected" in given:
            self.posted[self.select] = given.get("value") or ""
        elif tag == "input" and given.get("type") in ("checkbox", "radio"):
            if "checked" in given:
                self.posted[name] = given.get("value") or "on"
        elif tag == "input" and name and given.get("type") != "submit":
            self.posted[name] = given.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.posted[self.textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.textarea = ""


def as_posted(response: Any) -> dict[str, Any]:
    """Return what a browser would send back from an admin page that nobody has touched."""
    browser = Browser()
    browser.feed(response.content.decode())
    return browser.posted


# --- pages ---
