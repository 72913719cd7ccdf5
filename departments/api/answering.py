"""How the API answers: never kept by a proxy, and every no in one shape, with the sentence of the verb that said it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from departments.errors import Invalid, NotAllowed, NotReady, Refused, Stale

# NotReady and Stale both conflict with how things stand; the code tells them apart.
_STATUS: dict[type[Refused], tuple[int, str]] = {
    NotAllowed: (status.HTTP_403_FORBIDDEN, "not_allowed"),
    NotReady: (status.HTTP_409_CONFLICT, "not_ready"),
    Stale: (status.HTTP_409_CONFLICT, "stale"),
    Invalid: (status.HTTP_400_BAD_REQUEST, "invalid"),
}


class Problem(serializers.Serializer):
    """Every answer from 400 on. `fields` names what was wrong in the request, where it was a field."""

    code = serializers.CharField()
    detail = serializers.CharField()
    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment]


class ApiView(GenericAPIView):
    """What all endpoints share."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Mark the answer: no browser and no proxy may keep it."""
        answered = super().finalize_response(request, response, *args, **kwargs)
        answered.headers["Cache-Control"] = "no-store, private"
        return answered


@extend_schema(exclude=True)
class NoSuchEndpoint(ApiView):
    """Every other address under the API, for every method."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    serializer_class = Problem

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Nothing is here."""
        raise exceptions.NotFound


def refusal(wrong: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer for what a view raised; None (Django's own) for what is no refusal."""
    if isinstance(wrong, Refused):
        set_rollback()
        code, name = next(known for kind, known in _STATUS.items() if isinstance(wrong, kind))
        fields = {wrong.field: [wrong.sentence]} if isinstance(wrong, Invalid) and wrong.field else {}
        return Response({"code": name, "detail": wrong.sentence, "fields": fields}, status=code)
    if isinstance(wrong, Http404):
        wrong = exceptions.NotFound()
    elif isinstance(wrong, PermissionDenied):
        wrong = exceptions.PermissionDenied()
    if not isinstance(wrong, exceptions.APIException):
        return None
    set_rollback()
    return Response(_problem(wrong), status=wrong.status_code, headers=_headers(wrong))


def _problem(wrong: exceptions.APIException) -> dict[str, Any]:
    if isinstance(wrong, exceptions.ValidationError):
        return {"code": "invalid", "detail": "Look at the fields again.", "fields": _flat(wrong.detail)}
    code = wrong.get_codes()
    return {"code": code if isinstance(code, str) else "error", "detail": str(wrong.detail), "fields": {}}


def _flat(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """Return nested errors as one level: {"contact.kind": ["…"]}."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for name, inner in detail.items():
            found.update(_flat(inner, f"{prefix}.{name}" if prefix else str(name)))
        return found
    return {prefix: [str(each) for each in (detail if isinstance(detail, list) else [detail])]}


def _headers(wrong: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if getattr(wrong, "auth_header", None):
        headers["WWW-Authenticate"] = str(wrong.auth_header)  # type: ignore[attr-defined]
    if getattr(wrong, "wait", None):
        headers["Retry-After"] = str(int(wrong.wait))  # type: ignore[attr-defined]
    return headers
