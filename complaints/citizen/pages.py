"""The order of the filing's pages, which of them apply, and what they add up to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from complaints.citizen import questions
from complaints.citizen.drafts import Draft
from complaints.citizen.questions import NONE_OF_THESE, NOT_AT_ALL, Question
from complaints.intake import Reachable, Submission
from complaints.models import Complaint
from departments.channels import ChannelKind
from departments.models import Category, Channel, Department


@dataclass(frozen=True)
class Page:
    """One question: its form, its template, whether this draft needs it, and the page that another answer here makes
    meaningless."""

    name: str
    form: type[Question]
    applies: Callable[[Draft], bool] = lambda draft: True
    template: str = "citizen/question.html"
    decides: str = ""

    @property
    def route(self) -> str:
        """The name of its address."""
        return "complain" if self.name == "reason" else f"complain_{self.name}"


def _no_subject(draft: Draft) -> bool:
    return draft.answer("topic", "topic") == NONE_OF_THESE


def _known(draft: Draft) -> bool:
    return draft.answer("name", "anonymity") != Complaint.Anonymity.UNKNOWN


def _addressed(draft: Draft) -> bool:
    return _known(draft) and draft.answer("reach", "reach") not in ("", NOT_AT_ALL)


PAGES = (
    Page("reason", questions.AboutReason, template="citizen/start.html", decides="topic"),
    Page("topic", questions.AboutTopic, template="citizen/topic.html"),
    Page("office", questions.AboutOffice, _no_subject),
    Page("words", questions.InWords, template="citizen/words.html"),
    Page("name", questions.WhoAsks, template="citizen/name.html"),
    Page("reach", questions.HowToReach, _known, decides="address"),
    Page("address", questions.AtAddress, _addressed),
)
PAGE = {page.name: page for page in PAGES}


def applying(draft: Draft) -> list[Page]:
    """Return the pages that this draft goes through, in order."""
    return [page for page in PAGES if page.applies(draft)]


def first_missing(draft: Draft, before: Page | None = None) -> Page | None:
    """Return the first page (of those before `before`) whose question has no good answer yet."""
    for page in applying(draft):
        if before is not None and page.name == before.name:
            return None
        if page.name not in draft.settled:
            return page
    return None


def page_before(draft: Draft, name: str) -> Page | None:
    """Return the page that one comes back to from the page `name`; None before the first."""
    earlier: Page | None = None
    for page in PAGES:
        if page.name == name:
            return earlier
        if page.applies(draft):
            earlier = page
    return earlier


@dataclass(frozen=True)
class Checked:
    """All answers, good at this moment: what can be filed, and what the citizen is shown before."""

    submission: Submission
    category: Category | None
    department: Department
    reach: str
    address: str


def checked(draft: Draft, *, language: str, at: datetime) -> Checked | Page:
    """Return the whole draft as a submission, or the first page that must be asked again: what was good an hour ago
    may be closed now."""
    given: dict[str, Any] = {"category": None, "reach": NOT_AT_ALL, "address": ""}
    for page in applying(draft):
        form = page.form(draft, at, data=draft.typed.get(page.name, {}))
        if page.name not in draft.settled or not form.is_valid():
            return page
        given |= form.cleaned_data
    channel = given.get("channel") or _way_into(given["category"], at)
    if channel is None:
        return PAGE["topic"]
    reach, address = given["reach"], given["address"]
    submission = Submission(
        channel=channel,
        reason=given["reason"],
        text=given["text"],
        language=language,
        category=given["category"],
        place=given["place"],
        district=given["district"],
        name=given["name"],
        reach=Reachable(ChannelKind(reach), address) if address else None,
        anonymity=given["anonymity"],
        token=draft.token,
    )
    return Checked(submission, given["category"], channel.department, reach, address)


def _way_into(category: Category, at: datetime) -> Channel | None:
    """None where the department closed its web channel since."""
    return questions.ways_in(at).filter(department=category.department_id).first()
