"""Who may sign in to the demo: one password for all its officials, and a superuser for the admin site."""

import secrets
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat

from complaints.demo.offices import officials
from departments.errors import Invalid
from departments.models import Appointment, User
from departments.roles import Role

# RFC 6761: such addresses belong to nobody, and config/checks.py knows the demo's users by them.
DOMAIN = "demo.example"
SUPERUSER = "demo.admin"
SHORTEST = 12
_SINCE_EVER = datetime(2000, 1, 1, tzinfo=UTC)


def demo_users() -> QuerySet[User]:
    """The accounts of the demo."""
    return User.objects.filter(email__endswith=f"@{DOMAIN}")


@transaction.atomic
def open_accounts() -> None:
    """Mark the founded officials as the demo's, and add the superuser, who administers the centre too. Accounts that
    have an address are somebody's own and stay as they are."""
    officials().filter(email="").update(email=Concat(F("username"), Value(f"@{DOMAIN}")))
    superuser, made = User.objects.get_or_create(
        username=SUPERUSER,
        defaults={
            "email": f"{SUPERUSER}@{DOMAIN}",
            "first_name": "Demo",
            "last_name": "Administrator",
            "password": make_password(None),
            "is_staff": True,
            "is_superuser": True,
        },
    )
    if made:
        Appointment.objects.create(user=superuser, role=Role.ADMINISTRATOR, since=_SINCE_EVER)


def choose_password() -> str:
    """Set a new password on all accounts of the demo and return it: the one that JAWAB_DEMO_PASSWORD fixes, or a
    drawn one. It is hashed once and copied, because hashing is slow on purpose."""
    password: str = settings.DEMO_PASSWORD or secrets.token_urlsafe(SHORTEST)
    if len(password) < SHORTEST:
        raise Invalid(f"JAWAB_DEMO_PASSWORD is too short; give it at least {SHORTEST} characters.")
    demo_users().update(password=make_password(password))
    return password


def who_may_sign_in() -> dict[str, list[str]]:
    """Return by department (the centre first) its people, each as "username (post)"."""
    posts = Appointment.objects.filter(user__in=demo_users()).select_related("department", "user")
    people: dict[str, list[str]] = {}
    for post in posts.order_by(F("department__code").asc(nulls_first=True), "pk"):
        where = str(post.department) if post.department else "The centre, over all departments"
        people.setdefault(where, []).append(f"{post.user.username} ({Role(post.role).label})")
    return people
