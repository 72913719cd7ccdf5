"""How the admin answers when a verb says no: the sentence is shown; a lack of power is a 403 and leaves an entry."""

import logging
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, cast

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from departments.errors import NotAllowed, Refused
from departments.forms import NameFormField
from departments.models import User
from departments.names import NameField

log = logging.getLogger(__name__)


class ReferenceAdmin(admin.ModelAdmin):
    """Edits names one language at a time, and turns what a verb refuses into an answer."""

    formfield_overrides = {NameField: {"form_class": NameFormField}}
    list_per_page = 50
    save_on_top = True

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Django's page; the transaction of a refused change has been rolled back when this answers."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except NotAllowed as refusal:
            deny(request, self.model, refusal, object_id)
        except Refused as refusal:
            self.message_user(request, refusal.sentence, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Django's page; what is referenced is listed there and stays."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except NotAllowed as refusal:
            deny(request, self.model, refusal, object_id)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Django's page, from which actions start."""
        try:
            return super().changelist_view(request, extra_context)
        except NotAllowed as refusal:
            deny(request, self.model, refusal, None)

    def do_each(
        self, request: HttpRequest, rows: Iterable[models.Model], verb: Callable[[Any], object], done: str
    ) -> None:
        """Run a verb for each row that was ticked, and say how each went. Without the power for one of them, none
        is changed."""
        with transaction.atomic():
            for row in rows:
                self._do(request, row, verb, done)

    def _do(self, request: HttpRequest, row: models.Model, verb: Callable[[Any], object], done: str) -> None:
        try:
            with transaction.atomic():
                verb(row)
        except NotAllowed:
            raise
        except Refused as refusal:
            self.message_user(request, refusal.sentence, messages.ERROR)
        else:
            self.log_change(request, row, done)
            self.message_user(request, _("%(row)s: %(done)s") % {"row": row, "done": done}, messages.SUCCESS)


class ReferenceInline(admin.TabularInline):
    """Edits names one language at a time."""

    formfield_overrides = {NameField: {"form_class": NameFormField}}
    extra = 0


def person(request: HttpRequest) -> User:
    """Return who is signed in: the admin site lets nobody else come as far as this."""
    return cast(User, request.user)


def deny(request: HttpRequest, model: type[models.Model], refusal: NotAllowed, object_id: str | None) -> NoReturn:
    """Answer 403 by raising PermissionDenied, after writing down who tried what (reliability P0-17)."""
    log.warning("Refused to %s: %s", request.user, refusal.sentence)
    LogEntry.objects.create(
        user=person(request),
        content_type=ContentType.objects.get_for_model(model),
        object_id=object_id,
        object_repr=str(model._meta.verbose_name),
        action_flag=CHANGE,
        change_message=f"Refused: {refusal.sentence}",
    )
    raise PermissionDenied(refusal.sentence) from refusal
