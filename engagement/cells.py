"""Which counts of a whole may be told to everybody: none of one to four, and none from which such a one could be
reckoned (measurement 2.10)."""

from collections.abc import Sequence

from engagement.showing import FEWEST_SHOWN


def told(counts: Sequence[int]) -> list[bool]:
    """Return for each count whether it may be told beside the sum of all.

    One to four are kept back. Where the sum of what is kept back would still give one away (it is a single count, or
    all of them must be 1, or all 4), the next larger count is kept back too.
    """
    kept_back = {place for place, n in enumerate(counts) if 0 < n < FEWEST_SHOWN}
    others = sorted((n, place) for place, n in enumerate(counts) if n >= FEWEST_SHOWN)
    if kept_back and others and _gives_away([counts[place] for place in kept_back]):
        kept_back.add(others[0][1])
    return [place not in kept_back for place in range(len(counts))]


def _gives_away(kept_back: Sequence[int]) -> bool:
    many, total = len(kept_back), sum(kept_back)
    return many == 1 or total in (many, many * (FEWEST_SHOWN - 1))
