"""Filing a query at /complain/: a question a page, check, filed. Nothing typed is lost, and nothing of it is kept."""

import hashlib
import json
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_POST, require_safe

from complaints import intake
from complaints.actors import Voice
from complaints.citizen import drafts, pages
from complaints.citizen.drafts import Draft
from complaints.citizen.pages import Checked, Page
from complaints.citizen.privacy import for_citizens
from complaints.citizen.questions import REASONS, HowToReach, Question, WhoAsks, labels
from complaints.tracking import as_seen_by_citizen
from departments.errors import Refused
from departments.models import Category
from departments.names import Name

# What the buttons beside "Continue" send.
_BACK, _CLEAR, _LANGUAGE = "back", "clear", "language:"


@method_decorator(for_citizens, name="dispatch")
class QuestionView(View):
    """One page of the filing. GET shows what was typed there; POST keeps it and goes on, back, or to the other
    language."""

    http_method_names = ["get", "head", "post"]
    page: Page = pages.PAGES[0]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the question, unless one before it waits for its answer."""
        at = timezone.now()
        draft = _open_draft(request)
        missing = pages.first_missing(draft, before=self.page)
        if missing is not None or not self.page.applies(draft):
            return redirect((missing or pages.PAGES[0]).route)
        typed = draft.typed.get(self.page.name, {})
        given: dict[str, Any] = {"data": typed} if draft.refused == self.page.name else {"initial": typed}
        return self._shown(request, draft, self.page.form(draft, at, **given))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep what was typed, good or not, and lead to a page that is fetched: so going back in the browser never
        meets one that would have to be sent again."""
        at = timezone.now()
        go = request.POST.get("go", "")
        if go == _CLEAR:
            drafts.forget(request)
            return redirect("home")
        draft = _open_draft(request)
        form = self.page.form(draft, at, data=request.POST)
        if sum(map(len, form.typed().values())) > drafts.LONGEST_KEPT:
            return self._shown(request, draft, form)
        to = self._next(draft, form, go)
        drafts.keep(request, draft, at)
        return HttpResponseRedirect(to)

    def _next(self, draft: Draft, form: Question, go: str) -> str:
        """Write what was typed into the draft and return the address of the page that follows."""
        page = self.page
        if draft.note(page.name, form.typed()) and page.decides:
            draft.drop(page.decides)
        if go.startswith(_LANGUAGE):
            # The language middleware reads the choice from the address and keeps it.
            return f"{reverse(page.route)}?{urlencode({'lang': go.removeprefix(_LANGUAGE)})}"
        draft.refused = ""
        if go == _BACK:
            before = pages.page_before(draft, page.name)
            return reverse(before.route if before else "home")
        # The hour may be over, or another window began anew: then what was typed here is asked for in its turn.
        missing = pages.first_missing(draft, before=page)
        if missing is None:
            if not form.is_valid():
                draft.refused = page.name
                return reverse(page.route)
            form.settle(page.name)
            missing = pages.first_missing(draft)
        return reverse(missing.route if missing else "complain_check")

    def _shown(self, request: HttpRequest, draft: Draft, form: Question) -> HttpResponse:
        form.dress()
        context = {"form": form, "page": self.page, "draft": draft, "is_first": self.page is pages.PAGES[0]}
        if self.page.name == "words":
            context["asked"] = _asked(draft)
        return render(request, self.page.template, context)


def _open_draft(request: HttpRequest) -> Draft:
    """Return the draft in hand; where there is none, or it is filed, an empty one that is not kept yet."""
    at = timezone.now()
    draft = drafts.draft_of(request, at)
    return drafts.begin(request, at) if draft is None or draft.filed else draft


def _asked(draft: Draft) -> list[Name]:
    """Return what the office wants to know for the chosen subject."""
    topic = draft.answer("topic", "topic")
    category = Category.objects.filter(pk=topic).first() if topic.isdecimal() else None
    return [Name(question) for question in category.questions] if category is not None else []


