"""The records behind a sign: references that lead to the desk, a page at a time, for those who watch over it."""

from datetime import datetime
from typing import cast

from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from complaints.models import Complaint
from complaints.visibility import visible_to
from departments.models import Department, User
from engagement.dashboard.forms import WhichFigures, name_of
from engagement.dashboard.scope import departments_of, reviewed_by
from engagement.reviewing import records
from engagement.rollup import METHOD_VERSION
from engagement.signs import CODES, Sign

PAGE = 25
# Beyond every key; what is written after it in an address is as if nothing were.
_LAST = 2**63 - 1


@require_safe
def review_records(request: HttpRequest, code: str, sign: str) -> HttpResponse:
    """What one sign of one department marks, the newest first; 404 for who does not watch over it, as for a sign
    without records. A query that has moved to another department is counted and not shown."""
    now = timezone.now()
    official = cast(User, request.user)
    watched = reviewed_by(official, departments_of(official, now), now)
    department = next((each for each in watched if each.code == code), None)
    chosen = CODES.get(sign)
    if department is None or chosen is None or not chosen.has_records:
        raise Http404
    form = WhichFigures(request.GET, [department], now)
    context = {"form": form, "department": department, "sign": chosen, "method_version": METHOD_VERSION}
    if form.is_valid():
        moment = form.at_chosen or now
        rows = _rows(chosen, department, form, official, moment, now)
        after = _mark(request.GET.get("after", ""))
        page = list(rows.filter(pk__lt=after)[: PAGE + 1] if after else rows[: PAGE + 1])
        kept = f"quarter={form.chosen}" + (f"&at={form.at_chosen:%Y-%m-%dT%H:%M}" if form.at_chosen else "")
        context |= {
            "quarter": form.chosen,
            "quarter_name": name_of(form.chosen),
            "moment": moment,
            "rows": page[:PAGE],
            "is_first": after is None,
            "first": kept,
            "next": f"{kept}&after={page[PAGE - 1].pk}" if len(page) > PAGE else "",
        }
    return render(request, "dashboard/reviewed.html", context)


def _rows(
    sign: Sign, department: Department, form: WhichFigures, official: User, moment: datetime, now: datetime
) -> QuerySet[Complaint]:
    behind = records(sign.code, department, form.chosen, moment)
    mine = Complaint.objects.filter(visible_to(official, at=now)).filter(behind)
    # Ordered by a sum, not by the key: by the index of the key a database would walk through all queries to find the
    # few that are marked.
    return mine.only("reference", "reason", "received_at").order_by((F("pk") + 0).desc())


def _mark(written: str) -> int | None:
    """Return the key after which the page begins; None for what is none."""
    is_number = written.isascii() and written.isdigit() and len(written) <= 19
    return min(int(written), _LAST) if is_number else None
