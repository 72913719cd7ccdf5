"""Makes a move: shows its form, calls its verb, and brings what the verb refuses back to the person, nothing lost."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from complaints.desk.forms import MoveForm
from complaints.desk.frame import official_of, show, visible
from complaints.desk.history import history
from complaints.desk.moves import DOINGS, form_for
from complaints.desk.query import described
from complaints.desk.situation import Situation, situation
from complaints.stages import MOVES
from departments.errors import Invalid, NotAllowed, NotReady, Refused, Stale
from departments.models import User

# What the refusal of a verb is in HTTP.
STATUS: dict[type[Refused], int] = {NotAllowed: 403, NotReady: 409, Stale: 409, Invalid: 400}


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, reference: str, move: str) -> HttpResponse:
    """Show the form of a move, or make it."""
    at = timezone.now()
    official = official_of(request)
    now = situation(official, reference, at=at)
    if move not in DOINGS:
        raise Http404
    if request.method != "POST":
        begun = form_for(move, now.case, standard_text=request.GET.get("standard", ""))
        return _page(request, official, now, move, begun)
    form = form_for(move, now.case, request.POST)
    if not form.is_valid():
        return _page(request, official, now, move, form, status=400 if move in now.allowed else 403)
    try:
        DOINGS[move].do(form)
    except Refused as refusal:
        return _refused(request, official, now, move, form, refusal)
    messages.success(request, str(DOINGS[move].done))
    if not _is_still_seen(official, now, at):
        return redirect("desk")
    return redirect("desk_query", reference)


def _is_still_seen(official: User, now: Situation, at: datetime) -> bool:
    """Whether the official still sees the query: who gives one away may not see it any more."""
    return visible(official, at=at).filter(pk=now.complaint.pk).exists()


def _refused(
    request: HttpRequest, official: User, now: Situation, move: str, form: MoveForm, refusal: Refused
) -> HttpResponse:
    field = getattr(refusal, "field", "")
    form.add_error(field if field in form.fields else None, refusal.sentence)
    seen = form.cleaned_data.get("version", 0) or now.complaint.version
    missed = []
    if isinstance(refusal, Stale):
        # What was typed stays; the version is the one that is shown now, so that pressing again is a decision.
        now = situation(official, now.complaint.reference, at=now.case.at)
        missed = history(now.complaint, now.events, now.entries)[: max(1, now.complaint.version - seen)]
        form.data = {**form.data.dict(), "version": now.complaint.version}  # type: ignore[attr-defined]
    status = next((STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS), 409)
    return _page(request, official, now, move, form, status=status, missed=missed)


def _page(
    request: HttpRequest,
    official: User,
    now: Situation,
    move: str,
    form: MoveForm,
    *,
    status: int = 200,
    missed: Any = (),
) -> HttpResponse:
    is_allowed = move in now.allowed
    why_not = now.why_not(move) if is_allowed else _not_allowed(now, move)
    if status == 200 and not is_allowed:
        status = 403
    context = {
        "unread": now.unread,
        **described(now),
        "move": move,
        "doing": DOINGS[move],
        "form": form,
        "is_allowed": is_allowed,
        "why_not": why_not,
        "missed": missed,
    }
    return show(request, official, now.case.at, "desk/move.html", context, status=status)


def _not_allowed(now: Situation, move: str) -> str:
    if MOVES[move].powers & now.case.powers():
        return _("This is not possible at the stage in which the query is.")
    return _("Your posts do not allow this.")
