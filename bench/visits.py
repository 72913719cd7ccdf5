"""What the clients of the bench ask for: each visit returns the next request by its number."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from itertools import cycle
from random import Random
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse
from django.utils import timezone

from bench.load import Ask, Visit
from complaints.citizen import pages
from complaints.citizen.drafts import Draft
from complaints.citizen.filing import seal_of
from complaints.models import Complaint, StageEntry
from complaints.triage import Mark
from departments.channels import ChannelKind
from departments.models import Category, Channel, User
from engagement.dashboard.contents import ALL, REPORTS
from engagement.dashboard.exhibits import Audience, Span
from engagement.periods import Quarter

# The department that the demo makes the largest.
_DEPARTMENT = "works"
_SAMPLE = 400
_FORM = "application/x-www-form-urlencoded"


def official(post: str) -> dict[str, str]:
    """Return the headers of a signed-in official of the demo, such as "works.officer1"."""
    user = User.objects.get(username=post)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}"}


def always(path: str, headers: dict[str, str] | None = None) -> Visit:
    """Ask for one address."""
    ask = Ask(path, headers=headers or {})
    return lambda number: ask


def figures() -> dict[str, Callable[[], Visit]]:
    """The pages of figures by name: of one department and of all, for the centre and for everybody, of the quarter that
    ended last."""
    places = {
        "department": ("dashboard_department", [_DEPARTMENT]),
        "public department": ("performance_department", [_DEPARTMENT]),
        **{f"{gate} cases": ("level_cases", [_DEPARTMENT, gate]) for gate in ("M1", "M3", "H2")},
        "records under review": ("dashboard_review_records", [_DEPARTMENT, "hurried"]),
    }
    for each in REPORTS:
        if each.span is not Span.ALL:
            places[f"{each.slug} of one"] = ("dashboard_report", [_DEPARTMENT, each.slug])
        if each.span is not Span.ONE:
            places[f"{each.slug} of all"] = ("dashboard_report", [ALL, each.slug])
        if each.audience is Audience.EVERYBODY:
            whose = _DEPARTMENT if each.span is Span.ONE else ALL
            places[f"public {each.slug}"] = ("performance_report", [whose, each.slug])
    return {name: partial(_figure, *place) for name, place in places.items()}


def _figure(name: str, words: Sequence[str]) -> Visit:
    quarter = Quarter.of(timezone.localdate()).previous
    headers = {} if name.startswith("performance") else official("centre.monitor")
    return always(f"{reverse(name, args=words)}?quarter={quarter}", headers)


def queue_deep() -> Visit:
    """The queue some thousands of rows down: where its oldest half ends."""
    entries = StageEntry.objects.filter(left_at__isnull=True, department__code=_DEPARTMENT).order_by("due_at", "pk")
    middle = entries.count() // 2
    due_at, pk = entries.values_list("due_at", "pk")[middle]
    return always(f"{reverse('desk')}?queue=department&after={Mark(due_at, pk)}", official(f"{_DEPARTMENT}.head"))


def queries() -> Visit:
    """The pages of queries of one department, open and ended."""
    headers = official(f"{_DEPARTMENT}.officer1")
    asks = cycle([Ask(reverse("desk_query", args=[reference]), headers=headers) for reference, _ in _sample()])
    return lambda number: next(asks)


def searches() -> Visit:
    """Looking a reference up from the queue's search box."""
    headers = official(f"{_DEPARTMENT}.officer1")
    found = [f"{reverse('desk')}?{urlencode({'q': reference})}" for reference, _ in _sample()]
    asks = cycle([Ask(path, headers=headers, expects=302) for path in found])
    return lambda number: next(asks)


def _sample() -> list[tuple[str, str]]:
    """Return references and submission tokens spread over the department's history."""
    theirs = Complaint.objects.filter(department__code=_DEPARTMENT, idempotency_key__isnull=False)
    keys = list(theirs.values_list("pk", flat=True)[:200_000])
    chosen = Random(1).sample(keys, min(_SAMPLE, len(keys)))
    rows = Complaint.objects.filter(pk__in=chosen).values_list("reference", "idempotency_key")
    return [(reference, str(token)) for reference, token in rows]


def tracked() -> Visit:
    """Following a query that is open in the browser."""
    asks = []
    for reference, _token in _sample()[:100]:
        case = {"pk": Complaint.objects.get(reference=reference).pk, "holder": None, "at": timezone.now().timestamp()}
        asks.append(Ask(reverse("track_case"), headers=_browser(case=case)))
    turn = cycle(asks)
    return lambda number: next(turn)


def filings(count: int) -> Visit:
    """The last click of filing, each in a browser of its own; the pages before it only fill that session."""
    category = Category.objects.filter(department__code=_DEPARTMENT, is_open=True).order_by("pk")[0]
    assert Channel.objects.filter(department=category.department, kind=ChannelKind.WEB, is_open=True).exists()
    asks = [_filing(category, number) for number in range(count)]
    return lambda number: asks[number]


def _filing(category: Category, number: int) -> Ask:
    now = timezone.now()
    draft = Draft(secrets.token_urlsafe(24), None, now.timestamp())
    draft.settle("reason", {"reason": category.reason})
    draft.settle("topic", {"topic": str(category.pk)})
    draft.settle("words", {"text": f"The street light at gate {number} is dark.", "place": "Gulberg, Lahore"})
    draft.settle("name", {"anonymity": "named", "name": "Ali Khan"})
    draft.settle("reach", {"reach": "email"})
    draft.settle("address", {"address": f"ali{number}@example.pk"})
    missing = pages.first_missing(draft)
    assert missing is None, f"the page “{missing.name}” was not answered"
    csrf = secrets.token_hex(16)
    headers = _browser(filing=asdict(draft))
    headers["Cookie"] += f"; {settings.CSRF_COOKIE_NAME}={csrf}"
    body = urlencode({"csrfmiddlewaretoken": csrf, "seen": seal_of(draft), "go": "send"})
    return Ask(reverse("complain_check"), "POST", body, {**headers, "Content-Type": _FORM}, expects=302)


def _browser(**kept: object) -> dict[str, str]:
    """Return the headers of a browser whose session holds this."""
    session = SessionStore()
    session.update(kept)
    session.create()
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}"}
