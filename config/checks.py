"""What a production installation (`JAWAB_ENV=production`) must have right before it may start.

Django runs these at every `manage.py` command; config/wsgi.py, config/asgi.py and config/celery.py run them too, so
that gunicorn and Celery end with an error instead of serving an unsafe site. Elsewhere they say nothing.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Warning
from django.core.management.base import SystemCheckError
from django.db import Error as DatabaseProblem

# Django's own measure of a strong key (security.W009), which it only warns of.
KEY_LENGTH = 50
KEY_VARIETY = 10
# Parts of the keys that examples and quick starts print, so that everyone knows them.
KNOWN_IN_KEYS = ("insecure", "change", "example", "secret", "unique", "default", "password", "jawab", "12345")
LOCAL_MAIL = ("filebased", "console", "locmem", "dummy")
# Domains that RFC 2606 and RFC 6761 keep for examples; the demo's users have such addresses, real officials never.
NOWHERE = r"[@.](example|invalid|test|localhost|example\.(com|net|org))$"
MAKE_A_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"


def debug_is_off() -> list[CheckMessage]:
    if not settings.DEBUG:
        return []
    return [_error("debug", "DEBUG shows settings and data to everyone who meets an error.", "Unset JAWAB_DEBUG.")]


def keys_are_strong() -> list[CheckMessage]:
    """Refuse keys that are weak, known, shared, or made by this machine for itself: a second web node or a restored
    backup would make others, and no tracking code given out before would open anything."""
    keys = {"JAWAB_SECRET_KEY": settings.SECRET_KEY, "JAWAB_TRACKING_KEY": settings.TRACKING_KEY}
    found = []
    for name, key in keys.items():
        if name in settings.KEYS_MADE_HERE:
            what = f"{name} is not in the environment; the one in use was made for a first look."
        elif len(key) < KEY_LENGTH or len(set(key)) < KEY_VARIETY or any(w in key.lower() for w in KNOWN_IN_KEYS):
            what = f"{name} is short, simple or known from examples."
        else:
            continue
        found.append(_error("key", what, f"Set {name} to the output of: {MAKE_A_KEY}"))
    if len(set(keys.values())) < len(keys):
        found.append(_error("key", "Both keys are the same.", f"Set JAWAB_TRACKING_KEY to the output of: {MAKE_A_KEY}"))
    return found


def hosts_are_exact() -> list[CheckMessage]:
    loose = [host for host in settings.ALLOWED_HOSTS if "*" in host or host.startswith(".")]
    if settings.ALLOWED_HOSTS and not loose:
        return []
    what = f"JAWAB_HOSTS lets strangers name our host: {', '.join(loose)}." if loose else "JAWAB_HOSTS is empty."
    return [_error("hosts", what, "Set JAWAB_HOSTS to the exact names, such as jawab.example.gov.pk")]


def links_are_https() -> list[CheckMessage]:
    address = urlsplit(settings.PUBLIC_BASE_URL)
    if address.scheme == "https" and address.hostname:
        return []
    hint = "Set JAWAB_PUBLIC_URL to the address that citizens use, such as https://jawab.example.gov.pk"
    return [_error("links", f"JAWAB_PUBLIC_URL is {settings.PUBLIC_BASE_URL}, not an https address.", hint)]


def mail_leaves_the_machine() -> list[CheckMessage]:
    if not any(f"backends.{name}" in settings.EMAIL_BACKEND for name in LOCAL_MAIL):
        return []
    hint = "Set JAWAB_EMAIL_URL, such as smtp+tls://user:password@host:587"
    return [_error("mail", "E-mail is kept in files on this machine; no citizen would get any.", hint)]


def demo_password_is_unset() -> list[CheckMessage]:
    if not settings.DEMO_PASSWORD:
        return []
    return [_error("demo", "JAWAB_DEMO_PASSWORD is set.", "Unset it; demo users have no place in production.")]


def database_is_a_server() -> list[CheckMessage]:
    if settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
        return []
    hint = "Set DATABASE_URL, such as postgres://jawab:password@host/jawab, when more than one office works here."
    return [Warning("The database is a single file (SQLite).", hint=hint, id="jawab.database")]


def demo_users_are_gone(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Runs only where a database may be asked (Django's rule for this tag)."""
    if not settings.PRODUCTION or not databases:
        return []
    try:
        if not get_user_model().objects.filter(is_active=True, email__iregex=NOWHERE).exists():
            return []
    except DatabaseProblem:
        return []  # not migrated yet, or away for the moment: /readyz tells of both
    what = "Users of the demo can sign in: their e-mail addresses are of the kind made for examples."
    return [_error("demo", what, "Begin with an empty database, or make those users inactive.")]


REQUIRED = (
    debug_is_off,
    keys_are_strong,
    hosts_are_exact,
    links_are_https,
    mail_leaves_the_machine,
    demo_password_is_unset,
    database_is_a_server,
)


def settings_are_fit(**_: Any) -> list[CheckMessage]:
    if not settings.PRODUCTION:
        return []
    return [message for check in REQUIRED for message in check()]


def refuse_unfit_start() -> None:
    """Raise SystemCheckError, naming each thing to set, when this process must not serve production."""
    found = settings_are_fit() + demo_users_are_gone(databases=["default"])
    errors = [str(message) for message in found if message.is_serious()]
    if errors:
        raise SystemCheckError("Jawab does not start in production like this:\n" + "\n".join(errors))


def _error(subject: str, what: str, hint: str) -> CheckMessage:
    return Error(what, hint=hint, id=f"jawab.{subject}")
