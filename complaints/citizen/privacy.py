"""What the citizen's pages have in common: nobody signs in, nothing is kept by browser or proxy, and who asks."""

from collections.abc import Callable
from functools import wraps
from ipaddress import IPv6Address, ip_address
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.debug import sensitive_post_parameters

View = Callable[..., HttpResponseBase]
# A network that one household or office has; its holder can choose any address in it.
_HOUSEHOLD_BITS = 64


def for_citizens(view: View) -> View:
    """Let everybody in, and mark the answer `no-store, private`: it shows what one person typed or was told."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store, private"
        return response

    return login_not_required(sensitive_post_parameters()(shown))


def client_of(request: HttpRequest) -> str:
    """Return the network address that a request came from; behind our proxy it is the one that the proxy saw."""
    seen = str(request.META.get("REMOTE_ADDR", ""))
    if settings.SECURE_PROXY_SSL_HEADER is not None:
        seen = str(request.META.get("HTTP_X_FORWARDED_FOR", seen)).rpartition(",")[2].strip()
    try:
        address = ip_address(seen)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(int(address) >> _HOUSEHOLD_BITS)
    return str(address)


def holder_of(request: HttpRequest) -> int | None:
    """Return who is signed in (primary key): what one person typed is nothing for the next one at this computer."""
    return request.user.pk if request.user.is_authenticated else None
