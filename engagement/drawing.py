"""Whom the call-back asks: so many, drawn by a hash that nobody can choose and everybody can recompute (measurement
2.5)."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from math import ceil
from typing import NamedTuple

from complaints.models.complaint import Complaint
from departments.channels import ChannelKind

# At least so many, or one contact in twenty, and never more: 400 answers place a share within five points, and more
# calls would make it hardly surer.
FEWEST_CALLS, ONE_IN, MOST_CALLS = 30, 20, 400
# Addresses that a telephone rings at.
RINGS = frozenset({ChannelKind.PHONE, ChannelKind.SMS, ChannelKind.WHATSAPP})
# Calls in vain until a citizen counts as not reached.
TRIES = 3


class Contact(NamedTuple):
    """What a draw needs to know of one query: `kind` and `address` are where its answer goes, "" without; `proven` says
    that the citizen showed to read it, `taken` that an official wrote it down from their mouth."""

    pk: int
    reference: str
    channel: str
    anonymity: str
    kind: str
    address: str
    proven: bool
    taken: bool


def calls_for(contacts: int) -> int:
    """Return how many calls a quarter with so many contacts asks for, if so many can be reached."""
    return min(max(FEWEST_CALLS, ceil(contacts / ONE_IN)), MOST_CALLS, contacts)


def can_be_called(contact: Contact) -> bool:
    """Whether a telephone reaches the citizen: a number that is proven or was told to an official. Who stays unknown
    is never called."""
    if contact.anonymity == Complaint.Anonymity.UNKNOWN:
        return False
    return contact.kind in RINGS and bool(contact.address) and (contact.proven or contact.taken)


def in_drawn_order(contacts: Iterable[Contact], seed: str) -> Iterator[Contact]:
    """Yield the contacts in the order in which `seed` draws them; of several with one number only the first, because
    nobody is called twice for one quarter."""
    seen: set[str] = set()
    for contact in sorted(contacts, key=lambda each: (place_of(each.reference, seed), each.reference)):
        if contact.address not in seen:
            seen.add(contact.address)
            yield contact


def place_of(reference: str, seed: str) -> str:
    """Return the place of a query in the draw: the SHA-256 of seed and reference, in hexadecimal digits."""
    return sha256(f"{seed}:{reference}".encode()).hexdigest()
