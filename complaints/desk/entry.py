"""Taking down a query: one screen for telephone, counter and letter, and the slip with reference and code."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from complaints.desk import dates
from complaints.desk.forms import must_say, one_of
from complaints.desk.frame import official_of, show, visible
from complaints.intake import Reachable, Submission, lodge
from complaints.models import Complaint
from complaints.references import tracking_code
from departments.channels import ASSISTED, ChannelKind
from departments.errors import NotAllowed, Refused
from departments.forms import DistrictField, offer_districts
from departments.models import Category, Channel, User
from departments.patterns import PatternForm, Radios
from departments.roles import Power, Scope, scope_of
from departments.sops import Reason

# In the session stand the token and the moment, never the code; after that the slip is shown no more.
_SLIP = "desk_slip"
# Who sits at the telephone takes down one call after the other.
_LAST_CHANNEL = "desk_channel"
SLIP_LASTS = timedelta(minutes=15)


class OfChannel(forms.ModelChoiceField):
    """A channel by its name, with its department where there are several."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} · {obj.department}" if getattr(self, "several", False) else str(obj.name)


class OfCategory(forms.ModelChoiceField):
    """A category, with its department where there are several."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} · {obj.department}" if getattr(self, "several", False) else str(obj.name)


class EntryForm(PatternForm):
    """What the citizen says, as it is said: first how it came and what it is about, at last how to answer."""

    token = forms.CharField(widget=forms.HiddenInput, min_length=8, max_length=120)
    channel = OfChannel(None, label=_("How it comes"), empty_label=None, widget=Radios)
    text = must_say(
        _("What the citizen says"), _("Write what it is about."), hint=_("In the citizen's own words."), rows=7
    )
    reason = one_of(_("What it is"), Reason.choices, _("Choose what it is."))
    category = OfCategory(None, label=_("Category"), required=False, empty_label=_("Not clear yet"))
    district = DistrictField(label=_("District"), silence=_("Not said"))
    place = forms.CharField(label=_("Place"), required=False, max_length=500, widget=forms.TextInput({"dir": "auto"}))
    language = one_of(_("Language of the answer"), settings.LANGUAGES, _("Choose the language."))
    anonymity = one_of(
        _("Name"),
        [
            (Complaint.Anonymity.NAMED, _("The office may know the name")),
            (Complaint.Anonymity.HIDDEN, _("Hidden from the office that handles it")),
            (Complaint.Anonymity.UNKNOWN, _("Unknown: no name and no address are kept")),
        ],
        _("Choose how the name is kept."),
    )
    name = forms.CharField(
        label=_("Citizen's name"), required=False, max_length=200, widget=forms.TextInput({"dir": "auto"})
    )
    contact_kind = forms.ChoiceField(
        label=_("Answer by"),
        required=False,
        choices=[
            ("", _("The tracking page only")),
            *[(k.value, k.label) for k in (ChannelKind.PHONE, ChannelKind.SMS, ChannelKind.EMAIL, ChannelKind.LETTER)],
        ],
    )
    contact = forms.CharField(
        label=_("Number or address"),
        required=False,
        max_length=320,
        widget=forms.TextInput({"dir": "auto", "autocomplete": "off"}),
    )
    received_at = forms.DateTimeField(
        label=_("Received when"),
        required=False,
        help_text=_("Only if it reached the office before now, such as a letter. Leave it empty for now."),
        widget=forms.DateTimeInput({"type": "datetime-local", "class": "govuk-input--width-20"}, "%Y-%m-%dT%H:%M"),
        error_messages={"invalid": _("Write date and time like 2026-03-31 14:05.")},
    )

    def __init__(self, scope: Scope, at: datetime, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = _within(Channel.objects.filter(is_open=True, kind__in=ASSISTED), scope)
        self._choose("channel", channels.filter(department__live_since__lte=at), _("Choose how it comes."))
        categories = _within(Category.objects.filter(is_open=True), scope)
        self._choose("category", categories.order_by("department", "reason", "code"), _("Choose a category."))

    def _choose(self, name: str, rows: QuerySet[Any], missing: Any) -> None:
        field = self.fields[name]
        field.queryset = rows.select_related("department")  # type: ignore[attr-defined]
        field.several = rows.values("department").distinct()[:2].count() > 1  # type: ignore[attr-defined]
        field.error_messages |= {"required": missing, "invalid_choice": missing}

    def clean(self) -> dict[str, Any]:
        """A number without a way, or a way without a number, is half an address."""
        cleaned: dict[str, Any] = super().clean() or {}
        kind, address = cleaned.get("contact_kind"), cleaned.get("contact")
        if address and not kind:
            self.add_error("contact_kind", _("Choose how to answer at this number or address."))
        if kind and not address and "contact" not in self.errors:
            self.add_error("contact", _("Write the number or address."))
        return cleaned

    def submission(self) -> Submission:
        """Return what was typed as a submission."""
        typed = self.cleaned_data
        reach = Reachable(typed["contact_kind"], typed["contact"]) if typed["contact_kind"] else None
        taken = (
            "channel",
            "text",
            "reason",
            "category",
            "district",
            "place",
            "language",
            "anonymity",
            "name",
            "received_at",
            "token",
        )
        return Submission(reach=reach, **{name: typed[name] for name in taken})


def _within(rows: QuerySet[Any], scope: Scope) -> QuerySet[Any]:
    """Narrow to the departments where the official takes down queries: a section's people file with its department."""
    if scope.everything:
        return rows
    return rows.filter(Q(department__in=scope.departments) | Q(department__sections__in=scope.sections)).distinct()


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """One screen on which a query by telephone, counter or letter is taken down."""
    at = timezone.now()
    official = official_of(request)
    scope = scope_of(official.appointments.all(), at, Power.LODGE)
    if not (scope.everything or scope.departments or scope.sections):
        return show(request, official, at, "desk/refused.html", {"sentence": _not_yours()}, status=403)
    if request.method != "POST":
        start = {
            "token": secrets.token_urlsafe(24),
            "channel": request.session.get(_LAST_CHANNEL),
            "reason": Reason.COMPLAINT,
            "language": request.LANGUAGE_CODE,
            "anonymity": Complaint.Anonymity.NAMED,
        }
        return _form_page(request, official, at, EntryForm(scope, at, initial=start))
    form = EntryForm(scope, at, request.POST)
    if not form.is_valid():
        return _form_page(request, official, at, form, status=400)
    try:
        filed = lodge(form.submission(), by=official, at=at)
    except Refused as refusal:
        field = getattr(refusal, "field", "")
        form.add_error(field if field in form.fields else None, refusal.sentence)
        return _form_page(request, official, at, form, status=403 if isinstance(refusal, NotAllowed) else 400)
    request.session[_LAST_CHANNEL] = filed.complaint.channel_id
    request.session[_SLIP] = {"complaint": filed.complaint.pk, "at": at.isoformat()}
    return redirect("desk_slip")


