"""The pages that anybody may read about departments."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from departments.offices import offices


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What Jawab is, and who is responsible."""
    return render(request, "home.html", {"offices": offices(timezone.now())})
