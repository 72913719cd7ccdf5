"""All routes of the site, walked from the resolver, and the arguments with which each is asked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import ModelAdmin
from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# The models of Django's admin by who may do what with them; each group has one set of rows.
ADMIN_GROUPS = {"auth": "<groups>", "complaints": "<cases>", "departments": "<reference>", "messaging": "<transport>"}
ADMIN_ALONE = {"apitoken": "<tokens>"}
ADMIN_MODEL = re.compile(r"/admin/(auth|complaints|departments|messaging)/(\w+)/")


@dataclass(frozen=True)
class Route:
    """`pattern` is the whole address with its parameters, as the URL files write it."""

    pattern: str
    callback: Any

    @property
    def row(self) -> str:
        """The pattern of the matrix' rows for it: pages of the admin share those of their group."""
        return ADMIN_MODEL.sub(
            lambda found: f"/admin/{ADMIN_ALONE.get(found[2], ADMIN_GROUPS[found[1]])}/", self.pattern
        )

    @property
    def model(self) -> Any:
        """The model that an admin page is about; nothing elsewhere."""
        # An admin's own pages know their admin only as the object that the method below all decorators is bound to.
        view = self.callback
        while view is not None:
            admin = getattr(view, "model_admin", None) or getattr(view, "__self__", None)
            if isinstance(admin, ModelAdmin):
                return admin.model
            view = getattr(view, "__wrapped__", None)
        return None

    @property
    def parameters(self) -> list[str]:
        """The names of the parameters in the pattern."""
        return re.findall(r"<(?:\w+:)?(\w+)>", self.pattern)

    def address(self, arguments: dict[str, Any]) -> str:
        """Return the pattern filled in; raise KeyError for a parameter that nobody gave an example of."""
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(arguments[found[1]]), self.pattern)


def routes() -> list[Route]:
    """Return every route once; two names of one address are one route."""
    found: dict[str, Route] = {}
    for route in _walk(get_resolver().url_patterns, "/"):
        found.setdefault(route.pattern, route)
    return [found[pattern] for pattern in sorted(found)]


def _walk(patterns: list[Any], before: str) -> Iterator[Route]:
    for pattern in patterns:
        whole = before + _plain(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, whole)
        elif isinstance(pattern, URLPattern):
            yield Route(whole, pattern.callback)


def _plain(pattern: str) -> str:
    """Write a regular expression as a path would be written."""
    named = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", pattern)
    return re.sub(r"^\^|\\Z$|\$$|/\?$", "", named).replace("\\.", ".").replace("\\-", "-")
