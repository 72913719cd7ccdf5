"""Opens a report, or one of its exhibits as a file: for officials of the departments in their sight, for everybody of
those that take queries."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from departments.models import Department, User
from departments.offices import live_departments
from engagement.dashboard.basis import Basis
from engagement.dashboard.contents import ALL, report_called, reports_for
from engagement.dashboard.exhibits import Asked, Audience, Exhibit, Report
from engagement.dashboard.exports import EXPORTS
from engagement.dashboard.forms import WhichFigures, is_busy, refuse_busy
from engagement.dashboard.guard import Busy, kept
from engagement.dashboard.panels import OFFICIAL, PUBLIC, Reader
from engagement.dashboard.scope import audiences, departments_of, reviewed_by, sees_all
from engagement.figures import is_quick

PUBLIC_AUDIENCES = frozenset({Audience.EVERYBODY})


@dataclass(frozen=True)
class Sight:
    """What a reader may see: `departments`, and whether also what compares them all."""

    reader: Reader
    departments: Sequence[Department]
    audiences: AbstractSet[Audience]
    is_centre: bool


@dataclass(frozen=True)
class Opened:
    """A report that somebody may read. `basis` is missing, and there are no exhibits, where the form says why."""

    report: Report
    code: str
    departments: Sequence[Department]
    sight: Sight
    form: WhichFigures
    exhibits: Sequence[Exhibit] = ()
    basis: Basis | None = None


@require_safe
def dashboard_report(request: HttpRequest, code: str, report: str) -> HttpResponse:
    """A report for officials; 404 for a department that does not exist or is not in sight, alike."""
    return _page(request, _for_officials(request, code, report))


@require_safe
def dashboard_export(request: HttpRequest, code: str, report: str, exhibit: str, kind: str) -> HttpResponse:
    """One exhibit of it as a file; 404 for a period that cannot be, too."""
    return _file(request, _for_officials(request, code, report), exhibit, kind)


@login_not_required
@require_safe
def performance_report(request: HttpRequest, code: str, report: str) -> HttpResponse:
    """A report for everybody, without small cells; 404 for one that is for officials."""
    return _page(request, _for_everybody(request, code, report))


@login_not_required
@require_safe
def performance_export(request: HttpRequest, code: str, report: str, exhibit: str, kind: str) -> HttpResponse:
    """One exhibit of it as a file; 404 for a period that cannot be, too."""
    return _file(request, _for_everybody(request, code, report), exhibit, kind)


def _for_officials(request: HttpRequest, code: str, slug: str) -> Opened:
    now = timezone.now()
    official = cast(User, request.user)
    is_centre = sees_all(official, now)
    report = _found(slug, code, set(Audience), is_centre=is_centre)
    mine = departments_of(official, now)
    there = reviewed_by(official, mine, now) if report.audience is Audience.REVIEWERS else mine
    chosen = _chosen(there, code)
    return _opened(request, report, code, Sight(OFFICIAL, chosen, audiences(official, chosen, now), is_centre), now)


def _for_everybody(request: HttpRequest, code: str, slug: str) -> Opened:
    now = timezone.now()
    report = _found(slug, code, PUBLIC_AUDIENCES, is_centre=True)
    live = list(live_departments(now))
    return _opened(request, report, code, Sight(PUBLIC, _chosen(live, code), PUBLIC_AUDIENCES, True), now)


def _found(slug: str, code: str, audiences: AbstractSet[Audience], *, is_centre: bool) -> Report:
    report = report_called(slug)
    if report is None or report not in reports_for(code, audiences, is_centre=is_centre):
        raise Http404
    return report


def _chosen(departments: Sequence[Department], code: str) -> Sequence[Department]:
    chosen = departments if code == ALL else [each for each in departments if each.code == code]
    if not chosen:
        raise Http404
    return chosen


def _opened(request: HttpRequest, report: Report, code: str, sight: Sight, now: datetime) -> Opened:
    chosen = sight.departments
    form = WhichFigures(request.GET, chosen, now, report.filters, report.opens_on)
    if not _may_count(form, chosen):
        return Opened(report, code, chosen, sight, form)
    asked = Asked(chosen, form.chosen, form.at_chosen, now, sight.reader, form.narrowed)
    is_all = code == ALL and sight.is_centre
    who = _("All departments") if is_all else _(", ").join(str(each.name) for each in chosen)
    try:
        exhibits = _built(report, asked, code)
    except Busy:
        refuse_busy(form)
        return Opened(report, code, chosen, sight, form)
    return Opened(report, code, chosen, sight, form, exhibits, Basis(report, asked, code, who))


def _may_count(form: WhichFigures, departments: Sequence[Department]) -> bool:
    if not form.is_valid():
        return False
    if form.at_chosen is not None and len(departments) > 1 and not is_quick():
        form.add_error("at", _("Open one department first: counting all of them as of an earlier moment takes long."))
        return False
    return True


def _built(report: Report, asked: Asked, code: str) -> Sequence[Exhibit]:
    """Build the exhibits; for the public, where an earlier moment takes long, one reader at a time."""
    if asked.reader is not PUBLIC or asked.at is None or is_quick():
        return report.build(asked)
    narrowed = ",".join(f"{each.name}={each.value}" for each in asked.filters)
    parts = (report.slug, code, asked.quarter, asked.at.isoformat(), narrowed, get_language())
    return kept(f"report:{':'.join(map(str, parts))}", lambda: report.build(asked))


def _page(request: HttpRequest, opened: Opened) -> HttpResponse:
    is_public = opened.sight.reader is PUBLIC
    context: dict[str, Any] = {
        "base": "base.html" if is_public else "desk_base.html",
        "is_public": is_public,
        "form": opened.form,
        "report": opened.report,
        "reports": reports_for(opened.code, opened.sight.audiences, is_centre=opened.sight.is_centre),
        "code": opened.code,
        "department": None if opened.code == ALL else opened.departments[0],
        "basis": opened.basis,
        "chosen_query": opened.form.asked_query if opened.basis else "",
    }
    if opened.basis:
        moments = [each.counted_at for each in opened.exhibits if each.counted_at]
        context |= {"quarter_name": opened.basis.period, "moment": min(moments, default=opened.basis.asked.moment)}
        context["shown"] = [Placed(each, opened.basis) for each in opened.exhibits]
    return render(request, "dashboard/report.html", context, status=503 if is_busy(opened.form) else 200)


@dataclass(frozen=True)
class Placed:
    """An exhibit on its page."""

    exhibit: Exhibit
    basis: Basis

    @property
    def title(self) -> str:
        return self.basis.title_of(self.exhibit)

    @property
    def status(self) -> str:
        return self.basis.status_of(self.exhibit)

    @property
    def moment(self) -> datetime:
        return self.basis.moment_of(self.exhibit)


def _file(request: HttpRequest, opened: Opened, name: str, kind: str) -> HttpResponse:
    if is_busy(opened.form):
        return _page(request, opened)
    exhibit = next((each for each in opened.exhibits if each.name == name), None)
    if exhibit is None or opened.basis is None or kind not in EXPORTS or (kind == "svg" and not exhibit.picture):
        raise Http404
    content_type, export = EXPORTS[kind]
    answer = HttpResponse(export(exhibit, opened.basis), content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{opened.basis.file_name(exhibit, kind)}"'
    return answer
