"""The trail in words: what happened, who did it, and when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.actors import Voice
from complaints.chain import EventKind
from complaints.desk import dates
from complaints.desk.queue import name_of
from complaints.duties import procedure
from complaints.models import Complaint, Event, StageEntry
from complaints.outcomes import Outcome

K = EventKind
WORDS: dict[str, Promise] = {
    K.RECEIVED: gettext_lazy("Received"),
    K.ROUTED: gettext_lazy("Given to the section %(section)s"),
    K.TRANSFERRED: gettext_lazy("Offered to another department"),
    K.TRANSFER_ACCEPTED: gettext_lazy("Taken over by %(section)s"),
    K.TRANSFER_RETURNED: gettext_lazy("Returned by the other department"),
    K.ACCEPTED: gettext_lazy("Accepted: %(owner)s owns the answer"),
    K.REASSIGNED: gettext_lazy("Given to %(owner)s"),
    K.DRAFTED: gettext_lazy("Draft written"),
    K.APPROVED: gettext_lazy("Draft approved"),
    K.SENT_BACK: gettext_lazy("Draft sent back"),
    K.ANSWERED: gettext_lazy("Answer sent"),
    K.WROTE: gettext_lazy("Letter sent"),
    K.CITIZEN_WROTE: gettext_lazy("The citizen wrote"),
    K.ASKED: gettext_lazy("Question sent to the citizen"),
    K.DELIVERED: gettext_lazy("Letter delivered"),
    K.BOUNCED: gettext_lazy("Letter came back undelivered"),
    K.PAUSE_CONTESTED: gettext_lazy("The citizen contested the pause"),
    K.PAUSE_JUDGED: gettext_lazy("Pause judged: %(verdict)s"),
    K.ANSWER_CONTESTED: gettext_lazy("The citizen said that the answer is none"),
    K.ANSWER_JUDGED: gettext_lazy("Contested answer judged: %(verdict)s"),
    K.INTERIM_SENT: gettext_lazy("Delay announced to the citizen"),
    K.CALLED: gettext_lazy("Call recorded"),
    K.CONCLUDED: gettext_lazy("Concluded: %(outcome)s"),
    K.CONFIRMED: gettext_lazy("The citizen confirmed"),
    K.REOPENED: gettext_lazy("Opened again"),
    K.RATED: gettext_lazy("Rated %(stars)s of 5"),
    K.HANDED_OVER: gettext_lazy("Handed over to monitoring"),
    K.SIGNED_OFF: gettext_lazy("Checked and signed off"),
    K.WITHDRAWN: gettext_lazy("Withdrawn by the citizen"),
    K.NOTED: gettext_lazy("Note written"),
    K.CONTACT_VERIFIED: gettext_lazy("Address verified"),
    K.DUE_MOVED: gettext_lazy("Dates moved later because of a holiday"),
    K.FLAGGED: gettext_lazy("Overdue: %(step)s"),
}
READ = gettext_lazy("Letter read on the tracking page")
CLIMBED = gettext_lazy("Still overdue, told higher up: %(step)s")
VERDICTS: dict[str, Promise] = {
    "upheld": gettext_lazy("it counts"),
    "struck": gettext_lazy("it does not count"),
}
ACTORS: dict[str, Promise] = {
    Voice.CITIZEN: gettext_lazy("The citizen"),
    Voice.MACHINE: gettext_lazy("Jawab itself"),
}


@dataclass(frozen=True)
class Line:
    """One event in words."""

    number: int
    what: str
    who: str
    when: str
    day: datetime


def history(complaint: Complaint, events: Iterable[Event], entries: Iterable[StageEntry]) -> list[Line]:
    """Return the events of a query in words, newest first. Names come from its stage entries."""
    names = _Names(entries)
    worktime = complaint.department.calendar.worktime()
    return [
        Line(
            event.number,
            said(complaint, event, names.of(event)),
            _who(event),
            dates.minute(event.occurred_at, worktime),
            event.occurred_at,
        )
        for event in sorted(events, key=lambda event: -event.number)
    ]


def said(complaint: Complaint, event: Event, names: Mapping[str, str]) -> str:
    """Return one event in words."""
    data = event.data
    words = _words(event)
    step = procedure(complaint.sop_version_id).step(data.get("code", "")) if event.kind == K.FLAGGED else None
    values = {
        "section": names.get("section", ""),
        "owner": names.get("owner", ""),
        "step": str(step.title) if step else data.get("code", ""),
        "outcome": str(Outcome(data["outcome"]).label) if data.get("outcome") in Outcome.values else "",
        "stars": data.get("stars", ""),
        "verdict": str(VERDICTS.get(data.get("verdict", ""), "")),
    }
    return str(words) % values


def _words(event: Event) -> Promise:
    if event.kind == K.FLAGGED and event.data.get("level", 0):
        return CLIMBED
    if event.kind == K.DELIVERED and event.data.get("read"):
        return READ
    return WORDS[event.kind]


def _who(event: Event) -> str:
    if event.official is None:
        return str(ACTORS.get(event.actor, _("An official")))
    return name_of(event.official)


class _Names:
    """Who and which section an event speaks of: the stage entry that it opened knows."""

    def __init__(self, entries: Iterable[StageEntry]) -> None:
        self._owners: dict[int | None, str] = {}
        self._sections: dict[int, str] = {}
        self._by_moment: dict[datetime, str] = {}
        for entry in entries:
            self._sections[entry.section_id] = str(entry.section.name)
            self._by_moment[entry.entered_at] = str(entry.section.name)
            if entry.owner is not None:
                self._owners[entry.owner_id] = name_of(entry.owner)

    def of(self, event: Event) -> dict[str, str]:
        """Return the names for one event's words."""
        section = self._sections.get(event.data.get("section")) or self._by_moment.get(event.recorded_at, "")
        return {"section": section, "owner": self._owners.get(event.data.get("owner"), "")}
