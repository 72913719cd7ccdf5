"""Departments and people in the admin. Nobody gives himself or others more there than the verbs allow."""

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.forms import BaseModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from departments.admin.refusals import ReferenceAdmin, ReferenceInline, person
from departments.administration import (
    appoint,
    close_channel,
    end_appointment,
    forget_second_factor,
    go_live,
    make_responsible,
    open_channel,
)
from departments.administration.authority import may_vouch_for
from departments.forms import DistrictForm, UserCreation
from departments.models import Appointment, Category, Channel, Department, District, Responsibility, Section, User

# What makes somebody powerful in this site; only a superuser may change it.
POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class OfDepartmentInline(ReferenceInline):
    """A part of a department; its sections are the only ones to choose from."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        match = request.resolver_match
        if db_field.name == "section" and match is not None:
            kwargs["queryset"] = Section.objects.filter(department=match.kwargs.get("object_id"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class SectionInline(OfDepartmentInline):
    model = Section


class ChannelInline(OfDepartmentInline):
    model = Channel


class CategoryInline(OfDepartmentInline):
    """The catalogue in short; questions are asked on the category's own page."""

    model = Category
    exclude = ("questions",)
    show_change_link = True


class ResponsibilityInline(OfDepartmentInline):
    """Who answers for each stage, now and before. A new row ends the one that was open."""

    model = Responsibility
    fields = ("stage", "section", "lead", "deputy", "since", "until")
    readonly_fields = ("since", "until")
    autocomplete_fields = ("lead", "deputy")
    ordering = ("stage", "-since")

    def has_change_permission(self, request: HttpRequest, obj: Department | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Department | None = None) -> bool:
        return False


@admin.register(Department)
class DepartmentAdmin(ReferenceAdmin):
    list_display = ("name", "code", "calendar", "live_since")
    list_select_related = ("calendar",)
    search_fields = ("code",)
    readonly_fields = ("live_since",)
    inlines = (SectionInline, ChannelInline, CategoryInline, ResponsibilityInline)
    actions = ("go_live_now",)

    def get_inlines(self, request: HttpRequest, obj: Department | None) -> tuple[type[ReferenceInline], ...]:
        """A new department has no sections yet, from which catalogue and owners could be chosen."""
        return self.inlines if obj else (SectionInline, ChannelInline)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001
        at = timezone.now()
        if formset.model is Channel:
            _save_channels(formset, person(request), at)
            return
        if formset.model is not Responsibility:
            super().save_formset(request, form, formset, change)
            return
        for row in formset.save(commit=False):
            make_responsible(form.instance, row.stage, row.section, row.lead, row.deputy, by=person(request), at=at)

    @admin.action(description=_("Go live"), permissions=["change"])
    def go_live_now(self, request: HttpRequest, queryset: QuerySet[Department]) -> None:
        at = timezone.now()
        self.do_each(request, queryset, lambda row: go_live(row, by=person(request), at=at), str(_("is live")))


@admin.register(Category)
class CategoryAdmin(ReferenceAdmin):
    list_display = ("name", "department", "reason", "section", "is_open")
    list_filter = ("department", "reason", "is_open")
    list_select_related = ("department", "section__department")
    search_fields = ("code",)


@admin.register(District)
class DistrictAdmin(ReferenceAdmin):
    """A code stays, because programs name the district by it; and so does a district from which a query came."""

    form = DistrictForm
    list_display = ("name", "code", "province")
    list_filter = ("province",)
    search_fields = ("code",)
    ordering = ("province", "code")

    def get_readonly_fields(self, request: HttpRequest, obj: District | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()


@admin.register(Appointment)
class AppointmentAdmin(ReferenceAdmin):
    """Posts are given and ended, never rewritten: what somebody was allowed to do last year stays on record."""

    list_display = ("user", "role", "department", "section", "since", "until")
    list_filter = ("role", "department")
    list_select_related = ("user", "department", "section__department")
    search_fields = ("user__username",)
    autocomplete_fields = ("user",)
    fields = ("user", "role", "department", "section", "until")
    ordering = ("-since",)
    actions = ("end_now",)

    def has_change_permission(self, request: HttpRequest, obj: Appointment | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Appointment | None = None) -> bool:
        return False

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Who may give posts may end them; which ones, the verb decides."""
        return self.has_add_permission(request)

    def save_model(self, request: HttpRequest, obj: Appointment, form: BaseModelForm, change: bool) -> None:  # noqa: FBT001
        given = appoint(
            obj.user,
            obj.role,
            department=obj.department,
            section=obj.section,
            until=obj.until,
            by=person(request),
            at=timezone.now(),
        )
        obj.pk = given.pk

    @admin.action(description=_("End from now on"), permissions=["end"])
    def end_now(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> None:
        at = timezone.now()
        rows = queryset.select_related("user", "department")
        self.do_each(request, rows, lambda row: end_appointment(row, by=person(request), at=at), str(_("ended")))


class AppointmentInline(admin.TabularInline):
    """The posts of a person, to read."""

    model = Appointment
    fields = readonly_fields = ("role", "department", "section", "since", "until")
    ordering = ("-since",)
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(User)
class AccountAdmin(ReferenceAdmin, UserAdmin):
    """Who can sign in as somebody holds his posts: so an account is changed only by who could give those posts."""

    add_form = UserCreation
    list_display = ("username", "first_name", "last_name", "is_staff", "is_active")
    list_filter = ("is_staff", "is_active", "appointments__department", "appointments__role")
    fieldsets = (*(UserAdmin.fieldsets or ()), (_("Language"), {"fields": ("language",)}))
    inlines = (AppointmentInline,)
    actions = ("forget_second_factors",)

    def get_inlines(self, request: HttpRequest, obj: User | None) -> tuple[type[admin.TabularInline], ...]:
        """A new account has no posts yet."""
        return self.inlines if obj else ()

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return () if request.user.is_superuser else POWERS

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    @admin.action(description=_("Take off lost second factors"), permissions=["change"])
    def forget_second_factors(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Give a new password too where a thief may have the old one: that ends the sessions."""
        at = timezone.now()
        done = str(_("second factors taken off"))
        self.do_each(request, queryset, lambda row: forget_second_factor(row, by=person(request), at=at), done)


class SuperusersGroupAdmin(GroupAdmin):
    """Groups carry permissions of this site, so changing one is changing the power of all who are in it."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser

    has_add_permission = has_module_permission
    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission


# Keys and addresses of accounts are no reference data, and nobody needs to see another's.
admin.site.unregister([EmailAddress, Authenticator])
admin.site.unregister(Group)
admin.site.register(Group, SuperusersGroupAdmin)


def _save_channels(formset: Any, by: User, at: datetime) -> None:
    """Save what was typed; whether a channel is open is the verbs' to change."""
    formset.save(commit=False)
    for row in formset.deleted_objects:
        row.delete()
    for row in formset.new_objects:
        _save_channel(row, is_open=False, by=by, at=at)
    for row, fields in formset.changed_objects:
        _save_channel(row, is_open=row.is_open != ("is_open" in fields), by=by, at=at)


def _save_channel(row: Channel, *, is_open: bool, by: User, at: datetime) -> None:
    """Save a channel that was `is_open` until now, then open or close it as its row asks."""
    wanted, row.is_open = row.is_open, is_open
    row.save()
    if wanted != is_open:
        verb = open_channel if wanted else close_channel
        verb(row, by=by, at=at)


def _may_touch(request: HttpRequest, account: User | None) -> bool:
    return account is None or may_vouch_for(person(request), account, timezone.now())
