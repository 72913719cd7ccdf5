"""How an official signs in and out: a name and a password, then a second factor (config/second_factor.py)."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.views import LoginView, PasswordChangeView
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils.crypto import get_random_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from config.sign_in_forms import NewPasswordForm, SignInForm
from departments.models import User

# A session of an official ends after this time, in seconds: a working day.
WORKING_DAY = 12 * 60 * 60
# Remembers for a year that somebody has signed in here before (see `Doorkeeper`).
KNOWN_BROWSER = "jawab_known"
KNOWN_FOR = 365 * 24 * 60 * 60


class SignIn(LoginView):
    """Begins an empty session: nothing that was typed before on a shared computer survives (Django itself would keep
    the data under a new key)."""

    form_class = SignInForm

    def get_form_class(self) -> type[SignInForm]:
        """Return ours; allauth would look for a form of its own."""
        return self.form_class

    def form_valid(self, form: Any) -> HttpResponse:
        self.request.session.flush()
        return super().form_valid(form)


class ChangePassword(PasswordChangeView):
    """Ends all other sessions of the person. Whoever has forgotten his password gets a new one from an administrator;
    a link by e-mail would make the mailbox the key to the cases."""

    form_class = NewPasswordForm
    success_url = reverse_lazy("mfa_index")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse an account that has no password: whoever is in such a one did not come by a password."""
        if not request.user.is_authenticated or not request.user.has_usable_password():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_form_class(self) -> type[NewPasswordForm]:
        """Return ours; allauth would look for a form of its own."""
        return self.form_class


class Doorkeeper(DefaultAccountAdapter):
    """Counts wrong passwords. An account that is guessed at from everywhere is closed for a while to browsers that it
    does not know; its owner, in a browser where he has signed in before, has a count of his own and stays able to."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _("There were too many wrong attempts. Wait five minutes, then try again."),
        "rate_limited": _("There were too many wrong attempts. Wait five minutes, then try again."),
        "enter_current_password": _("This is not the password in use now."),
        "incorrect_password": _("This is not your password."),
        "incorrect_code": _("This code is not right, or it is not right any more. Write the newest one."),
    }

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        known = request.get_signed_cookie(KNOWN_BROWSER, default="", salt=KNOWN_BROWSER, max_age=KNOWN_FOR) or ""
        username, _colon, browser = known.rpartition(":")
        return f"{key}:{browser}" if browser and username == str(credentials.get("username", "")) else key

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Remember the browser, and let the session end with the working day."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        request.session.set_expiry(WORKING_DAY)
        response.set_signed_cookie(
            KNOWN_BROWSER,
            f"{user.get_username()}:{get_random_string(16)}",
            salt=KNOWN_BROWSER,
            max_age=KNOWN_FOR,
            path=reverse("sign_in"),
            secure=request.is_secure(),
            httponly=True,
            samesite="Strict",
        )
        return response

    def is_safe_url(self, url: str | None) -> bool:
        """Whether to go on to `url` after signing in: only to a page of this host."""
        request = self.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody: accounts are made by administrators."""
        return False


@login_not_required
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """One door: Django's admin has no sign-in page of its own. Who is in already and is sent here may not enter."""
    if request.user.is_authenticated:
        raise PermissionDenied
    onward = urlencode({REDIRECT_FIELD_NAME: request.GET.get(REDIRECT_FIELD_NAME, reverse("admin:index"))})
    return HttpResponseRedirect(f"{reverse('sign_in')}?{onward}")
