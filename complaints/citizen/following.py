"""Following a query at /track/: opened by reference and code in a POST, then kept open in the session for an hour.

Neither stands in an address. (`Referrer-Policy: no-referrer` would make browsers send `Origin: null` with our own
forms, which the CSRF check must refuse; `same-origin` tells other sites as little.)
"""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.http import require_POST

from complaints import lookups
from complaints.citizen.acts import ACTS, Act, ActForm, was_done
from complaints.citizen.fields import LineAnswer
from complaints.citizen.privacy import client_of, for_citizens, holder_of
from complaints.correspondence import read_on_page
from complaints.models import Complaint
from complaints.tracking import CaseSeen, as_seen_by_citizen
from departments.errors import Invalid, Refused, Stale
from departments.patterns import PatternForm

OPEN_FOR = timedelta(hours=1)
_NAME = "case"
# So often another's change at the very same moment is looked past, as long as nothing that is shown here changed.
_TRIES = 3


class OpenForm(PatternForm):
    """What opens a query: both, or nothing."""

    reference = LineAnswer(
        label=gettext_lazy("Reference"),
        help_text=gettext_lazy("11 digits, like 123-4567-8901."),
        empty=gettext_lazy("Write the reference."),
        longest=100,
        widget=forms.TextInput(
            attrs={"dir": "ltr", "inputmode": "numeric", "autocomplete": "off", "class": "govuk-input--width-20"}
        ),
    )
    code = LineAnswer(
        label=gettext_lazy("Tracking code"),
        help_text=gettext_lazy("13 letters and digits, like ABCD-EFGH-JKMNP. You got it when you sent your query."),
        empty=gettext_lazy("Write the tracking code."),
        longest=100,
        widget=forms.TextInput(
            attrs={"dir": "ltr", "autocomplete": "off", "spellcheck": "false", "class": "govuk-input--width-20"}
        ),
    )


@method_decorator(for_citizens, name="dispatch")
class OpenView(View):
    """The door: the form, and the one answer to whatever does not fit together."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form; and the query that is open in this browser, if one is."""
        return self._shown(request, OpenForm(), 200)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Open the query. A wrong code, another's reference and one that does not exist get the same answer."""
        form = OpenForm(request.POST)
        if not form.is_valid():
            return self._shown(request, form, 400)
        at = timezone.now()
        typed = form.cleaned_data
        try:
            found = lookups.opened(typed["reference"], typed["code"], client=client_of(request), at=at)
        except lookups.TooManyWrong:
            form.add_error(None, _("Too many wrong tries. Wait a minute, then try again. Your query is safe."))
            response = self._shown(request, form, 429)
            response.headers["Retry-After"] = str(int(lookups.WINDOW.total_seconds()))
            return response
        if found is None:
            said = _("We cannot open a query with this reference and this code. Look at both again, letter by letter.")
            form.add_error(None, said)
            return self._shown(request, form, 404)
        request.session.cycle_key()
        _keep_open(request, found, at)
        return redirect("track_case")

    def _shown(self, request: HttpRequest, form: OpenForm, status: int) -> HttpResponse:
        return render(request, "citizen/track.html", {"form": form, "is_open": _NAME in request.session}, status=status)


@method_decorator(for_citizens, name="dispatch")
class CaseView(View):
    """The opened query: where it stands, who owes what by when, the conversation, and what the citizen can do."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it, or the door where none is open. What is shown reaches the citizen by it."""
        at = timezone.now()
        complaint = _opened(request, at)
        if complaint is None:
            return redirect("track")
        if _is_the_reader(request):
            read_on_page(complaint, at=at)
        return _case_page(request, as_seen_by_citizen(complaint, at=at))


