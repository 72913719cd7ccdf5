"""Cells of one distribution whose total is told, as the public may have them (measurement 2.10)."""

from collections.abc import Sequence

from engagement.showing import FEWEST_FOR_A_RATE, FEWEST_SHOWN, number, public_number


def exact_cells(counts: Sequence[int]) -> list[str | None]:
    """Write each cell in full."""
    return [number(n) for n in counts]


def public_cells(counts: Sequence[int]) -> list[str | None]:
    """Write each cell, one to four as "fewer than 5"; None for what is left out. Where the total and the other cells
    would tell a hidden one, the next smallest is left out too, until those hidden hold five or more. Of fewer than ten
    in all no cell is told."""
    if sum(counts) < FEWEST_FOR_A_RATE:
        return [None for _n in counts]
    small = [place for place, n in enumerate(counts) if 0 < n < FEWEST_SHOWN]
    hidden = list(small)
    others = sorted((n, place) for place, n in enumerate(counts) if place not in small)
    while hidden and others and (len(hidden) == 1 or sum(counts[place] for place in hidden) < FEWEST_SHOWN):
        hidden.append(others.pop(0)[1])
    return [
        public_number(n) if place in small else None if place in hidden else number(n) for place, n in enumerate(counts)
    ]
