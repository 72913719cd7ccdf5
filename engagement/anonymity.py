"""How much of each row may be published so that nobody is recognised: coarser until enough rows look alike
(measurement 5, row 24)."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence

# So many rows at least look alike in all that describes a citizen; a district needs more, as neighbours know much.
ALIKE, ALIKE_WITH_DISTRICT = 5, 10

Described = tuple[str, ...]


def coarsened(rows: Sequence[Described]) -> list[Described]:
    """Return the rows with as many of their last fields blank as it takes until each combination is that of ALIKE rows
    or more; with the last field told, of ALIKE_WITH_DISTRICT. Fewer rows than ALIKE in all: every field is blank.

    Fields are blanked from the last to the first, so they stand in the order of what is to be kept longest.
    """
    told = list(rows)
    for kept in range(len(rows[0]) if rows else 0, 0, -1):
        needed = ALIKE_WITH_DISTRICT if kept == len(rows[0]) else ALIKE
        alike = Counter(told)
        told = [_blanked(row, kept - 1) if row[kept - 1] and alike[row] < needed else row for row in told]
    return _with_company(told)


def _blanked(row: Described, kept: int) -> Described:
    return (*row[:kept], *("" for _ in row[kept:]))


def _with_company(told: list[Described]) -> list[Described]:
    """Where the wholly blank rows are too few, the smallest other combinations are blanked too."""
    alike = Counter(told)
    blank = _blanked(told[0], 0) if told else ()
    if 0 < alike[blank] < ALIKE:
        # Every other combination has company enough by now, so the smallest of them is enough.
        _n, joined = min(((n, row) for row, n in alike.items() if row != blank), default=(0, blank))
        return [blank if row == joined else row for row in told]
    return told


def kept_back(values: Iterable[Hashable]) -> list[bool]:
    """Return for each value whether it is kept back: all those that fewer than ALIKE rows have, and of the value that
    most rows have as many as make ALIKE together, so that the rows tell no more than the bound on a page. None is no
    value."""
    places: dict[Hashable, list[int]] = defaultdict(list)
    listed = list(values)
    for place, value in enumerate(listed):
        if value is not None:
            places[value].append(place)
    hidden = {place for some in places.values() if len(some) < ALIKE for place in some}
    most = max(places.values(), key=len, default=[])
    if hidden and len(most) >= ALIKE:
        hidden.update(most[: max(0, ALIKE - len(hidden))])
    return [place in hidden for place in range(len(listed))]
