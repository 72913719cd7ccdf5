"""Where an official signs in and keeps his account. Names that begin with account_ or mfa_ are allauth's: it looks its
pages up by them."""

from allauth.account.views import reauthenticate
from allauth.mfa.base.views import authenticate, index
from allauth.mfa.base.views import reauthenticate as reauthenticate_by_code
from allauth.mfa.recovery_codes.views import generate_recovery_codes, view_recovery_codes
from allauth.mfa.totp.views import deactivate_totp
from allauth.mfa.webauthn.views import reauthenticate_webauthn
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.urls import path

from config.second_factor import AddPasskey, RemovePasskey, SetUpApp
from config.signing_in import ChangePassword, SignIn

sign_in = SignIn.as_view()
# Open to all: who stands between password and second factor can turn back.
sign_out = login_not_required(LogoutView.as_view())

urlpatterns = [
    path("sign-in/", sign_in, name="sign_in"),
    path("sign-in/", sign_in, name="account_login"),
    path("sign-in/code/", authenticate, name="mfa_authenticate"),
    path("sign-out/", sign_out, name="sign_out"),
    path("sign-out/", sign_out, name="account_logout"),
    path("confirm/", reauthenticate, name="account_reauthenticate"),
    path("confirm/code/", reauthenticate_by_code, name="mfa_reauthenticate"),
    path("confirm/passkey/", reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("password/", ChangePassword.as_view(), name="account_change_password"),
    path("second-factor/", index, name="mfa_index"),
    path("second-factor/app/", SetUpApp.as_view(), name="mfa_activate_totp"),
    path("second-factor/app/remove/", deactivate_totp, name="mfa_deactivate_totp"),
    path("second-factor/codes/", view_recovery_codes, name="mfa_view_recovery_codes"),
    path("second-factor/codes/new/", generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("second-factor/passkeys/add/", AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("second-factor/passkeys/<int:pk>/remove/", RemovePasskey.as_view(), name="mfa_remove_webauthn"),
]
