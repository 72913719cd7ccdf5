"""API tokens in the admin: to look at and to revoke. They are given out by `manage.py api_token`, shown once."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from departments.admin.refusals import ReferenceAdmin, person
from departments.models import ApiToken
from departments.tokens import revoke


@admin.register(ApiToken)
class ApiTokenAdmin(ReferenceAdmin):
    list_display = ("name", "user", "scope", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    fields = list_display
    readonly_fields = list_display
    search_fields = ("name", "=user__username")
    actions = ("revoke_now",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False

    @admin.action(description=_("Revoke the chosen tokens"), permissions=["change"])
    def revoke_now(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        at, by = timezone.now(), person(request)
        self.do_each(
            request, tokens.select_related("user"), lambda token: revoke(token, by=by, at=at), str(_("revoked"))
        )
