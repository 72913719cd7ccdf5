"""The figures for officials: of each department that they may see whole."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from complaints.triage import Queue
from departments.models import Department, User
from engagement.dashboard.contents import ALL, reports_for
from engagement.dashboard.exhibits import Audience
from engagement.dashboard.forms import WhichFigures, name_of
from engagement.dashboard.panels import OFFICIAL, panel, work_picture
from engagement.dashboard.scope import departments_of, sees_all
from engagement.figures import Figures, figures_at, figures_now, is_quick
from engagement.periods import Quarter
from engagement.rollup import METHOD_VERSION, STANDARD
from engagement.showing import percent, percents


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """All departments in the official's sight, one row each; 403 with a sentence when there is none."""
    now = timezone.now()
    departments = departments_of(cast(User, request.user), now)
    if not departments:
        return render(request, "dashboard/nothing.html", status=403)
    form = WhichFigures(request.GET, departments, now)
    found = asked_for(form, departments, now)
    context = frame(form, found, now) | {"base": "desk_base.html", "is_public": False}
    context["reports"] = reports_for(ALL, set(Audience), is_centre=sees_all(cast(User, request.user), now))
    if found:
        context["panels"] = [panel(each, OFFICIAL) for each in found]
        context["picture"] = work_picture(found, OFFICIAL)
    return render(request, "dashboard/overview.html", context)


@require_safe
def dashboard_department(request: HttpRequest, code: str) -> HttpResponse:
    """One department in full; 404 for one that does not exist or is not in the official's sight, alike."""
    now = timezone.now()
    mine = departments_of(cast(User, request.user), now)
    departments = [each for each in mine if each.code == code]
    if not departments:
        raise Http404
    form = WhichFigures(request.GET, departments, now)
    found = asked_for(form, departments, now)
    context = frame(form, found, now) | {"base": "desk_base.html", "is_public": False, "department": departments[0]}
    context["reports"] = reports_for(code, set(Audience), is_centre=False)
    context["desk_queue"] = Queue.DEPARTMENT if len(mine) == 1 else Queue.ALL
    if found:
        context["panel"] = panel(found[0], OFFICIAL)
    return render(request, "dashboard/department.html", context)


def asked_for(form: WhichFigures, departments: Sequence[Department], now: datetime) -> list[Figures]:
    """Return the figures that the form asks for; none, and the form says why, when they cannot be had."""
    if not form.is_valid():
        return []
    if form.at_chosen is None:
        return figures_now(departments, form.chosen, now)
    if len(departments) > 1 and not is_quick():
        form.add_error("at", _("Open one department first: counting all of them as of an earlier moment takes long."))
        return []
    return figures_at(departments, form.chosen, form.at_chosen)


def frame(form: WhichFigures, found: Sequence[Figures], now: datetime) -> dict[str, Any]:
    """Return what every page of figures says of itself: period, moment, method."""
    if not found:
        return {"form": form, "now": now}
    quarter: Quarter = form.chosen
    query = form.data.get("at") or ""
    return {
        "form": form,
        "now": form.at_chosen or now,
        "is_past": form.at_chosen is not None,
        "quarter": quarter,
        "quarter_name": name_of(quarter),
        "counted_at": min((each.counted_at for each in found if each.counted_at), default=None),
        "uncounted": any(each.counted_at is None for each in found),
        "chosen_query": f"quarter={quarter}"
        + (f"&at={form.at_chosen:%Y-%m-%dT%H:%M}" if query and form.at_chosen else ""),
        "method_version": METHOD_VERSION,
        "standard": percents(percent(float(STANDARD))),
    }