def _not_yours() -> str:
    return str(_("Your posts do not allow you to take down queries."))


def _form_page(
    request: HttpRequest, official: User, at: datetime, form: EntryForm, *, status: int = 200
) -> HttpResponse:
    offer_districts(form)
    return show(request, official, at, "desk/new.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def slip(request: HttpRequest) -> HttpResponse:
    """The slip to print or to read out: reference and tracking code, only to who took the query down, only in this
    session and for a quarter of an hour. POST says that it was given, and the code is gone."""
    at = timezone.now()
    official = official_of(request)
    if request.method == "POST":
        request.session.pop(_SLIP, None)
        return redirect("desk_new")
    complaint = _on_the_slip(request, official, at)
    if complaint is None or complaint.idempotency_key is None:
        sentence = str(_("There is no slip to show. A tracking code is shown once, right after filing."))
        return show(request, official, at, "desk/refused.html", {"sentence": sentence}, status=404)
    worktime = complaint.department.calendar.worktime()
    answer = complaint.duties.filter(code="R3", replaced_at__isnull=True).first()
    context = {
        "complaint": complaint,
        "code": tracking_code(settings.TRACKING_KEY, complaint.idempotency_key),
        "due": dates.by(answer.promised_at, answer.unit, worktime) if answer else "",
        "track": f"{settings.PUBLIC_BASE_URL.rstrip('/')}/track/",
    }
    return show(request, official, at, "desk/slip.html", context)


def _on_the_slip(request: HttpRequest, official: User, at: datetime) -> Complaint | None:
    kept = request.session.get(_SLIP)
    if not kept or at - datetime.fromisoformat(kept["at"]) > SLIP_LASTS:
        return None
    mine = visible(official, at=at).filter(pk=kept["complaint"], taken_by=official)
    return mine.select_related("department__calendar", "section").first()
