"""Calendars in the admin. Every change there renews the worktimes computed before."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import BaseModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from departments.admin.refusals import ReferenceAdmin, ReferenceInline, person
from departments.administration import calendar_changed, cancel_holiday, confirm_holiday, declare_holiday
from departments.forms import HolidayForm, IntervalForm
from departments.models import Calendar, CalendarVersion, Holiday, Interval


class CalendarVersionInline(ReferenceInline):
    model = CalendarVersion
    show_change_link = True


class IntervalInline(ReferenceInline):
    model = Interval
    form = IntervalForm
    extra = 5


@admin.register(Calendar)
class CalendarAdmin(ReferenceAdmin):
    list_display = ("name", "code", "zone", "revision")
    search_fields = ("code",)
    readonly_fields = ("revision",)
    inlines = (CalendarVersionInline,)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        super().save_related(request, form, formsets, change)
        calendar_changed(form.instance, by=person(request), at=timezone.now())

    def delete_model(self, request: HttpRequest, obj: Calendar) -> None:
        calendar_changed(obj, by=person(request), at=timezone.now())
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Calendar]) -> None:
        for calendar in queryset:
            self.delete_model(request, calendar)


@admin.register(CalendarVersion)
class CalendarVersionAdmin(ReferenceAdmin):
    list_display = ("calendar", "since", "note")
    list_filter = ("calendar",)
    list_select_related = ("calendar",)
    inlines = (IntervalInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: CalendarVersion | None = None) -> tuple[str, ...]:
        return ("calendar",) if obj else ()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        super().save_related(request, form, formsets, change)
        calendar_changed(form.instance.calendar, by=person(request), at=timezone.now())

    def delete_model(self, request: HttpRequest, obj: CalendarVersion) -> None:
        calendar_changed(obj.calendar, by=person(request), at=timezone.now())
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[CalendarVersion]) -> None:
        for version in queryset.select_related("calendar"):
            self.delete_model(request, version)


@admin.register(Holiday)
class HolidayAdmin(ReferenceAdmin):
    """A holiday is declared, confirmed or cancelled, never deleted: citizens were told dates by it."""

    form = HolidayForm
    list_display = ("date", "name", "status", "calendar")
    list_filter = ("status", "calendar")
    list_select_related = ("calendar",)
    date_hierarchy = "date"
    ordering = ("-date",)
    actions = ("confirm", "cancel")

    def get_readonly_fields(self, request: HttpRequest, obj: Holiday | None = None) -> tuple[str, ...]:
        return ("calendar", "date", "status") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Holiday | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Holiday, form: BaseModelForm, change: bool) -> None:  # noqa: FBT001
        if change:
            super().save_model(request, obj, form, change)
            calendar_changed(obj.calendar, by=person(request), at=timezone.now())
            return
        declared = declare_holiday(obj.calendar, obj.date, obj.name, obj.status, by=person(request), at=timezone.now())
        obj.pk = declared.pk

    @admin.action(description=_("Confirm holidays"), permissions=["change"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Holiday]) -> None:
        at = timezone.now()
        self.do_each(
            request, queryset, lambda row: confirm_holiday(row, by=person(request), at=at), str(_("confirmed"))
        )

    @admin.action(description=_("Cancel holidays"), permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Holiday]) -> None:
        at = timezone.now()
        self.do_each(request, queryset, lambda row: cancel_holiday(row, by=person(request), at=at), str(_("cancelled")))
