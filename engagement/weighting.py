"""What the answers of some citizens say of all who came: weighted by channel, with what silence could hide
(measurement 2.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from engagement.wilson import wilson

# A channel on which fewer answered is merged with others: its weight would rest on chance.
FEWEST_OF_A_CHANNEL = 5
# Where fewer of those who were asked answered, only the bounds are printed.
ENOUGH_ANSWERED = Fraction(1, 5)


@dataclass(frozen=True)
class Stratum:
    """One channel: `contacts` came by it in the quarter (N_c), `answered` of them answered (m_c), `positive` of these
    said what is counted (y_c)."""

    channel: str
    contacts: int
    answered: int
    positive: int


@dataclass(frozen=True)
class Weighted:
    """A share of the answers, weighted so that each channel counts as much as it was used. `effective` is how many
    evenly drawn answers would make it as sure; `bounds` are the share if all who were asked and did not answer had
    said no, and if all had said yes."""

    asked: int
    answered: int
    positive: int
    share: float | None
    effective: float
    interval: tuple[float, float]
    bounds: tuple[float, float]

    @property
    def answer_rate(self) -> float | None:
        """How many of those who were asked answered, 0 to 1; None when nobody was asked."""
        return self.answered / self.asked if self.asked else None

    @property
    def speaks_for_all(self) -> bool:
        """Whether enough answered for an interval; else the bounds are all that can be said."""
        return bool(self.asked) and Fraction(self.answered, self.asked) >= ENOUGH_ANSWERED


def weighted(strata: Sequence[Stratum], asked: int) -> Weighted:
    """Return the share of `positive` answers behind `strata`, of `asked` citizens in all.

    Raises ValueError where more answered than were asked or came. Each answer of a channel weighs
    (N_c / N) / (m_c / m); n_eff is (Σ w)² / Σ w², and the interval Wilson's of the share of it.
    """
    answered, positive = sum(s.answered for s in strata), sum(s.positive for s in strata)
    for s in strata:
        if not 0 <= s.positive <= s.answered <= s.contacts:
            raise ValueError(f"{s.channel}: {s.positive} of {s.answered} of {s.contacts} cannot be.")
    if answered > asked:
        raise ValueError(f"{answered} answered, but {asked} were asked.")
    bounds = (positive / asked, (positive + asked - answered) / asked) if asked else (0.0, 1.0)
    if not answered:
        return Weighted(asked, 0, 0, None, 0.0, (0.0, 1.0), bounds)
    merged = merge(strata)
    contacts = sum(s.contacts for s in merged)
    share = float(sum(Fraction(s.contacts, contacts) * Fraction(s.positive, s.answered) for s in merged))
    squares = sum(
        Fraction(s.contacts, contacts) ** 2 * Fraction(answered, s.answered) ** 2 * s.answered for s in merged
    )
    effective = float(Fraction(answered) ** 2 / squares)
    return Weighted(asked, answered, positive, share, effective, wilson(share * effective, effective), bounds)


def merge(strata: Sequence[Stratum]) -> list[Stratum]:
    """Return the strata in which at least five answered, with all others in one. Where that one has fewer still, the
    smallest of the others joins it. Channels by which nobody came are left out."""
    there = sorted((s for s in strata if s.contacts), key=lambda s: (s.answered, s.channel))
    few = [s for s in there if s.answered < FEWEST_OF_A_CHANNEL]
    others = there[len(few) :]
    if few and others and sum(s.answered for s in few) < FEWEST_OF_A_CHANNEL:
        few.append(others.pop(0))
    if not few:
        return others
    names = "+".join(sorted(s.channel for s in few))
    return [
        Stratum(names, sum(s.contacts for s in few), sum(s.answered for s in few), sum(s.positive for s in few)),
        *others,
    ]
