"""The queues: which one, filtered how, and one page of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from complaints.deadlines import Standing
from complaints.desk import dates
from complaints.desk.dates import Tag
from complaints.desk.frame import official_of, show, visible
from complaints.models import Complaint, StageEntry
from complaints.references import read_reference
from complaints.triage import COUNTED, Desk, Mark, Queue, Wanted, leading_duties
from departments.channels import ChannelKind
from departments.districts import by_province
from departments.models import District, User
from departments.sops import Reason, Stage

# What a queue may be filtered by, beside the district. What is not in here is no filter.
FILTERS: dict[str, tuple[Any, list[tuple[str, Any]]]] = {
    "stage": (gettext_lazy("Stage"), Stage.choices),
    "standing": (
        gettext_lazy("Standing"),
        [(s.value, s.label) for s in (Standing.OVERDUE, Standing.RUNNING, Standing.PAUSED)],
    ),
    "reason": (gettext_lazy("Reason"), Reason.choices),
    "channel": (gettext_lazy("Channel"), ChannelKind.choices),
}
_BEGINNING = 110
Provinces = list[tuple[str, list[District]]]


@dataclass(frozen=True)
class Row:
    """One query in the queue, in words."""

    reference: str
    what: str
    language: str
    category: str
    department: str
    stage: str
    owner: str
    tag: Tag
    step: str
    channel: str
    since: str


@dataclass(frozen=True)
class Choice:
    """One value of a filter, and whether it is chosen."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Filter:
    """A select of the filter form; its choices stand under headings, of which the first may be empty."""

    name: str
    label: str
    groups: list[tuple[str, list[Choice]]]


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Show one of the official's queues, or go to the query whose reference is asked for."""
    at = timezone.now()
    official = official_of(request)
    asked = request.GET.get("q", "").strip()[:100]
    if asked:
        reference = read_reference(asked)
        if reference and visible(official, at=at).filter(reference=reference).exists():
            return redirect("desk_query", reference)
        said = _said(reference)
        return show(request, official, at, "desk/queue.html", _context(request, official, at, asked, said))
    return show(request, official, at, "desk/queue.html", _context(request, official, at, "", ""))


def _said(reference: str | None) -> str:
    """What is said of a reference that leads nowhere: the same for one that is nobody's and one that is another's."""
    if reference is None:
        return _("This is no reference. It has 11 digits; look for a wrong or a missing one.")
    return _("You have no query with this reference.")


def _context(request: HttpRequest, official: User, at: datetime, asked: str, said: str) -> dict[str, Any]:
    desk = Desk(official, at=at)
    chosen = _chosen_queue(request, desk)
    districts = by_province(District.objects.all())
    wanted = _wanted(request, districts)
    filters = _filters(wanted, districts)
    context: dict[str, Any] = {"asked": asked, "said": said, "filters": filters, "tabs": [], "rows": []}
    if chosen is None:
        return context
    after, before = (Mark.read(request.GET.get(name, "")) for name in ("after", "before"))
    page = desk.page(chosen, wanted, after=after, before=before)
    kept = {"queue": chosen.value, **{name: value for name, value in vars(wanted).items() if value}}
    context |= {
        "queue": chosen,
        "tabs": [_tab(desk, queue, chosen) for queue in desk.queues],
        "rows": list(_rows(page.rows, at)),
        "is_filtered": len(kept) > 1,
        "previous": _address(kept, before=page.before),
        "next": _address(kept, after=page.after),
        "everything": _address({"queue": chosen.value}),
        "shows_department": chosen == Queue.ALL,
    }
    return context


def _chosen_queue(request: HttpRequest, desk: Desk) -> Queue | None:
    asked = request.GET.get("queue", "")
    return next((queue for queue in desk.queues if queue == asked), desk.queues[0] if desk.queues else None)


def _allowed(request: HttpRequest, name: str) -> str:
    asked = request.GET.get(name, "")
    _label, choices = FILTERS[name]
    return asked if asked in dict(choices) else ""


def _wanted(request: HttpRequest, districts: Provinces) -> Wanted:
    asked = request.GET.get("district", "")
    known = any(asked == district.code for _province, group in districts for district in group)
    return Wanted(district=asked if known else "", **{name: _allowed(request, name) for name in FILTERS})


def _filters(wanted: Wanted, districts: Provinces) -> list[Filter]:
    filters = [
        Filter(name, label, [("", [Choice(value, text, value == getattr(wanted, name)) for value, text in choices])])
        for name, (label, choices) in FILTERS.items()
    ]
    if districts:
        groups = [
            (province, [Choice(each.code, str(each), each.code == wanted.district) for each in group])
            for province, group in districts
        ]
        filters.append(Filter("district", _("District"), groups))
    return filters


def _tab(desk: Desk, queue: Queue, chosen: Queue) -> dict[str, Any]:
    number = desk.counted(queue)
    count = f"{COUNTED}+" if number > COUNTED else str(number)
    return {"label": queue.label, "address": _address({"queue": queue.value}), "count": count, "is": queue == chosen}


def _address(kept: dict[str, str], **marks: Mark | None) -> str:
    """Return the address of a page of a queue; empty where a mark is asked for and there is none."""
    if any(mark is None for mark in marks.values()):
        return ""
    query = urlencode({**kept, **{name: str(mark) for name, mark in marks.items()}})
    return f"{reverse('desk')}?{query}"


def _rows(entries: Iterable[StageEntry], at: datetime) -> Iterable[Row]:
    found = list(entries)
    duties = leading_duties([entry.complaint_id for entry in found], at=at)
    for entry in found:
        complaint = entry.complaint
        worktime = complaint.department.calendar.worktime()
        duty = duties.get(entry.complaint_id)
        yield Row(
            reference=complaint.reference,
            what=beginning_of(entry.beginning),  # type: ignore[attr-defined]
            language=complaint.language,
            category=category_of(complaint),
            department=str(complaint.department),
            stage=str(Stage(entry.stage).label),
            owner=name_of(entry.owner) if entry.owner else "",
            tag=dates.standing_of(duty, worktime, at) if duty else Tag("grey", _("nothing is due")),
            step=duty.code if duty else "",
            channel=str(ChannelKind(complaint.channel.kind).label),
            since=dates.short(complaint.received_at, worktime),
        )


def category_of(complaint: Complaint) -> str:
    """Return the category in the reader's language, or the reason where none is chosen yet."""
    return str(complaint.category.name) if complaint.category else str(Reason(complaint.reason).label)


def name_of(official: User) -> str:
    """Return what an official is called on the screen."""
    return official.get_full_name() or official.get_username()


def beginning_of(text: str) -> str:
    """Return the first line of a text, shortened at a word."""
    line = text.strip().partition("\n")[0].strip()
    if len(line) <= _BEGINNING:
        return line
    return f"{line[:_BEGINNING].rsplit(' ', 1)[0]}…"
