"""Which language a page speaks: the one asked for by `?lang=`, else the one kept in the cookie, else the browser's."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

PARAMETER = "lang"


def is_offered(language: str) -> bool:
    """Whether Jawab speaks `language` (a code of settings.LANGUAGES; Django itself would accept many more)."""
    return language in dict(settings.LANGUAGES)


class ChosenLanguage:
    """Activates the reader's language for the request, and keeps one that is chosen by `?lang=` in the cookie."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET.get(PARAMETER, "")
        chosen = asked if is_offered(asked) else ""
        translation.activate(chosen or translation.get_language_from_request(request))
        request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        response = self.get_response(request)
        if chosen:
            keep(response, chosen)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


@login_not_required
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """The switch on every page: keeps `language` and goes back to `next`, if that is a page of ours."""
    response = HttpResponseRedirect(_back_to(request))
    language = request.POST.get("language", "")
    if is_offered(language):
        keep(response, language)
    return response


def keep(response: HttpResponse, language: str) -> None:
    """Set the cookie by which the next request is answered in `language`."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _back_to(request: HttpRequest) -> str:
    """Return the page to go back to, without a `?lang=` that would undo the choice."""
    page = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    parts = urlsplit(page)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != PARAMETER]
    return urlunsplit(("", "", parts.path or "/", urlencode(query), ""))
