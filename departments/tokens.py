"""How an API token is given out, opens, and ends. It never carries more than its scope and its user's own posts."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from departments.administration.authority import may_vouch_for
from departments.errors import Invalid, NotAllowed, NotReady
from departments.models import ApiToken, User

LONGEST_LIFE = timedelta(days=366)
# What a token's secret begins with, so that scanners of leaked secrets can know it.
PREFIX = "jawab_"
# The last use is written down no oftener than this; else each reading would be a write.
_USE_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Issued:
    """A new token with its secret, which nobody can be told again."""

    token: ApiToken
    secret: str


def issue(user: User, *, name: str, scope: str, expires_at: datetime, by: User | None, at: datetime) -> Issued:
    """Give out a token that acts as `user` until `expires_at` (aware), at most 366 days ahead.

    `by` is the person himself or who may change his account; None is the operator of this machine.
    """
    _must_be_allowed(user, by, at)
    if not user.is_active:
        raise NotReady(_("%(user)s cannot sign in; activate the account first.") % {"user": user})
    if scope not in ApiToken.Scope.values:
        raise Invalid(
            _("Choose one of the scopes: %(scopes)s.") % {"scopes": ", ".join(ApiToken.Scope.values)}, "scope"
        )
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise Invalid(_("Name the program that uses the token, in 1 to 100 characters."), "name")
    if not at < expires_at <= at + LONGEST_LIFE:
        raise Invalid(_("A token lasts at least a moment and at most 366 days."), "expires_at")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name.strip(), scope=scope, digest=_digest(secret), created_at=at, expires_at=expires_at
    )
    return Issued(token, secret)


def revoke(token: ApiToken, *, by: User | None, at: datetime) -> None:
    """End a token at once; it stays in the list. Again is no error."""
    _must_be_allowed(token.user, by, at)
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=at)


def opened_by(secret: str, *, at: datetime) -> ApiToken | None:
    """Return the token with this secret if it opens at `at`; None for a wrong, expired or revoked one, and where the
    account of its user is closed."""
    living = ApiToken.objects.filter(revoked_at__isnull=True, expires_at__gt=at, user__is_active=True)
    token = living.select_related("user").filter(digest=_digest(secret)).first()
    if token is not None and (token.last_used_at is None or at - token.last_used_at >= _USE_NOTED_EVERY):
        noted_before = Q(last_used_at__isnull=True) | Q(last_used_at__lt=at)
        ApiToken.objects.filter(noted_before, pk=token.pk).update(last_used_at=at)
    return token


def _must_be_allowed(user: User, by: User | None, at: datetime) -> None:
    if by is None or (by.is_active and (by.pk == user.pk or may_vouch_for(by, user, at))):
        return
    raise NotAllowed(_("Only the person, or who administers the person's account, may do this."))


def _digest(secret: str) -> str:
    # The secret has 256 random bits: a slow hash would protect nothing more, and each request pays for it.
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