@method_decorator(for_citizens, name="dispatch")
class CheckView(View):
    """The last page before filing: all answers, each with a way to change it; POST files them."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the answers, if all are there."""
        draft = _open_draft(request)
        found = pages.checked(draft, language=_language(), at=timezone.now())
        return redirect(found.route) if isinstance(found, Page) else _check_page(request, draft, found)

    def post(self, request: HttpRequest) -> HttpResponse:
        """File it. The token in the session makes a second click, also one at the same moment, the same complaint."""
        at = timezone.now()
        kept = drafts.draft_of(request, at)
        if kept is not None and kept.filed:
            return redirect("complain_filed")
        go = request.POST.get("go", "")
        if go == _CLEAR:
            drafts.forget(request)
            return redirect("home")
        draft = _open_draft(request)
        found = pages.checked(draft, language=_language(), at=at)
        if isinstance(found, Page):
            return redirect(found.route)
        if go == _BACK:
            before = pages.page_before(draft, "check")
            return redirect(before.route if before else "home")
        if go.startswith(_LANGUAGE):
            return HttpResponseRedirect(f"{request.path}?{urlencode({'lang': go.removeprefix(_LANGUAGE)})}")
        if not constant_time_compare(request.POST.get("seen", ""), seal_of(draft)):
            changed = _("Your answers were changed in another window. Check them again, then send.")
            return _check_page(request, draft, found, changed)
        try:
            intake.lodge(found.submission, by=Voice.CITIZEN, at=at)
        except Refused as refusal:
            said = _("This could not be sent as it is. Nothing is lost; change an answer, or come back later.")
            return _check_page(request, draft, found, f"{said} ({refusal.sentence})")
        drafts.keep_token_only(request, draft, at)
        return redirect("complain_filed")


def _check_page(request: HttpRequest, draft: Draft, found: Checked, problem: str = "") -> HttpResponse:
    ways = labels(HowToReach.base_fields["reach"].choices)  # type: ignore[attr-defined]
    names = labels(WhoAsks.base_fields["anonymity"].choices)  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "asks": found.submission,
        "reason": labels((value, label) for value, label, _hint in REASONS)[found.submission.reason],
        "category": found.category,
        "department": found.department,
        "anonymity": names[found.submission.anonymity],
        "reach": ways[found.reach],
        "address": found.address,
        "pages": [page.name for page in pages.applying(draft)],
        "seen": seal_of(draft),
        "problem": problem,
    }
    return render(request, "citizen/check.html", context)


def seal_of(draft: Draft) -> str:
    """Return a digest of the answers: what is filed must be what was checked."""
    answers = json.dumps([draft.token, draft.typed], sort_keys=True)
    return hashlib.sha256(answers.encode("utf-8", "surrogatepass")).hexdigest()


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


@for_citizens
@require_safe
def filed(request: HttpRequest) -> HttpResponse:
    """What the citizen takes along: reference, code, who owes the answer and by when. Shown to the browser that filed
    it, for half an hour; the code stands in no address and in no session."""
    at = timezone.now()
    draft = drafts.draft_of(request, at)
    found = intake.filed_with(draft.token) if draft is not None and draft.filed else None
    if found is None:
        return redirect("complain")
    case = as_seen_by_citizen(found.complaint, at=at)
    with timezone.override(case.zone):
        track_url = f"{settings.PUBLIC_BASE_URL.rstrip('/')}/track/"
        context = {"case": case, "code": found.code, "spelled": _spelled(found.code), "track_url": track_url}
        return render(request, "citizen/filed.html", context)


def _spelled(code: str) -> str:
    """Return the code as it is read out: letter by letter, with a rest between the groups."""
    return ", ".join(" ".join(group) for group in code.split("-"))


@for_citizens
@require_POST
def finish(request: HttpRequest) -> HttpResponse:
    """Take the last page off this computer."""
    drafts.forget(request)
    return redirect("home")
