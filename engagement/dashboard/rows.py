"""The rows behind a gate, for officials who see the whole department: listed page by page, and as CSV."""

import csv
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from complaints.triage import Mark
from departments.channels import ChannelKind
from departments.models import Department, User
from departments.sops import Reason
from engagement.cases import Case, Cases, CasesPage, Side
from engagement.dashboard.forms import WhichFigures, name_of
from engagement.dashboard.levels import sealed_sentence
from engagement.dashboard.reports.gates import WITH_ROWS, gate_name
from engagement.dashboard.scope import departments_of
from engagement.ladder import BY_CODE, Gate
from engagement.rollup import METHOD_VERSION
from engagement.showing import isolated, number
from engagement.stated import Stated, levels_at, shown_from

TAGS = {Side.SUCCESS: "green", Side.FAILURE: "red", Side.WAITING: "yellow", Side.LEFT_OUT: "grey", Side.TOTAL: "blue"}


@dataclass(frozen=True)
class Row:
    """One case in words. Without an address there is nothing to open."""

    reference: str
    address: str
    moment: datetime
    reason: str
    channel: str
    side: str
    colour: str
    why: str


@require_safe
def level_cases(request: HttpRequest, code: str, gate: str) -> HttpResponse:
    """The cases of a gate; 404 for a department out of sight or a gate that there is not, alike."""
    now, official = timezone.now(), cast(User, request.user)
    department, which = _found(official, code, gate, now)
    form = WhichFigures(request.GET, [department], now)
    context: dict[str, Any] = {
        "form": form,
        "department": department,
        "gate": gate_name(which),
        "question": which.question,
        "missing": which.missing,
        "has_rows": gate in WITH_ROWS,
        "method_version": METHOD_VERSION,
    }
    if not form.is_valid():
        return render(request, "dashboard/cases.html", context)
    sealed = shown_from(department, form.chosen, now)
    context |= {"quarter": form.chosen, "quarter_name": name_of(form.chosen)}
    if sealed is not None:
        context["sealed"] = sealed_sentence(sealed)
    elif gate in WITH_ROWS:
        [stated] = levels_at([department], form.chosen, now, form.at_chosen)
        context |= {"moment": stated.counted_at} | _page(request, stated, gate, official, now)
    return render(request, "dashboard/cases.html", context)


@require_safe
def level_cases_csv(request: HttpRequest, code: str, gate: str) -> HttpResponse:
    """The same as a table for computers: codes, and moments in UTC. 404 where the page lists nothing."""
    now, official = timezone.now(), cast(User, request.user)
    department, _which = _found(official, code, gate, now)
    form = WhichFigures(request.GET, [department], now)
    if gate not in WITH_ROWS or not form.is_valid() or shown_from(department, form.chosen, now) is not None:
        raise Http404
    [stated] = levels_at([department], form.chosen, now, form.at_chosen)
    cases = _cases(stated, gate)
    if cases is None:
        raise Http404
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{department.code}-{form.chosen}-{gate}.csv"'
    writer = csv.writer(answer)
    writer.writerow(
        ["quarter", "as_of", "method_version", "gate", "reference", "moment", "reason", "channel", "counted_as", "why"]
    )
    basis = [str(form.chosen), stated.counted_at.isoformat() if stated.counted_at else "", METHOD_VERSION, gate]
    for each in cases.everything(official, now=now):
        cells = (each.reference, each.moment.isoformat(), each.reason, each.channel, each.side.value, each.why.value)
        writer.writerow([*basis, *cells])
    return answer


def _found(official: User, code: str, gate: str, now: datetime) -> tuple[Department, Gate]:
    mine = [each for each in departments_of(official, now) if each.code == code]
    if not mine or gate not in BY_CODE:
        raise Http404
    return mine[0], BY_CODE[gate]


def _cases(stated: Stated, gate: str) -> Cases | None:
    """The cohort, as of the moment of the figure that it stands behind; None where nothing is counted yet."""
    if stated.evidence is None or stated.counted_at is None:
        return None
    months = stated.evidence.queries_months if gate == "H1" else BY_CODE[gate].months
    return Cases(gate, stated.department, stated.quarter, stated.counted_at, months)


def _page(request: HttpRequest, stated: Stated, gate: str, official: User, now: datetime) -> dict[str, Any]:
    cases = _cases(stated, gate)
    if cases is None:
        return {"uncounted": True}
    after, before = (Mark.read(request.GET.get(name, "")) for name in ("after", "before"))
    page = cases.page(official, now=now, after=after, before=before)
    kept = {name: request.GET[name] for name in ("quarter", "at") if request.GET.get(name)}
    here, export = (reverse(name, args=[stated.department.code, gate]) for name in ("level_cases", "level_cases_csv"))
    return {
        "rows": [_row(each) for each in page.rows],
        "unseen": _unseen(page),
        "previous": f"{here}?{urlencode({**kept, 'before': str(page.before)})}" if page.before else "",
        "next": f"{here}?{urlencode({**kept, 'after': str(page.after)})}" if page.after else "",
        "export": f"{export}?{urlencode(kept)}",
    }


def _unseen(page: CasesPage) -> str:
    if not page.unseen:
        return ""
    return ngettext(
        "{n} more case counts that is with another department now and is not listed.",
        "{n} more cases count that are with another department now and are not listed.",
        page.unseen,
    ).format(n=isolated(number(page.unseen)))


def _row(case: Case) -> Row:
    return Row(
        case.reference,
        reverse("desk_query", args=[case.reference]),
        case.moment,
        str(Reason(case.reason).label),
        str(ChannelKind(case.channel).label),
        str(case.side.label),
        TAGS[case.side],
        str(case.why.label),
    )
