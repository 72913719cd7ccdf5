"""In which encoding requests are read: UTF-8, whatever they claim.

Our pages are UTF-8, so browsers send nothing else. Django follows a `charset` in the request to any codec that Python
has, also to those that are no text (zlib, hex), while it makes the request: a 500 before any middleware could help.
"""

from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.utils.http import parse_header_parameters


class _Utf8:
    content_type: str | None
    content_params: dict[str, str] | None

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        """Read the content type as Django does, and leave the encoding as it is."""
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


class Utf8WsgiRequest(_Utf8, WSGIRequest):
    """A request of gunicorn or of Django's own server."""


class Utf8AsgiRequest(_Utf8, ASGIRequest):
    """A request of an ASGI server."""
