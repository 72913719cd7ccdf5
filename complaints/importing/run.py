"""From rows to lives, chunk by chunk; what was committed stays, and running again goes on from there."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from complaints.importing.founding import Agency
from complaints.importing.lives import Fate, live
from complaints.importing.requests import Oddity, Request, Unusable, request_of
from complaints.importing.sources import Layout

# Rows in one transaction: few enough that others who write wait for about a second, many enough that the price of a
# commit does not matter.
CHUNK = 200

Cells = Sequence[str]
Reject = Callable[[Cells, str], None]


@dataclass
class Tally:
    """What became of the rows; all counts are rows of the file."""

    read: int = 0
    fates: Counter[Fate] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    oddities: Counter[Oddity] = field(default_factory=Counter)
    agencies: dict[str, Counter[Fate]] = field(default_factory=dict)


@dataclass
class Import:
    """One run over one file. `reject` is told of each row that is not taken, after its chunk was committed."""

    layout: Layout
    agencies: Mapping[str, Agency]
    reject: Reject
    at: datetime
    tally: Tally = field(default_factory=Tally)
    _rows_of_keys: dict[str, int] = field(default_factory=dict)

    def chunks(self, rows: Iterable[Cells], size: int = CHUNK) -> Iterator[int]:
        """Import the rows; yields the number of rows of each chunk when it is on disk."""
        left = iter(rows)
        while chunk := list(islice(left, size)):
            self._take(chunk)
            yield len(chunk)

    def _take(self, chunk: Sequence[Cells]) -> None:
        rejects: list[tuple[Cells, str, str]] = []
        readable: list[tuple[Cells, Request]] = []
        for number, cells in enumerate(chunk, self.tally.read + 1):
            try:
                readable.append((cells, self._first_of_its_key(cells, number)))
            except Unusable as reason:
                rejects.append((cells, reason.kind, str(reason)))
        lives = live(self.layout.source, [request for _, request in readable], self.agencies, at=self.at)
        for (cells, _request), life in zip(readable, lives, strict=True):
            self.tally.agencies.setdefault(life.request.agency, Counter())[life.fate] += 1
            if life.fate is Fate.REFUSED:
                rejects.append((cells, life.fate.value, life.refusal))
                continue
            self.tally.fates[life.fate] += 1
            self.tally.oddities.update((*life.request.oddities, *life.oddities))
        self.tally.read += len(chunk)
        for cells, kind, sentence in rejects:
            self.tally.rejected[kind] += 1
            self.reject(cells, sentence)

    def _first_of_its_key(self, cells: Cells, number: int) -> Request:
        request = request_of(self.layout, cells, at=self.at)
        agency = self.agencies.get(request.agency)
        if agency is None or not agency.serves(request):
            raise Unusable("added to the file while it was read: run again")
        first = self._rows_of_keys.setdefault(request.key, number)
        if first != number:
            raise Unusable("a key that an earlier row has", f"Row {first} of the file has the same key, {request.key}.")
        return request
