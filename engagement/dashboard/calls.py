"""The call list of the random call-back, and the one screen on which a call is written down."""

import csv
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from complaints.actions import allowed_moves
from complaints.desk.queue import beginning_of, category_of
from complaints.models import Closure
from complaints.outcomes import held_closure
from departments.errors import Refused
from departments.models import Department, User
from departments.roles import Power, scope_of
from engagement.calling import calls_for_official, take_answers, take_refusal, take_silence
from engagement.dashboard.answers import AnswersForm
from engagement.dashboard.exports import harmless
from engagement.dashboard.forms import name_of
from engagement.dashboard.refusing import refused
from engagement.dashboard.scope import departments_of
from engagement.drawing import TRIES
from engagement.models import CallBack, CallDraw
from engagement.periods import Quarter

_BESIDE = ("complaint__citizen", "complaint__contact", "complaint__category")
# What a spreadsheet would take for a formula.


@require_safe
def dashboard_calls(request: HttpRequest, code: str) -> HttpResponse:
    """The calls of a quarter's draw, by number; of ?quarter=, or of the last draw. 403 with a sentence for who does not
    call, 404 for departments that are not in sight."""
    now, official = timezone.now(), cast(User, request.user)
    department = _department(official, code, now)
    if not _may_call(official, department, now):
        return render(request, "dashboard/calls.html", {"department": department, "may_call": False}, status=403)
    draws = list(CallDraw.objects.filter(department=department).order_by("-quarter"))
    draw = _chosen(draws, request.GET.get("quarter", ""))
    context: dict[str, Any] = {"department": department, "may_call": True, "draw": draw}
    if draw is not None:
        calls = list(calls_for_official(official, draw, now).select_related(*_BESIDE))
        sums = CallBack.objects.filter(draw=draw).aggregate(settled=Count("pk", filter=~Q(state="waiting")))
        context |= {
            "rows": [_row(each) for each in calls],
            "quarter_name": name_of(Quarter.read(draw.quarter)),
            "settled": sums["settled"],
            "elsewhere": draw.size - len(calls),
            "unreachable": draw.contacts - draw.reachable,
            "others": [(each.quarter, name_of(Quarter.read(each.quarter))) for each in draws if each != draw],
            "tries": TRIES,
        }
    return render(request, "dashboard/calls.html", context)


@require_safe
def dashboard_calls_csv(request: HttpRequest, code: str) -> HttpResponse:
    """The calls that are still to be made, as a table; only to who may make them."""
    now, official = timezone.now(), cast(User, request.user)
    department = _department(official, code, now)
    draws = CallDraw.objects.filter(department=department).order_by("-quarter")
    draw = _chosen(list(draws), request.GET.get("quarter", "")) if _may_call(official, department, now) else None
    if draw is None:
        raise Http404
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="calls-{department.code}-{draw.quarter}.csv"'
    answer["Cache-Control"] = "no-store"
    writer = csv.writer(answer)
    writer.writerow(["number", "name", "telephone", "language", "about", "tries"])
    for row in map(_row, calls_for_official(official, draw, now).select_related(*_BESIDE)):
        if row["call"].state == CallBack.State.WAITING:
            about = f"{row['category']}: {row['beginning']}"
            cells = (row["name"], row["telephone"], row["language"], about)
            writer.writerow([row["call"].number, *map(harmless, cells), row["call"].tries])
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def dashboard_call(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """One call: the questions, and what came of it. 404 for one that is not this official's."""
    now, official = timezone.now(), cast(User, request.user)
    department = _department(official, code, now)
    draws = list(CallDraw.objects.filter(department=department).order_by("-quarter"))
    draw = _chosen(draws, request.GET.get("quarter", ""))
    mine = calls_for_official(official, draw, now) if draw else CallBack.objects.none()
    call = mine.select_related("draw", *_BESIDE).filter(number=number).first()
    if draw is None or call is None:
        raise Http404
    can_reopen = _can_be_reopened(call, official, now)
    form = AnswersForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = _taken(form, request.POST.get("came", "answered"), call, official, now)
        if status == 200:
            messages.success(request, _("Call %(number)s is written down.") % {"number": number})
            return redirect(f"{reverse('dashboard_calls', args=[department.code])}?quarter={draw.quarter}")
    context = {"department": department, "draw": draw, "form": form, "can_reopen": can_reopen, "row": _row(call)}
    context |= {"quarter_name": name_of(Quarter.read(draw.quarter)), "tries": TRIES, "text": call.complaint.text}
    return render(request, "dashboard/call.html", context, status=status)


def _taken(form: AnswersForm, came: str, call: CallBack, official: User, now: datetime) -> int:
    """Call the verb for what came of the call; return the status, 200 when it is written."""
    try:
        if came == "silence":
            form.errors.clear()
            take_silence(call, by=official, at=now)
        elif came == "refused":
            form.errors.clear()
            take_refusal(call, by=official, at=now)
        elif not form.is_valid():
            return 400
        else:
            take_answers(
                call, form.answers(), by=official, at=now, still_wrong=form.cleaned_data["still_wrong"].strip()
            )
    except Refused as refusal:
        return refused(form, refusal)
    return 200


def _can_be_reopened(call: CallBack, official: User, now: datetime) -> bool:
    """Whether the case is concluded, its closure does not hold yet, and this official may void it."""
    holds = Closure.objects.filter(held_closure(now), complaint=call.complaint_id).exists()
    return not holds and "object" in allowed_moves(call.complaint, by=official, at=now)


def _row(call: CallBack) -> dict[str, Any]:
    """What a caller needs; without the number once the call is done."""
    complaint = call.complaint
    contact, waits = complaint.contact, call.state == CallBack.State.WAITING
    return {
        "call": call,
        "reference": complaint.reference,
        "name": complaint.citizen.name if complaint.citizen else "",
        "telephone": contact.address if contact is not None and waits else "",
        "language": str(dict(settings.LANGUAGES).get(complaint.language, complaint.language)),
        "category": category_of(complaint),
        "beginning": beginning_of(complaint.text),
        "received": complaint.received_at,
        "waits": waits,
        "state": CallBack.State(call.state).label,
    }


def _department(official: User, code: str, now: datetime) -> Department:
    for each in departments_of(official, now):
        if each.code == code:
            return each
    raise Http404


def _may_call(official: User, department: Department, now: datetime) -> bool:
    scope = scope_of(official.appointments.all(), now, Power.MONITOR)
    return scope.everything or department.pk in scope.departments


def _chosen(draws: Sequence[CallDraw], quarter: str) -> CallDraw | None:
    """Return the draw of `quarter`, or the last one where none is named; Http404 for one that was not made."""
    if not quarter:
        return next(iter(draws), None)
    found = next((each for each in draws if each.quarter == quarter), None)
    if found is None:
        raise Http404
    return found


def to_call(official: User, departments: Sequence[Department], now: datetime) -> list[Department]:
    """Return the departments of `departments` where calls wait for this official: what a page tells its reader."""
    scope = scope_of(official.appointments.all(), now, Power.MONITOR)
    mine = [each.pk for each in departments if scope.everything or each.pk in scope.departments]
    if not mine:
        return []
    waiting = CallBack.objects.filter(state=CallBack.State.WAITING, draw__department__in=mine)
    found = set(waiting.order_by().values_list("draw__department", flat=True).distinct())
    return [each for each in departments if each.pk in found]
