"""Procedures in the admin: drafted from the version before, edited while not in force, adopted, then only read."""

from datetime import datetime, time
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from departments.admin.refusals import ReferenceAdmin, ReferenceInline, person
from departments.administration import adopt, draft_version
from departments.forms import AdoptionForm
from departments.models import Rung, Sop, SopVersion, Step


class OfVersionInline(ReferenceInline):
    """A part of a version: as immutable as the version itself."""

    def has_add_permission(self, request: HttpRequest, obj: SopVersion | None = None) -> bool:
        return _is_draft(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: SopVersion | None = None) -> bool:
        return _is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: SopVersion | None = None) -> bool:
        return _is_draft(obj) and super().has_delete_permission(request, obj)


class StepInline(OfVersionInline):
    model = Step


class RungInline(OfVersionInline):
    model = Rung


class SopVersionInline(ReferenceInline):
    model = SopVersion
    fields = readonly_fields = ("number", "in_force_from", "in_force_until", "adopted_by")
    show_change_link = True
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Sop | None = None) -> bool:
        return False


@admin.register(Sop)
class SopAdmin(ReferenceAdmin):
    list_display = ("reason", "department")
    list_filter = ("reason", "department")
    list_select_related = ("department",)
    inlines = (SopVersionInline,)
    actions = ("draft",)

    def get_readonly_fields(self, request: HttpRequest, obj: Sop | None = None) -> tuple[str, ...]:
        return ("reason", "department") if obj else ()

    @admin.action(description=_("Draft the next version"), permissions=["change"])
    def draft(self, request: HttpRequest, queryset: QuerySet[Sop]) -> None:
        at = timezone.now()
        self.do_each(
            request, queryset, lambda sop: draft_version(sop, by=person(request), at=at), str(_("next version drafted"))
        )


@admin.register(SopVersion)
class SopVersionAdmin(ReferenceAdmin):
    list_display = ("sop", "number", "in_force_from", "in_force_until")
    list_filter = ("sop__reason", "sop__department")
    list_select_related = ("sop__department",)
    fields = ("sop", "number", "in_force_from", "in_force_until", "adopted_by", "deviation_reason")
    readonly_fields = ("sop", "number", "in_force_from", "in_force_until", "adopted_by")
    inlines = (StepInline, RungInline)
    actions = ("adopt_now",)
    action_form = AdoptionForm

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Versions are drafted from their procedure, so that each begins with the wording before."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: SopVersion | None = None) -> bool:
        return (obj is None or _is_draft(obj)) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: SopVersion | None = None) -> bool:
        return (obj is None or _is_draft(obj)) and super().has_delete_permission(request, obj)

    @admin.action(description=_("Adopt from now on"), permissions=["change"])
    def adopt_now(self, request: HttpRequest, queryset: QuerySet[SopVersion]) -> None:
        at = timezone.now()
        until = _midnight_of(request.POST)
        versions = queryset.select_related("sop__department")
        self.do_each(
            request, versions, lambda row: adopt(row, at, until=until, by=person(request), at=at), str(_("adopted"))
        )


def _is_draft(version: SopVersion | None) -> bool:
    return version is not None and version.in_force_from is None


def _midnight_of(posted: Any) -> datetime | None:
    """Return the moment at which the chosen day begins. The form has been validated before an action runs."""
    day = AdoptionForm.base_fields["until"].clean(posted.get("until"))
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None
