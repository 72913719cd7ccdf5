"""The pages on which officials judge their own quarter, and a head signs a remark on what was read of it."""

from datetime import date, datetime
from typing import cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from departments.errors import Refused
from departments.models import Department, User
from departments.patterns import PatternForm, Radios
from departments.roles import current
from engagement.assessing import assess, is_open, may_remark, remark, runs_its_engagement
from engagement.dashboard.forms import name_of
from engagement.dashboard.refusing import refused
from engagement.dashboard.scope import departments_of
from engagement.hearing import is_read, remarks
from engagement.models import SelfAssessment
from engagement.periods import Quarter, day_in
from engagement.scale import DEFINITIONS, Level
from engagement.sealing import assessment_closes, assessment_opens


class AssessForm(PatternForm):
    """One of three, in the words that all departments have before them, and one sentence."""

    level = forms.ChoiceField(
        label=gettext_lazy("How far does your department's engagement with citizens go?"),
        choices=Level.choices,
        widget=Radios(hints=DEFINITIONS),
        error_messages={
            "required": gettext_lazy("Choose LOW, MEDIUM or HIGH."),
            "invalid_choice": gettext_lazy("Choose LOW, MEDIUM or HIGH."),
        },
    )
    evidence = forms.CharField(
        label=gettext_lazy("What shows it? One sentence"),
        help_text=gettext_lazy("Something that happened in this quarter, without the names of persons."),
        strip=False,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write one sentence of evidence.")},
    )


class RemarkForm(PatternForm):
    """What the department says of the three readings."""

    text = forms.CharField(
        label=gettext_lazy("The remark of the department"),
        help_text=gettext_lazy("It is shown to everybody beside the three readings, with your name. It changes none."),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        error_messages={"required": gettext_lazy("Write the remark.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def dashboard_assess(request: HttpRequest, code: str) -> HttpResponse:
    """Judge the quarter in hand; in its last week only. 404 for departments that are not in sight."""
    now = timezone.now()
    official = cast(User, request.user)
    department = _department(official, code, now)
    today = day_in(department.calendar.zone, now)
    quarter = Quarter.of(today)
    context = {
        "department": department,
        "quarter_name": name_of(quarter),
        "opens": date_format(assessment_opens(quarter), "DATE_FORMAT"),
        "closes": date_format(assessment_closes(quarter), "DATE_FORMAT"),
        "is_asked": runs_its_engagement(official, department, now),
        "is_open": is_open(quarter, today),
        "definitions": [(level.label, text) for level, text in DEFINITIONS.items()],
    }
    form = AssessForm(request.POST if request.method == "POST" else None)
    status = 200 if context["is_asked"] else 403
    if request.method == "POST" and context["is_asked"]:
        status = _assessed(form, department, quarter, official, now)
        if status == 200:
            messages.success(request, _("Thank you. Your answer is sealed: nobody is shown who gave it."))
            return redirect("dashboard_assess", department.code)
    mine = SelfAssessment.objects.filter(department=department, quarter=str(quarter), official_id=official.pk)
    context["given"] = mine.exists()
    return render(request, "dashboard/assess.html", context | {"form": form}, status=status)


def _assessed(form: AssessForm, department: Department, quarter: Quarter, official: User, now: datetime) -> int:
    if not form.is_valid():
        return 400
    said = form.cleaned_data
    try:
        assess(department, quarter, by=official, at=now, level=said["level"], evidence=said["evidence"])
    except Refused as refusal:
        return refused(form, refusal)
    return 200


@require_http_methods(["GET", "HEAD", "POST"])
def dashboard_remark(request: HttpRequest, code: str) -> HttpResponse:
    """Sign a remark on a quarter that is over; the last one is shown. Without ?quarter= the one that ended last."""
    now = timezone.now()
    official = cast(User, request.user)
    department = _department(official, code, now)
    quarter = _quarter(request.GET.get("quarter", ""), department, now)
    may = may_remark(official, department, now)
    there = remarks([department], quarter, now).get(department.pk)
    form = RemarkForm(request.POST if request.method == "POST" else None, initial={"text": there.text if there else ""})
    status = 200 if may else 403
    if request.method == "POST" and may:
        status = _remarked(form, department, quarter, official, now)
        if status == 200:
            messages.success(request, _("The remark stands beside the readings now."))
            return redirect(f"{reverse('dashboard_report', args=[department.code, 'readings'])}?quarter={quarter}")
    context = {"department": department, "quarter_name": name_of(quarter), "may_remark": may, "form": form}
    return render(request, "dashboard/remark.html", context | {"remark": there}, status=status)


def _remarked(form: RemarkForm, department: Department, quarter: Quarter, official: User, now: datetime) -> int:
    if not form.is_valid():
        return 400
    try:
        remark(department, quarter, by=official, at=now, text=form.cleaned_data["text"])
    except Refused as refusal:
        return refused(form, refusal)
    return 200


def _quarter(written: str, department: Department, now: datetime) -> Quarter:
    """Return the quarter of the address; Http404 for what is none, or one of which nothing can be read yet."""
    if not written:
        return Quarter.of(day_in(department.calendar.zone, now)).previous
    try:
        quarter = Quarter.read(written)
        is_there = is_read(department, quarter, now)
    except ValueError as wrong:
        raise Http404 from wrong
    if not is_there:
        raise Http404
    return quarter


def _department(official: User, code: str, now: datetime) -> Department:
    """Return the department in whose figures or in which the official has a part; Http404 for any other."""
    for each in [*departments_of(official, now), *asked_in(official, now)]:
        if each.code == code:
            return each
    raise Http404


def asked_in(official: User, now: datetime) -> list[Department]:
    """Return the departments whose engagement the official helps to run, in two queries."""
    held = {post.department_id for post in current(official.appointments.all(), now) if post.department_id}
    there = Department.objects.filter(pk__in=held).select_related("calendar").order_by("code")
    return [each for each in there if runs_its_engagement(official, each, now)]


def open_for(official: User, now: datetime) -> list[Department]:
    """Return the departments of which the official may judge the quarter today: what a page tells its reader."""
    return [each for each in asked_in(official, now) if is_open_on(day_in(each.calendar.zone, now))]


def is_open_on(today: date) -> bool:
    """Whether today is in the last week of its quarter."""
    return is_open(Quarter.of(today), today)
