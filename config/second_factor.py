"""The second factor: an app on the telephone or a passkey, with recovery codes. Production lets nobody work without;
elsewhere it is offered."""

import base64
import hashlib
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _

from config.signing_in import Doorkeeper
from departments.models import User

PRIMARY = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
# What a person may open who has given no second factor in this session, by the names of the routes.
ALWAYS = frozenset({"sign_out", "account_logout", "choose_language"})
TO_CONFIRM = ALWAYS | {"mfa_reauthenticate", "mfa_reauthenticate_webauthn"}
TO_SET_UP = ALWAYS | {"mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate"}


class SecondFactor:
    """Middleware: in production a session without a second factor opens only the pages that mend this.

    What counts is what this session has shown, not what the account has: a session that began with a password alone
    stays outside when its owner sets up the second factor elsewhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        """Return nothing to go on; else send to the page that is missing, or refuse what is no page."""
        if not settings.PRODUCTION or not request.user.is_authenticated or was_shown(request):
            return None
        has_one = is_mfa_enabled(request.user, PRIMARY)
        match = request.resolver_match
        if match is not None and match.url_name in (TO_CONFIRM if has_one else TO_SET_UP):
            return None
        if request.method not in ("GET", "HEAD") or request.path.startswith("/api/"):
            raise PermissionDenied
        if not has_one:
            return HttpResponseRedirect(reverse("mfa_index"))
        ways = [way["url"] for way in get_adapter().get_reauthentication_methods(request.user) if "mfa" in way["id"]]
        return HttpResponseRedirect(f"{ways[0]}?{urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})}")


def was_shown(request: HttpRequest) -> bool:
    """Whether this session has shown a second factor."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


class Guard(Doorkeeper):
    """Asks for the password again before an account's protection changes, except just after signing in."""

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whether the person must show again who he is."""
        records = get_authentication_records(self.request, self.request.user)
        fresh = bool(records) and time.time() - records[-1]["at"] < REAUTHENTICATION_TIMEOUT
        return not fresh and super().is_reauthentication_required(app=app, **kwargs)


class Locksmith(DefaultMFAAdapter):
    """How second factors are kept: their secrets only encrypted, so that a copy of the database opens nothing."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": Doorkeeper.error_messages["incorrect_code"],
        "cannot_delete_authenticator": _("Set up another way first: nobody works here without a second factor."),
        "cannot_generate_recovery_codes": _("Set up an app or a passkey first."),
    }

    def encrypt(self, text: str) -> str:
        """Return `text` sealed under the site's key."""
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return what was sealed by `encrypt`; raise cryptography's InvalidToken under another key."""
        return _seal().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whether it may go: in production not the last one."""
        others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=PRIMARY)
        return not settings.PRODUCTION or others.exclude(pk=authenticator.pk).exists()

    def get_totp_label(self, user: User) -> str:
        """Return the name under which the app lists the account."""
        return user.get_username()

    def _get_site_name(self) -> str:
        return str(_("Jawab"))


class SetUpApp(ActivateTOTPView):
    """Shows a new secret as picture and text; a code from the app proves that it arrived there."""

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        _now_shown(self.request, Authenticator.Type.TOTP)
        return response


class AddPasskey(AddWebAuthnView):
    """A key kept by the telephone, the computer or a stick; needs JavaScript, as browsers offer it no other way."""

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        _now_shown(self.request, Authenticator.Type.WEBAUTHN)
        return response


class RemovePasskey(RemoveWebAuthnView):
    """Takes a passkey off the account of its owner; in production never the last second factor."""

    success_url = reverse_lazy("mfa_index")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whether it may go."""
        may_go = get_mfa_adapter().can_delete_authenticator(self.object)
        return {**super().get_context_data(**kwargs), "may_go": may_go}

    def form_valid(self, form: Any) -> HttpResponse:
        if not get_mfa_adapter().can_delete_authenticator(self.object):
            return self.render_to_response(self.get_context_data(form=form))
        return super().form_valid(form)


def _now_shown(request: HttpRequest, kind: str) -> None:
    record_authentication(request, request.user, "mfa", type=kind)


def _seal() -> Fernet:
    key = hashlib.sha256(b"second factor" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
