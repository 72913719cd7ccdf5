"""Complaints in Django's admin: to look at, never to change, and only what the official may see."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from complaints.models import (
    Approval,
    Closure,
    Complaint,
    Contest,
    Draft,
    Duty,
    Event,
    Flag,
    Letter,
    Note,
    Pause,
    Rating,
    Refusal,
    StageEntry,
    Transfer,
    WrongLookup,
)
from complaints.visibility import visible_to


class ReadOnly(admin.ModelAdmin):
    """Every change has its verb; the admin shows what `visible_to` allows and nothing else."""

    path = "complaint__"
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.filter(visible_to(request.user, at=timezone.now(), path=self.path))  # type: ignore[arg-type]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Complaint)
class ComplaintAdmin(ReadOnly):
    path = ""
    list_display = ("reference", "reason", "department", "received_at")
    list_select_related = ("department",)
    search_fields = ("=reference",)
    exclude = ("code_hmac", "idempotency_key")


@admin.register(StageEntry, Transfer, Duty, Pause, Draft, Letter, Note, Closure, Rating, Event, Refusal)
class OfComplaintAdmin(ReadOnly):
    list_select_related = ("complaint",)


@admin.register(Flag)
class FlagAdmin(ReadOnly):
    path = "duty__complaint__"


@admin.register(Approval)
class ApprovalAdmin(ReadOnly):
    path = "draft__complaint__"


@admin.register(Contest)
class ContestAdmin(ReadOnly):
    path = "letter__complaint__"


@admin.register(WrongLookup)
class WrongLookupAdmin(ReadOnly):
    """Wrong reference or tracking code within the last day: more than a few a minute is somebody who guesses."""

    list_display = ("at", "client")
    date_hierarchy = "at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """They belong to no query: whoever may open the admin's list may see all of them."""
        return admin.ModelAdmin.get_queryset(self, request)
