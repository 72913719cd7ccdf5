"""Cells whose total is told, as the public may have them (measurement 2.10): those of one distribution, and the same
share of several departments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engagement.showing import FEWEST_FOR_A_RATE, FEWEST_SHOWN, number, public_bounds, public_number, publicly


@dataclass(frozen=True)
class Total:
    """The successes of several departments together, of `n` cases: at least and at most so many, as a reader may have
    them."""

    least: int
    most: int
    n: int


def told(counts: Sequence[int]) -> list[bool]:
    """Return for each count whether it may be told beside the sum of all.

    One to four are kept back. Where the sum and the other counts would tell one of them, the next smallest is kept
    back too, until those kept back are two or more, hold five or more, and need not all be one or all be four.
    """
    kept_back = {place for place, n in enumerate(counts) if 0 < n < FEWEST_SHOWN}
    others = sorted((n, place) for place, n in enumerate(counts) if place not in kept_back)
    while kept_back and others and _gives_away([counts[place] for place in kept_back]):
        kept_back.add(others.pop(0)[1])
    return [place not in kept_back for place in range(len(counts))]


def _gives_away(kept_back: Sequence[int]) -> bool:
    many, total = len(kept_back), sum(kept_back)
    only_one_way = max(kept_back) < FEWEST_SHOWN and total in (many, many * (FEWEST_SHOWN - 1))
    return many == 1 or total < FEWEST_SHOWN or only_one_way


def exact_cells(counts: Sequence[int]) -> list[str | None]:
    """Write each cell in full."""
    return [number(n) for n in counts]


def public_cells(counts: Sequence[int]) -> list[str | None]:
    """Write each cell, one to four as "fewer than 5"; None for what is left out. Of fewer than ten in all no cell is
    told."""
    if sum(counts) < FEWEST_FOR_A_RATE:
        return [None for _n in counts]
    return [
        number(n) if is_told else public_number(n) if 0 < n < FEWEST_SHOWN else None
        for n, is_told in zip(counts, told(counts), strict=True)
    ]


def exact_total(pairs: Iterable[tuple[int, int]]) -> Total:
    """Add up the successes and the cases of each department."""
    found = list(pairs)
    successes = sum(k for k, _n in found)
    return Total(successes, successes, sum(n for _k, n in found))


def public_total(pairs: Iterable[tuple[int, int]]) -> Total:
    """Add up the same of those that have five cases or more. Departments whose own share is kept back are not left out,
    as the sum of the others would flatter: most of those with a perfect share are told. Where the sum would tell what
    is kept back, only its bounds are told, which follow from what is public anyway."""
    found = [(k, n) for k, n in pairs if n >= FEWEST_SHOWN]
    exact = exact_total(found)
    bounds = [public_bounds(k, n) for k, n in found]
    least, most = sum(low for low, _high in bounds), sum(high for _low, high in bounds)
    hidden = [pair for pair, (low, high) in zip(found, bounds, strict=True) if low < high]
    if not hidden:
        return exact
    together = exact_total(hidden)
    if len(hidden) > 1 and least < exact.least < most and publicly(together.least, together.n).exact:
        return exact
    return Total(least, most, exact.n)
