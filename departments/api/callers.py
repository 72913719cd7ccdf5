"""Who calls the API: an official by session or by token, and only while in a post."""

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from departments.models import ApiToken, User
from departments.roles import current
from departments.tokens import opened_by

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which itself reads the setting that names this module

_SCHEME = b"bearer"


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer …`. A token with the scope `read` is refused here for every method that is not safe, so
    that no view can forget it."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the token and its user; None where another kind of credential, or none, was sent."""
        scheme, _, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != _SCHEME:
            return None
        token = opened_by(secret.strip().decode("latin-1"), at=timezone.now())
        if token is None:
            raise AuthenticationFailed("This token opens nothing: it is wrong, expired or revoked.")
        if request.method not in SAFE_METHODS and token.scope != ApiToken.Scope.WRITE:
            raise PermissionDenied("This token is for reading only.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="api"'


class InPost(BasePermission):
    """Whoever is signed in and holds a post now; the visibility of each object is decided apart."""

    message = "You hold no post at this time."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Whether the caller may call the API at all."""
        user = request.user
        if not isinstance(user, User) or not user.is_active:
            return False
        return bool(current(user.appointments.all(), timezone.now()))


def official_calling(request: HttpRequest | Request) -> User:
    """Return the official whom `InPost` let in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
