"""A real Chromium against the running site: nothing outside the site may be asked for, and no page may break a rule
of its content security policy."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, Page, Route, sync_playwright

from departments.models import User

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

Opener = Callable[..., AbstractContextManager["Visitor"]]


@dataclass(frozen=True)
class Visitor:
    """One person's browser; `troubles` is what went wrong in it (foreign requests, errors of script or policy)."""

    page: Page
    origin: str
    troubles: list[str]
    runs_scripts: bool

    def go(self, path: str) -> None:
        answer = self.page.goto(f"{self.origin}{path}")
        assert answer is not None
        assert answer.ok, f"{path} answered {answer.status}"

    def check_accessibility(self) -> None:
        """Fail with axe's own words where the page in view breaks a rule of WCAG. Axe is a script itself: where the
        browser runs none, the same page was looked over in one that does."""
        if not self.runs_scripts:
            return
        found = Axe().run(self.page)
        assert found.violations_count == 0, f"{self.page.url}: {found.generate_report()}"

    def check_width(self) -> None:
        """Fail where the page must be scrolled sideways."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{self.page.url} is {wide} px too wide"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium, started once; skips where it is not installed (script/test says so)."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    # Playwright's own loop makes Django think that it is called from asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()
        # Those of the loop, of which Django knows nothing any more when it drops the databases.
        connections.close_all()


@pytest.fixture
def visit(chromium: Browser, live_server: Any) -> Opener:
    """Return what opens a browser of its own: `with visit(user, language="ur", size=PHONE) as someone`."""

    @contextmanager
    def open_browser(
        user: User | None = None, *, language: str = "en", size: dict[str, int] | None = None, **options: Any
    ) -> Iterator[Visitor]:
        context = chromium.new_context(viewport=size or DESK, base_url=live_server.url, **options)  # type: ignore[arg-type]
        cookies = [{"name": "django_language", "value": language, "url": live_server.url}]
        if user is not None:
            client = Client()
            client.force_login(user)
            cookies.append({"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url})
        context.add_cookies(cookies)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        page = context.new_page()
        visitor = Visitor(page, live_server.url, [], options.get("java_script_enabled", True))
        _watch(visitor)
        yield visitor
        assert visitor.troubles == []
        context.close()

    return open_browser


def _watch(visitor: Visitor) -> None:
    def only_ours(route: Route) -> None:
        if route.request.url.startswith((visitor.origin, "data:", "about:")):
            route.continue_()
            return
        visitor.troubles.append(f"asked for {route.request.url}")
        route.abort()

    visitor.page.route("**/*", only_ours)
    visitor.page.on("pageerror", lambda error: visitor.troubles.append(f"{visitor.page.url}: {error}"))
    visitor.page.on(
        "console",
        lambda said: visitor.troubles.append(f"{visitor.page.url}: {said.text}") if said.type == "error" else None,
    )
