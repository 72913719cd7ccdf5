"""What every page of an official begins with: who asks, which query he may see, and what waits for him."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from complaints.models import Complaint
from complaints.references import read_reference
from complaints.telling import unread
from complaints.triage import COUNTED
from complaints.visibility import visible_to
from departments.models import User
from departments.roles import Power, scope_of


def official_of(request: HttpRequest) -> User:
    """Return who is signed in, with his posts read once for the whole page."""
    official = request.user
    if not isinstance(official, User):
        raise Http404
    prefetch_related_objects([official], "appointments")
    return official


def visible(official: User, *, at: datetime) -> QuerySet[Complaint]:
    """Return the queries that the official may see; every page begins with it."""
    return Complaint.objects.filter(visible_to(official, at=at))


def find(complaints: QuerySet[Complaint], reference: str) -> Complaint:
    """Return the query of this reference; Http404 where there is none, or none for this official."""
    found = complaints.filter(reference=reference).first() if read_reference(reference) == reference else None
    if found is None:
        raise Http404
    return found


def show(
    request: HttpRequest, official: User, at: datetime, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Answer with a page of the desk: its own context, and what its frame shows."""
    takes = scope_of(official.appointments.all(), at, Power.LODGE)
    number = context["unread"] if "unread" in context else unread(official, at=at)[: COUNTED + 1].count()
    frame = {
        "at": at,
        "official": official,
        "unread_shown": f"{COUNTED}+" if number > COUNTED else str(number or ""),
        "takes_down": takes.everything or bool(takes.departments or takes.sections),
    }
    return render(request, template, {**frame, **context}, status=status)
