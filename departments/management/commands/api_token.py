"""`manage.py api_token create|list|revoke`: the keys with which programs call the API."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from departments.errors import Refused
from departments.models import ApiToken, User
from departments.tokens import issue, revoke


class Command(BaseCommand):
    help = "Give out, list or revoke API tokens. A secret is shown once, when it is made."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        create = acts.add_parser("create", help="give out a token that acts as an official")
        create.add_argument("username")
        create.add_argument("--name", required=True, help="the program that uses it")
        create.add_argument("--scope", choices=ApiToken.Scope.values, default=ApiToken.Scope.READ)
        create.add_argument(
            "--days", type=int, choices=range(1, 367), metavar="N", default=90, help="how long it lasts"
        )
        acts.add_parser("list", help="list the tokens").add_argument("username", nargs="?")
        acts.add_parser("revoke", help="end a token at once").add_argument("number", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            {"create": self._create, "list": self._list, "revoke": self._revoke}[options["act"]](options)
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal

    def _create(self, options: dict[str, Any]) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user “{options['username']}”.")
        at = timezone.now()
        expires_at = at + timedelta(days=options["days"])
        issued = issue(user, name=options["name"], scope=options["scope"], expires_at=expires_at, by=None, at=at)
        self.stderr.write(f"Token {issued.token.pk} lasts until {expires_at:%Y-%m-%d}. Its secret, shown only now:")
        self.stdout.write(issued.secret)

    def _list(self, options: dict[str, Any]) -> None:
        tokens = ApiToken.objects.select_related("user").order_by("pk")
        if options["username"]:
            tokens = tokens.filter(user__username=options["username"])
        for token in tokens:
            state = "revoked" if token.revoked_at else f"until {token.expires_at:%Y-%m-%d}"
            used = f"used {token.last_used_at:%Y-%m-%d}" if token.last_used_at else "never used"
            self.stdout.write(f"{token.pk}  {token.user}  {token.name}  {token.scope}  {state}  {used}")

    def _revoke(self, options: dict[str, Any]) -> None:
        token = ApiToken.objects.select_related("user").filter(pk=options["number"]).first()
        if token is None:
            raise CommandError(f"There is no token {options['number']}.")
        revoke(token, by=None, at=timezone.now())
        self.stdout.write(f"Token {token.pk} opens nothing any more.")
