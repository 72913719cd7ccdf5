"""The pages that anybody may read about departments."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from departments.offices import live_departments, offices


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What Jawab is, the ways on, and the departments that answer here."""
    return render(request, "home.html", {"departments": live_departments(timezone.now())})


@login_not_required
@require_safe
def who_is_responsible(request: HttpRequest) -> HttpResponse:
    """Each department: what it handles, how to reach it, and who answers for each stage."""
    return render(request, "offices.html", {"offices": offices(timezone.now())})
