"""Opens a report: for officials of the departments in their sight, for everybody of those that take queries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from departments.models import Department, User
from engagement.dashboard.contents import REPORTS, report_called
from engagement.dashboard.exhibits import Asked, Audience, Exhibit, Report
from engagement.dashboard.forms import WhichFigures, name_of
from engagement.dashboard.panels import OFFICIAL, PUBLIC, Reader
from engagement.dashboard.scope import departments_of, reviewed_by
from engagement.figures import is_quick
from engagement.rollup import METHOD_VERSION

# In place of a department's code in an address: all that the reader may see.
ALL = "all"


@require_safe
def dashboard_report(request: HttpRequest, code: str, report: str) -> HttpResponse:
    """A report for officials; 404 for a department that does not exist or is not in sight, alike."""
    now = timezone.now()
    official = cast(User, request.user)
    mine = departments_of(official, now)
    watched = reviewed_by(official, mine, now)
    found = _found(report, set(Audience))
    chosen = _chosen(watched if found.audience is Audience.REVIEWERS else mine, code)
    audiences = set(Audience) if set(chosen) <= set(watched) else set(Audience) - {Audience.REVIEWERS}
    return _page(request, chosen, found, now, OFFICIAL, audiences)


@login_not_required
@require_safe
def performance_report(request: HttpRequest, code: str, report: str) -> HttpResponse:
    """A report for everybody, without small cells; 404 for one that is for officials."""
    now = timezone.now()
    live = list(Department.objects.filter(live_since__lte=now).select_related("calendar").order_by("code"))
    audiences = {Audience.EVERYBODY}
    return _page(request, _chosen(live, code), _found(report, audiences), now, PUBLIC, audiences)


def _chosen(departments: Sequence[Department], code: str) -> Sequence[Department]:
    chosen = departments if code == ALL else [each for each in departments if each.code == code]
    if not chosen:
        raise Http404
    return chosen


def _found(slug: str, audiences: set[Audience]) -> Report:
    report = report_called(slug)
    if report is None or report.audience not in audiences:
        raise Http404
    return report


def _page(
    request: HttpRequest,
    departments: Sequence[Department],
    report: Report,
    now: datetime,
    reader: Reader,
    audiences: set[Audience],
) -> HttpResponse:
    form = WhichFigures(request.GET, departments, now)
    exhibits: Sequence[Exhibit] = ()
    if _may_count(form, departments):
        exhibits = report.build(Asked(departments, form.chosen, form.at_chosen, now, reader))
    context: dict[str, Any] = {
        "base": "base.html" if reader is PUBLIC else "desk_base.html",
        "is_public": reader is PUBLIC,
        "form": form,
        "report": report,
        "others": [each for each in REPORTS if each.audience in audiences],
        "code": departments[0].code if len(departments) == 1 else ALL,
        "department": departments[0] if len(departments) == 1 else None,
        "exhibits": exhibits,
        "method_version": METHOD_VERSION,
    }
    if form.is_valid():
        context |= {"quarter": form.chosen, "quarter_name": name_of(form.chosen), "moment": form.at_chosen or now}
    return render(request, "dashboard/report.html", context)


def _may_count(form: WhichFigures, departments: Sequence[Department]) -> bool:
    if not form.is_valid():
        return False
    if form.at_chosen is not None and len(departments) > 1 and not is_quick():
        form.add_error("at", _("Open one department first: counting all of them as of an earlier moment takes long."))
        return False
    return True
