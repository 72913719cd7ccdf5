"""A life with gaps: filled with another reference, other keys and shifted moments it is another life.

Filled in are: new keys everywhere, also inside the events' data; another reference, code, token, name, address, and
place with its district, also inside the texts; all moments of people, shifted by one amount; and what follows from
these: digests of texts, seals of approvals, keys of the outbox, and the hash chain of the events.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any, NamedTuple, Protocol

from complaints.chain import FIRST, text_digest
from complaints.demo.archetypes import Model
from complaints.drafting import content_hash
from complaints.models import Complaint, Draft

# Takes from the values of a filling (or of a Fresh) those that a template has gaps for.
Pick = Callable[[Sequence[Any]], Any]


class Fresh(NamedTuple):
    """What makes a filling a life of its own; most of it stands in the texts too. `district` is a primary key."""

    reference: str
    code_hmac: str
    token: str
    name: str
    address: str
    place: str
    district: int
    code: str
    proof: str
    shift: timedelta


class Gap(NamedTuple):
    """A value to be filled in: of which kind (one of KINDS), and its number within the kind."""

    kind: str
    number: int


class Template(NamedTuple):
    """A text with %s where `pick` gives the values; without `pick` it is always the same."""

    text: str
    pick: Pick | None

    def filled(self, values: Sequence[Any]) -> str:
        return self.text if self.pick is None else self.text % self.pick(values)


# The values of a filling stand in this order; the last are those that are the same in every filling.
KINDS = ("key", "moment", "fresh", "text", "seal", "message", "data", "hash", "constant")


class Dialect(Protocol):
    """How values are written for one database."""

    def constant(self, field: Any, value: Any) -> Any:
        """Return the value of a model field as it is written."""

    def moment(self, iso: str) -> Any:
        """Return a moment, given as 2026-03-02T05:00:00.000123 in UTC, as it is written."""

    def text(self, text: str) -> Any:
        """Return a text as it is written."""


@dataclass(frozen=True)
class Seal:
    """What an approval is bound to (complaints/drafting.py::content_hash): a draft, whose text has this number."""

    draft: Draft
    text: int


@dataclass(frozen=True)
class Link:
    """One event: what is hashed of it before and after its moments, whose numbers are given, and its data."""

    head: str
    occurred: int
    recorded: int
    tail: str
    data: Template


@dataclass(frozen=True)
class Pattern:
    """`rows` are the gaps of every row by table. `moments` (naive, UTC) are shifted, by `least` to `greatest`; a
    link's moment is one of these or, numbered on, of `fixed`. `messages` are the key of the letter that each carries,
    None where it introduces us to an address. `digests` are the numbers of the texts that events bind. `contact` is
    the kind of the citizen's address, and `subject` a complaint with such a one, for the seals."""

    rows: Mapping[Model, Sequence[Sequence[Gap]]]
    complaint: Gap
    contact: str
    subject: Complaint
    language: str
    least: timedelta
    greatest: timedelta
    moments: Sequence[datetime]
    fixed: Sequence[str]
    texts: Sequence[Template]
    digests: Sequence[int]
    seals: Sequence[Seal]
    messages: Sequence[Gap | None]
    links: Sequence[Link]
    constants: Sequence[Any]

    def counts(self) -> list[int]:
        """Return how many rows each table gets."""
        return [len(rows) for rows in self.rows.values()]

    def place_of(self, gap: Gap) -> int:
        """Return where in a filling the value of `gap` stands."""
        sizes = [self.moments, Fresh._fields[:-1], self.texts, self.seals, self.messages, self.links, self.links]
        begins = accumulate([sum(self.counts()), *map(len, sizes)], initial=0)
        return dict(zip(KINDS, begins, strict=True))[gap.kind] + gap.number

    def fill(self, first_keys: Sequence[int], fresh: Fresh, dialect: Dialect) -> list[Any]:
        """Return the values of a new life whose keys begin at `first_keys`, in the order of the tables."""
        keys = [
            key
            for first, rows in zip(first_keys, self.rows.values(), strict=True)
            for key in range(first, first + len(rows))
        ]
        moments = [(moment + fresh.shift).isoformat(timespec="microseconds") for moment in self.moments]
        texts = [text.filled(fresh) for text in self.texts]
        seals = self._sealed(texts, fresh.address)
        data, hashes = self._chained(keys, moments, [text_digest(texts[number]) for number in self.digests], seals)
        values: list[Any] = [*keys, *map(dialect.moment, moments), *fresh[:-1], *map(dialect.text, texts), *seals]
        values += [self._message(letter, keys, fresh.address) for letter in self.messages]
        values += map(dialect.text, data)
        values += hashes
        values += self.constants
        return values

    def _chained(
        self, keys: list[int], moments: list[str], digests: list[str], seals: list[str]
    ) -> tuple[list[str], list[str]]:
        """Return the data of all events as JSON, and their hashes: what complaints/chain.py::digest gives."""
        named = [*keys, *digests, *seals]
        shown = [*moments, *self.fixed]
        complaint = keys[self.complaint.number]
        previous, data, hashes = FIRST, [], []
        for link in self.links:
            said = link.data.filled(named)
            hashed = (
                f"{previous}\n{complaint}\n{link.head}\n{shown[link.occurred]}\n{shown[link.recorded]}\n"
                f"{link.tail}\n{said}"
            )
            previous = hashlib.sha256(hashed.encode()).hexdigest()
            data.append(said)
            hashes.append(previous)
        return data, hashes

    def _sealed(self, texts: Sequence[str], address: str) -> list[str]:
        if self.subject.contact is not None:
            self.subject.contact.address = address
        for seal in self.seals:
            seal.draft.text = texts[seal.text]
        return [content_hash(self.subject, seal.draft) for seal in self.seals]

    def _message(self, letter: Gap | None, keys: list[int], address: str) -> str:
        return introduction_key(self.contact, address) if letter is None else f"letter:{keys[letter.number]}"


def introduction_key(kind: str, address: str) -> str:
    """Return the outbox key of the one message to an unverified address, as complaints/letters.py makes it."""
    return f"first:{hashlib.sha256(f'{kind}:{address.lower()}'.encode()).hexdigest()}"
