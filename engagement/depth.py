"""How deep a contact between a citizen and an office went, and what their relation is over a year (measurement 2.4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

# So many full exchanges (citizen, office) make an answered contact a talk, and a talk a collaboration.
TALK, COLLABORATION = 2, 3


class Depth(IntEnum):
    """From a contact without an answer to one that decided something."""

    UNANSWERED = 0
    TOLD = 1
    ANSWERED = 2
    TALKED = 3
    DISPOSED = 4
    ADOPTED = 5


# The paper's level "high" begins here.
HIGH = Depth.DISPOSED


@dataclass(frozen=True)
class Contribution:
    """What a citizen gave to what is published, planned or decided, and what became of it."""

    citizen: int | None
    is_adopted: bool


class Relation(models.TextChoices):
    """What a citizen and a department have to do with each other in a year; the highest that applies comes first."""

    COLLABORATIVE = "collaborative", _("Collaborative dialogue")
    FEEDBACK = "feedback", _("Feedback")
    RETURNING = "returning", _("Came again")
    ONE_OFF = "one_off", _("One single contact")


@dataclass(frozen=True)
class Pair:
    """A citizen and a department over a year. `exchanges` are those of their longest conversation; `feedback` counts
    ratings, comments and suggestions; `high` contributions."""

    conversations: int
    feedback: int = 0
    exchanges: int = 0
    high: int = 0


def depth(*, told: bool, answered: bool, rated: bool, exchanges: int) -> Depth:
    """Return how deep a conversation went. Contributions are deeper and have their own."""
    if not answered:
        return Depth.TOLD if told else Depth.UNANSWERED
    return Depth.TALKED if rated or exchanges >= TALK else Depth.ANSWERED


def depth_of(contribution: Contribution) -> Depth:
    """Return how deep a contribution with a disposition went."""
    return Depth.ADOPTED if contribution.is_adopted else Depth.DISPOSED


def exchanges(from_citizen: Iterable[bool]) -> int:
    """Return how many full exchanges a conversation has, from who wrote each of its letters, in their order: what the
    citizen wrote, however many letters, and the office's answer to it. The query itself is the citizen's."""
    full, waits = 0, True
    for is_citizen in from_citizen:
        full += waits and not is_citizen
        waits = is_citizen
    return full


def relations(pair: Pair) -> list[Relation]:
    """Return all that apply, the highest first: its first is the exclusive class, the whole is the survey's form."""
    found = []
    if pair.high or pair.exchanges >= COLLABORATION:
        found.append(Relation.COLLABORATIVE)
    if pair.feedback:
        found.append(Relation.FEEDBACK)
    if pair.conversations > 1:
        found.append(Relation.RETURNING)
    if pair.conversations == 1:
        found.append(Relation.ONE_OFF)
    return found
