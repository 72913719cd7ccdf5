"""The records behind a sign: references that lead to the desk, a page at a time, for those who watch over it.

Which queries a sign marks is found once for an hour (engagement/dashboard/guard.py), because in a quarter of a hundred
thousand that takes seconds; whether a reader may see them is asked of each page.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from complaints.models import Complaint
from complaints.visibility import visible_to
from departments.models import Department, User
from engagement.dashboard.forms import WhichFigures, name_of
from engagement.dashboard.guard import remembered
from engagement.dashboard.scope import departments_of, reviewed_by
from engagement.figures import is_quick
from engagement.reviewing import marked_queries
from engagement.rollup import METHOD_VERSION
from engagement.signs import CODES, Sign
from engagement.tallies import counted_last

PAGE = 25
# Of so many marked queries it is first asked whether the reader may see them, and of at most so many at once.
LOOKED_UP, AT_ONCE = 100, 10_000
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
        found = _found(chosen, department, form, now)
        after = _mark(request.GET.get("after", ""))
        keys = found.keys if after is None else found.keys[: bisect_left(found.keys, after)]
        context |= _context(form, found.moment, _newest(keys, official, now), is_first=after is None)
    return render(request, "dashboard/reviewed.html", context)


class _Found(NamedTuple):
    """What a sign marks as of `moment`: primary keys of queries, ascending."""

    moment: datetime
    keys: Sequence[int]


def _found(sign: Sign, department: Department, form: WhichFigures, now: datetime) -> _Found:
    """What the sign marks as of the moment asked for, else as of now or, where counting takes long, of the last
    count."""

    def find(moment: datetime) -> _Found:
        return _Found(moment, marked_queries(sign.code, department, form.chosen, moment))

    if is_quick():
        return find(form.at_chosen or now)

    def find_as_counted() -> _Found:
        counted = counted_last([department], form.chosen).values_list("counted_at", flat=True).first()
        return find(form.at_chosen or counted or now)

    as_of = form.at_chosen.isoformat() if form.at_chosen else "now"
    return remembered(f"review:{METHOD_VERSION}:{sign.code}:{department.pk}:{form.chosen}:{as_of}", find_as_counted)


def _newest(keys: Sequence[int], official: User, now: datetime) -> list[Complaint]:
    """The last of these queries that the official may see, the newest first: a page and one more."""
    mine = Complaint.objects.filter(visible_to(official, at=now)).only("reference", "reason", "received_at")
    rows: list[Complaint] = []
    end, wanted = len(keys), LOOKED_UP
    while end and len(rows) <= PAGE:
        begin = max(end - wanted, 0)
        rows += mine.filter(pk__in=list(keys[begin:end])).order_by("-pk")[: PAGE + 1 - len(rows)]
        end, wanted = begin, min(wanted * 4, AT_ONCE)
    return rows


def _context(form: WhichFigures, moment: datetime, rows: Sequence[Complaint], *, is_first: bool) -> dict[str, Any]:
    address = f"quarter={form.chosen}" + (f"&at={form.at_chosen:%Y-%m-%dT%H:%M}" if form.at_chosen else "")
    return {
        "quarter": form.chosen,
        "quarter_name": name_of(form.chosen),
        "moment": moment,
        "rows": rows[:PAGE],
        "is_first": is_first,
        "first": address,
        "next": f"{address}&after={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
    }


def _mark(written: str) -> int | None:
    """Return the key after which the page begins; None for what is none."""
    is_number = written.isascii() and written.isdigit() and len(written) <= 19
    return min(int(written), _LAST) if is_number else None