@method_decorator(for_citizens, name="dispatch")
class ActView(View):
    """One act of the citizen on the opened query. GET only leads back, for a reload after an error."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, act: str) -> HttpResponse:
        """Lead back to the query."""
        return redirect("track_case")

    def post(self, request: HttpRequest, act: str) -> HttpResponse:
        """Do it once, or say why not and keep what was typed."""
        if act not in ACTS:
            raise Http404
        at = timezone.now()
        form = ACTS[act].form(request.POST, auto_id=f"{act}_%s")
        complaint = _opened(request, at)
        if complaint is None:
            return render(request, "citizen/closed.html", {"form": form}, status=403)
        if form.data.get("reference", "") != complaint.reference:
            form.add_error(None, _("Another query was opened in this browser since. Nothing was sent."))
            return _case_page(request, as_seen_by_citizen(complaint, at=at), {act: form})
        if not form.is_valid() or not _is_done(complaint, act, form, at):
            current = lookups.reopened(complaint.pk) or complaint
            return _case_page(request, as_seen_by_citizen(current, at=at), {act: form})
        _keep_open(request, complaint, at)
        messages.success(request, ACTS[act].done)
        return redirect("track_case")


def _is_done(complaint: Complaint, name: str, form: ActForm, at: datetime) -> bool:
    """Do the act, unless it was done by the same click already; False leaves the reason in the form."""
    act = ACTS[name]
    for _try in range(_TRIES):
        case = as_seen_by_citizen(complaint, at=at)
        if case.seen != form.cleaned_data["seen"] or name not in case.acts:
            return _was_done_or_say(complaint, act, form, at)
        try:
            act.do(complaint, complaint.version, at, form.cleaned_data)
        except Stale:
            complaint = lookups.reopened(complaint.pk) or complaint
        except Invalid as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
            return False
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
            return False
        else:
            return True
    return _was_done_or_say(complaint, act, form, at)


def _was_done_or_say(complaint: Complaint, act: Act, form: ActForm, at: datetime) -> bool:
    if was_done(complaint, act, form.cleaned_data, at):
        return True
    said = _("Something changed since you opened this page. Look at it, then decide; what you wrote is still here.")
    form.add_error(None, said)
    return False


@for_citizens
@require_POST
def close_case(request: HttpRequest) -> HttpResponse:
    """Close the opened query, so that the next person at this computer does not see it."""
    request.session.pop(_NAME, None)
    messages.success(request, _("Your query is closed on this computer."))
    return redirect("track")


def _is_the_reader(request: HttpRequest) -> bool:
    """Whether the citizen looks at the page: not an official who opened it with the code, who records what he told by
    his own verb, and not a browser that fetches it before anybody asked (Fetch Metadata: Sec-Purpose)."""
    is_ahead = "prefetch" in request.headers.get("Sec-Purpose", "")
    return request.method == "GET" and holder_of(request) is None and not is_ahead


def _keep_open(request: HttpRequest, complaint: Complaint, at: datetime) -> None:
    request.session[_NAME] = {"pk": complaint.pk, "holder": holder_of(request), "at": at.timestamp()}
    if holder_of(request) is None:
        request.session.set_expiry(int(OPEN_FOR.total_seconds()))


def _opened(request: HttpRequest, at: datetime) -> Complaint | None:
    """Return the query that is open in this browser, unless the hour is over or somebody signed in or out since."""
    kept = request.session.get(_NAME)
    if not isinstance(kept, dict) or kept["holder"] != holder_of(request):
        return None
    if not 0 <= at.timestamp() - kept["at"] < OPEN_FOR.total_seconds():
        return None
    return lookups.reopened(kept["pk"])


def _case_page(request: HttpRequest, case: CaseSeen, bound: dict[str, ActForm] | None = None) -> HttpResponse:
    """Draw the query with the forms of the acts that are open; `bound` is the one that was just refused."""
    refused = bound or {}
    now = {"reference": case.reference, "seen": case.seen}
    acts: dict[str, Any] = {}
    for name, act in ACTS.items():
        if name in refused:
            form = refused[name]
            form.data = {**form.data.dict(), **now}  # type: ignore[attr-defined]
            acts[name] = form
        elif name in case.acts:
            acts[name] = act.form(initial=now, auto_id=f"{name}_%s")
    wrong = next(iter(refused.values()), None)
    with timezone.override(case.zone):
        context = {"case": case, "acts": acts, "form": wrong, "refused": next(iter(refused), "")}
        return render(request, "citizen/case.html", context)
