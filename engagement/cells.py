"""Cells of one distribution whose total is told, as the public may have them (measurement 2.10)."""

from collections.abc import Sequence

from engagement.showing import FEWEST_FOR_A_RATE, FEWEST_SHOWN, number, public_number


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
