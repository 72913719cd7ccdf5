"""One source of citizens' words, read question by question (measurement 2.5); counted by engagement/hearing.py."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from complaints.models.closures import Rating
from engagement.scale import Level, level_of
from engagement.weighting import Stratum, Weighted, weighted


class Reply(NamedTuple):
    """What one citizen or several said alike; empty or None is a question left out."""

    channel: str
    answered: str
    could_say: bool | None
    used: str
    explained: bool | None
    satisfaction: int | None
    n: int


# Whether a reply says what is counted; None where the question was left out, or does not arise.
Question = Callable[[Reply], bool | None]


@dataclass(frozen=True)
class Heard:
    """Contacts by channel, how many citizens were asked, and what was said."""

    contacts: Mapping[str, int]
    asked: int
    said: tuple[Reply, ...]

    @classmethod
    def read(cls, counts: Mapping[str, Any]) -> "Heard":
        """Read one source as engagement/hearing.py counts it, fresh or kept."""
        return cls(counts["contacts"], counts["asked"], tuple(Reply(*each) for each in counts["said"]))

    def share(self, question: Question) -> Weighted:
        """Return the weighted share of those who say what `question` counts."""
        answered: Counter[str] = Counter()
        positive: Counter[str] = Counter()
        for reply in self.said:
            found = question(reply)
            if found is not None:
                answered[reply.channel] += reply.n
                positive[reply.channel] += reply.n if found else 0
        strata = [Stratum(each, n, answered[each], positive[each]) for each, n in sorted(self.contacts.items())]
        return weighted(strata, self.asked)

    def counts(self, answer: Callable[[Reply], Any]) -> Counter[Any]:
        """Return how many gave each answer; None is left out."""
        found: Counter[Any] = Counter()
        for reply in self.said:
            if (value := answer(reply)) is not None:
                found[value] += reply.n
        return found


def level(reply: Reply) -> Level | None:
    """Where the reply places the office."""
    return level_of(reply.answered, reply.could_say, reply.used)


def at_least_medium(reply: Reply) -> bool | None:
    """Whether the reply places the office at MEDIUM or HIGH."""
    found = level(reply)
    return None if found is None else found is not Level.LOW


def at_level(wanted: Level) -> Question:
    """Return the question whether a reply places the office at just this level."""

    def asks(reply: Reply) -> bool | None:
        found = level(reply)
        return None if found is None else found is wanted

    return asks


def was_answered(reply: Reply) -> bool | None:
    """Q1: answered in full; partly is not."""
    return reply.answered == Rating.Answered.YES if reply.answered else None


def could_say(reply: Reply) -> bool | None:
    """Q2: could give an opinion or rate the work."""
    return reply.could_say


def was_used(reply: Reply) -> bool | None:
    """Q3: of those who gave an opinion, it was used or they were told why not."""
    return reply.used == Rating.Used.YES if reply.used in (Rating.Used.YES, Rating.Used.NO) else None


def is_satisfied(reply: Reply) -> bool | None:
    """4 or 5 of 5."""
    return reply.satisfaction >= 4 if reply.satisfaction is not None else None


def was_explained(reply: Reply) -> bool | None:
    """Got it, or had the refusal explained."""
    return reply.explained
