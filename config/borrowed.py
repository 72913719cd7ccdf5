"""Texts of Django that our screens show and that Django has no Urdu for; named here, so that our catalogue has them."""

from django.utils.translation import gettext_noop as _

BORROWED = (
    _("username"),
    _("Username"),
    _("Password"),
    _("Please enter a correct %(username)s and password. Note that both fields may be case-sensitive."),
    _("This account is inactive."),
    _("This field is required."),
)
