"""What a file holds, read once from end to end before anything is written: its agencies, their catalogue, its size."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from complaints.importing.requests import Request, Unusable, request_of
from complaints.importing.sources import Layout
from departments.channels import ChannelKind


@dataclass
class AgencySurvey:
    """One agency in the file: its channels, and its types of request with the days in which each is always due."""

    channels: dict[str, ChannelKind] = field(default_factory=dict)
    subjects: dict[str, int | None] = field(default_factory=dict)

    def add(self, request: Request, days: int | None) -> None:
        """Take note of a request. A type keeps its days only while every request of it has the same."""
        self.channels.setdefault(request.channel, request.kind)
        if self.subjects.setdefault(request.subject, days) != days:
            self.subjects[request.subject] = None


@dataclass
class Survey:
    """How many rows there are, and the agencies of those that can be taken."""

    rows: int = 0
    agencies: dict[str, AgencySurvey] = field(default_factory=dict)


def survey(layout: Layout, rows: Iterable[Sequence[str]], *, at: datetime) -> Survey:
    """Read all rows; what cannot be taken founds no agency and no category."""
    found = Survey()
    for cells in rows:
        found.rows += 1
        try:
            request = request_of(layout, cells, at=at)
        except Unusable:
            continue
        days = request.days if layout.source.days_by_subject else None
        found.agencies.setdefault(request.agency, AgencySurvey()).add(request, days)
    return found
