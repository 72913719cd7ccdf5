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
from engagement.dashboard.assessing import open_for
from engagement.dashboard.calls import to_call
from engagement.dashboard.contents import ALL, reports_for
from engagement.dashboard.forms import WhichFigures, name_of
from engagement.dashboard.levels import basis_sentence, level_line
from engagement.dashboard.panels import OFFICIAL, panel, work_picture
from engagement.dashboard.scope import audiences, departments_of, sees_all
from engagement.figures import Figures, figures_at, figures_now, is_quick
from engagement.labels import under_review
from engagement.periods import Quarter
from engagement.rollup import METHOD_VERSION, STANDARD
from engagement.showing import percent, percents


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """All departments in the official's sight, one row each; 403 with a sentence when there is none."""
    now, official = timezone.now(), cast(User, request.user)
    departments = departments_of(official, now)
    if not departments:
        return render(request, "dashboard/nothing.html", {"to_assess": open_for(official, now)}, status=403)
    form = WhichFigures(request.GET, departments, now)
    found = asked_for(form, departments, now)
    context = frame(form, found, now) | {"base": "desk_base.html", "is_public": False}
    context |= {"to_assess": open_for(official, now), "to_call": to_call(official, departments, now)}
    context["reports"] = reports_for(ALL, audiences(official, departments, now), is_centre=sees_all(official, now))
    if found:
        context["panels"] = [panel(each, OFFICIAL) for each in found]
        context["picture"] = work_picture(found, OFFICIAL)
    return render(request, "dashboard/overview.html", context)


@require_safe
def dashboard_department(request: HttpRequest, code: str) -> HttpResponse:
    """One department in full; 404 for one that does not exist or is not in the official's sight, alike."""
    now, official = timezone.now(), cast(User, request.user)
    mine = departments_of(official, now)
    departments = [each for each in mine if each.code == code]
    if not departments:
        raise Http404
    form = WhichFigures(request.GET, departments, now)
    found = asked_for(form, departments, now)
    context = frame(form, found, now) | {"base": "desk_base.html", "is_public": False, "department": departments[0]}
    context["to_assess"] = [each for each in open_for(official, now) if each.code == code]
    context["to_call"] = to_call(official, departments, now)
    context["reports"] = reports_for(code, audiences(official, departments, now), is_centre=False)
    context["desk_queue"] = Queue.DEPARTMENT if len(mine) == 1 else Queue.ALL
    if found:
        context["panel"] = panel(found[0], OFFICIAL)
        context["level"] = level_line(departments[0], form.chosen, now, form.at_chosen)
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
        "under_review": _under_review(found, quarter),
        "counted_at": min((each.counted_at for each in found if each.counted_at), default=None),
        "uncounted": any(each.counted_at is None for each in found),
        "chosen_query": f"quarter={quarter}"
        + (f"&at={form.at_chosen:%Y-%m-%dT%H:%M}" if query and form.at_chosen else ""),
        "status": basis_sentence([each.department for each in found], quarter, form.at_chosen or now),
        "method_version": METHOD_VERSION,
        "standard": percents(percent(float(STANDARD))),
    }


def _under_review(found: Sequence[Figures], quarter: Quarter) -> list[str]:
    """The codes of the figures whose records are under review, on the page of one department."""
    return under_review([found[0].department], quarter).get(found[0].department.pk, []) if len(found) == 1 else []
