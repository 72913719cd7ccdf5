"""The official's notices: what happened on his queries while he looked elsewhere."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from complaints.desk import dates
from complaints.desk.frame import official_of, show
from complaints.models import Notice
from complaints.notices import WORDS
from complaints.telling import mark_read, unread

SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: HttpRequest) -> HttpResponse:
    """List the unread notices, newest first; POST marks the named ones as read."""
    at = timezone.now()
    official = official_of(request)
    if request.method == "POST":
        named = [int(pk) for pk in request.POST.getlist("notice") if pk.isascii() and pk.isdigit() and len(pk) < 19]
        mark_read(official, named[:SHOWN], at=at)
        return redirect("desk_notices")
    found = list(
        unread(official, at=at).select_related("complaint__department__calendar").defer("complaint__text")[:SHOWN]
    )
    rows = [{"notice": notice, "words": WORDS[notice.kind], "when": _when(notice)} for notice in found]
    return show(request, official, at, "desk/notices.html", {"rows": rows})


def _when(notice: Notice) -> str:
    return dates.minute(notice.told_at, notice.complaint.department.calendar.worktime())
