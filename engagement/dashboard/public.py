"""The figures for everybody: the same, without small cells, and with who is responsible and what was promised."""

import csv
from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from departments.models import Department
from departments.offices import live_departments, offices
from engagement.dashboard.contents import ALL, reports_for
from engagement.dashboard.exhibits import Audience
from engagement.dashboard.forms import WhichFigures, is_busy, refuse_busy
from engagement.dashboard.guard import Busy, kept
from engagement.dashboard.levels import level_line
from engagement.dashboard.methods import CHANGES, METHODS
from engagement.dashboard.panels import PUBLIC, panel, work_picture
from engagement.dashboard.promises import promises
from engagement.dashboard.views import asked_for, frame
from engagement.figures import Figures, is_quick
from engagement.rollup import METHOD_VERSION


@login_not_required
@require_safe
def performance(request: HttpRequest) -> HttpResponse:
    """Every department that takes queries, by its name."""
    now = timezone.now()
    departments = _live(now)
    form = WhichFigures(request.GET, departments, now)
    found = asked_for(form, departments, now)
    found.sort(key=lambda each: str(each.department.name))
    context = frame(form, found, now) | {"base": "base.html", "is_public": True, "nobody": not departments}
    context["reports"] = reports_for(ALL, {Audience.EVERYBODY}, is_centre=True) if departments else []
    if found:
        context["panels"] = [panel(each, PUBLIC) for each in found]
        context["picture"] = work_picture(found, PUBLIC)
    return render(request, "dashboard/overview.html", context)


@login_not_required
@require_safe
def performance_department(request: HttpRequest, code: str) -> HttpResponse:
    """One department: who is responsible, what was promised, what was kept."""
    now = timezone.now()
    department = _one(code, now)
    form = WhichFigures(request.GET, [department], now)
    found = _counted(form, department, now)
    context = frame(form, found, now) | {"base": "base.html", "is_public": True, "department": department}
    context["office"] = next((each for each in offices(now) if each.department.pk == department.pk), None)
    context["reports"] = reports_for(code, {Audience.EVERYBODY}, is_centre=True)
    context["promises"] = promises(department, now)
    if found:
        context["panel"] = panel(found[0], PUBLIC)
        context["level"] = level_line(department, form.chosen, now, form.at_chosen)
    return render(request, "dashboard/department.html", context, status=503 if is_busy(form) else 200)


@login_not_required
@require_safe
def methods(request: HttpRequest) -> HttpResponse:
    """How every figure is made: names, formulas, and what was changed in them."""
    return render(
        request, "dashboard/methods.html", {"methods": METHODS, "changes": CHANGES, "version": METHOD_VERSION}
    )


@login_not_required
@require_safe
def performance_csv(request: HttpRequest, code: str) -> HttpResponse:
    """The department's table as numbers; what may not be told is empty. 404 for a period that cannot be."""
    now = timezone.now()
    department = _one(code, now)
    form = WhichFigures(request.GET, [department], now)
    found = _counted(form, department, now)
    if not found:
        raise Http404
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{department.code}-{form.chosen}.csv"'
    writer = csv.writer(answer)
    writer.writerow(["quarter", "as_of", "stage", "step", "on_time", "late", "n", "not_yet_due", "no_longer_owed"])
    for stage in panel(found[0], PUBLIC).stages:
        for line in stage.lines:
            shown = line.step.shown
            cells = (shown.on_time, shown.late, shown.n, line.step.not_yet_due, line.step.released)
            as_of = found[0].counted_at.isoformat() if found[0].counted_at else ""
            writer.writerow([str(form.chosen), as_of, stage.stage.value, line.code, *map(_plain, cells)])
    return answer


def _plain(cell: str) -> str:
    """A count as digits alone; nothing for one that is not told, so that no cell is ever a formula or a text."""
    digits = cell.replace(",", "")
    return digits if digits.isdecimal() else ""


def _live(now: datetime) -> Sequence[Department]:
    return list(live_departments(now))


def _one(code: str, now: datetime) -> Department:
    found = [each for each in _live(now) if each.code == code]
    if not found:
        raise Http404
    return found[0]


def _counted(form: WhichFigures, department: Department, now: datetime) -> list[Figures]:
    """Return the figures; for an earlier moment kept ones, or counted when nobody else's are just being counted."""
    if not form.is_valid() or form.at_chosen is None or is_quick():
        return asked_for(form, [department], now)
    key = f"figures:{department.pk}:{form.chosen}:{form.at_chosen.isoformat()}"
    try:
        return kept(key, lambda: asked_for(form, [department], now))
    except Busy:
        refuse_busy(form)
        return []
