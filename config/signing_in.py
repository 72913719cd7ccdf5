"""How an official signs in and out."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import REDIRECT_FIELD_NAME, views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from departments.patterns import PatternForm


class SignInForm(PatternForm, AuthenticationForm):
    """Django's own questions and checks, in the look of every form here."""


class SignIn(views.LoginView):
    """Begins an empty session: nothing that was typed before on a shared computer survives (Django itself would keep
    the data under a new key)."""

    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        self.request.session.flush()
        return super().form_valid(form)


@login_not_required
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """One door: Django's admin has no sign-in page of its own. Who is in already and is sent here may not enter."""
    if request.user.is_authenticated:
        raise PermissionDenied
    onward = urlencode({REDIRECT_FIELD_NAME: request.GET.get(REDIRECT_FIELD_NAME, reverse("admin:index"))})
    return HttpResponseRedirect(f"{reverse('sign_in')}?{onward}")
