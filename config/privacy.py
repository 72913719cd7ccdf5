"""Which answers no browser and no proxy may keep: everything that a signed-in person sees."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class NothingStored:
    """Marks each answer to a signed-in person `no-store, private`, whatever the view said: also a public page names
    him in its head."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers["Cache-Control"] = "no-store, private"
        return response
