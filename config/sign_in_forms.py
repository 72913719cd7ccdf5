"""The forms of signing in (a name and a password, then a code) and of what protects an account."""

import struct
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.fields import PasswordField, SetPasswordField
from allauth.account.forms import ChangePasswordForm, ReauthenticateForm
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.app_settings import TOTP_PERIOD, TOTP_TOLERANCE
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateByCodeForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from departments.models import User
from departments.patterns import PatternForm

# While a code of the app is valid; in that time it opens one door once.
CODE_LIVES = TOTP_PERIOD * (2 * TOTP_TOLERANCE + 1)
CODE_LENGTH = 64
# What fido2 raises when what came is not what a browser sends; allauth catches only some of it.
BROKEN = (
    AttributeError, EOFError, IndexError, InvalidSignature, KeyError, TypeError, UnsupportedAlgorithm, ValueError,
    struct.error,
)  # fmt: skip


def _code_field(label: Any) -> forms.CharField:
    attributes = {"autocomplete": "one-time-code", "dir": "ltr", "spellcheck": "false", "autocapitalize": "none"}
    return forms.CharField(label=label, max_length=CODE_LENGTH, widget=forms.TextInput(attributes))


def _password_field(label: Any) -> forms.CharField:
    field: forms.CharField = PasswordField(label=label, autocomplete="current-password")
    field.widget.attrs.pop("placeholder", None)
    return field


class SignInForm(PatternForm):
    """A user name and a password. Which of them is wrong, and whether there is such an account, is never said."""

    username = forms.CharField(
        label=_("Username"),
        max_length=150,
        widget=forms.TextInput(
            {"autocomplete": "username", "dir": "ltr", "spellcheck": "false", "autocapitalize": "none"}
        ),
    )
    password = _password_field(_("Password"))

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Look the person up, counting the guess."""
        given = self.cleaned_data
        if not self.errors:
            self.user = get_adapter().authenticate(self.request, username=given["username"], password=given["password"])
            if self.user is None:
                raise ValidationError(
                    AuthenticationForm.error_messages["invalid_login"],
                    code="invalid_login",
                    params={"username": User._meta.get_field("username").verbose_name},
                )
        return given

    def login(self, request: HttpRequest, redirect_url: str | None) -> HttpResponse:
        """Sign the person in, or go on to the second factor."""
        login = Login(user=self.user, redirect_url=redirect_url)
        return perform_password_login(request, {"username": self.cleaned_data["username"]}, login)


class OnceOnly(BaseAuthenticateForm):
    """A code of the app is refused when it comes again, as long as it lives (allauth forgets it after one period)."""

    def clean_code(self) -> str:
        """Return the code, which nobody has used for this account."""
        code = str(super().clean_code())
        if not cache.add(f"second-factor-used:{self.user.pk}:{code}", "y", timeout=CODE_LIVES):
            raise get_mfa_adapter().validation_error("incorrect_code")
        return code


class SecondFactorForm(PatternForm, OnceOnly, AuthenticateForm):
    """The code after the password."""

    code = _code_field(_("Code from the app, or a recovery code"))


class ConfirmByCodeForm(PatternForm, OnceOnly, ReauthenticateByCodeForm):
    """The code again, before something important."""

    code = _code_field(_("Code from the app, or a recovery code"))


class ConfirmByPasswordForm(PatternForm, ReauthenticateForm):
    """The password again, before something important."""

    password = _password_field(_("Password"))


class AppForm(PatternForm, ActivateTOTPForm):
    """Proves that the app on the telephone makes the right codes."""

    code = _code_field(_("Code that the app shows"))


class ShowPasskeyForm(AuthenticateWebAuthnForm):
    """The passkey after the password."""

    def clean_credential(self) -> Authenticator:
        """Return the passkey that was shown."""
        try:
            return super().clean_credential()
        except BROKEN as fault:
            raise get_mfa_adapter().validation_error("incorrect_code") from fault


class ConfirmByPasskeyForm(ShowPasskeyForm, ReauthenticateWebAuthnForm):
    """The passkey again, before something important."""


class PasskeyForm(PatternForm, AddWebAuthnForm):
    """What the browser answers when it has made a passkey, and what to call it."""

    name = forms.CharField(
        label=_("Name of the passkey"), help_text=_("For example: office computer"), max_length=80, required=False
    )

    def clean(self) -> dict[str, Any]:
        """Take only what a browser made for this page."""
        try:
            return dict(super().clean() or {})
        except BROKEN as fault:
            raise get_mfa_adapter().validation_error("incorrect_code") from fault


class NewPasswordForm(PatternForm, ChangePasswordForm):
    """The password in use, and the new one twice."""

    oldpassword = _password_field(_("Password in use now"))
    password1 = SetPasswordField(
        label=_("New password"),
        help_text=_("At least 12 characters. Four words that have nothing to do with each other are good."),
    )
    password2 = PasswordField(label=_("New password again"), autocomplete="new-password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("password1", "password2"):
            self.fields[name].widget.attrs.pop("placeholder", None)
