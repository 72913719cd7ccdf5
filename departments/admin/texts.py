"""Standard texts in the admin: written, closed and opened again, never rewritten."""

from django.contrib import admin
from django.http import HttpRequest

from departments.admin.refusals import ReferenceAdmin
from departments.models import StandardText


@admin.register(StandardText)
class StandardTextAdmin(ReferenceAdmin):
    """Letters that began with a text are measured against it, so its wording stays; what nothing began with may be
    deleted."""

    list_display = ("name", "language", "reason", "department", "is_open")
    list_filter = ("department", "reason", "language", "is_open")
    list_select_related = ("department",)
    search_fields = ("text",)
    ordering = ("department", "reason", "pk")

    def get_readonly_fields(self, request: HttpRequest, obj: StandardText | None = None) -> tuple[str, ...]:
        return ("department", "reason", "language", "text") if obj else ()
