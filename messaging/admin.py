"""Transport in Django's admin: for superusers, to look at. What messages say is not shown; cases are read at the desk,
where rights and the trail hold."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from messaging.models import Attempt, Heartbeat, Incoming, Outgoing


class LookOnly(admin.ModelAdmin):
    """Rows are written by verbs; the admin changes nothing, whoever asks."""

    show_full_result_count = False  # no COUNT(*) over a table of millions

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))


@admin.register(Outgoing)
class OutgoingAdmin(LookOnly):
    list_display = ["id", "kind", "dedup_key", "state", "attempts", "due_at", "state_at"]
    list_filter = ["state", "kind"]
    exclude = ["subject", "body"]


@admin.register(Attempt)
class AttemptAdmin(LookOnly):
    list_display = ["id", "outgoing", "number", "started_at", "ended_at", "result"]
    list_filter = ["result"]
    list_select_related = ["outgoing"]


@admin.register(Incoming)
class IncomingAdmin(LookOnly):
    list_display = ["id", "channel", "external_id", "received_at", "state", "attempts"]
    list_filter = ["state"]
    list_select_related = ["channel__department"]
    exclude = ["raw", "headers"]


@admin.register(Heartbeat)
class HeartbeatAdmin(LookOnly):
    list_display = ["name", "last_ok_at", "detail"]
