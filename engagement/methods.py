"""The versions of the method: which thresholds the gates of the level have, and from which quarter on.

A threshold is the method's and the same for all departments; it changes only with a new version (measurement 2.3). In
its first quarter a new version is shown beside the one before, so that nobody can change a level by changing the ruler.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from engagement.periods import Quarter


@dataclass(frozen=True)
class Method:
    """`thresholds` by the code of the gate; a gate without one asks yes or no. The first version has no `since`."""

    version: int
    thresholds: Mapping[str, Fraction]
    since: Quarter | None = None

    def moved(self, by: Fraction) -> "Method":
        """Return the same method with every threshold so much higher, or lower, within 0 to 1."""
        moved = {code: min(max(each + by, Fraction(0)), Fraction(1)) for code, each in self.thresholds.items()}
        return replace(self, thresholds=moved)


METHODS: tuple[Method, ...] = (
    Method(
        1,
        {
            "M1": Fraction(1, 2),
            "M2": Fraction(1, 2),
            "M3": Fraction(1, 2),
            "H1": Fraction(3, 4),
            "H2": Fraction(3, 4),
            "H5": Fraction(3, 4),
        },
    ),
)


def methods_for(quarter: Quarter, methods: Sequence[Method] = METHODS) -> tuple[Method, ...]:
    """Return the version that holds for `quarter`; in its first quarter the one before it too, second. `methods` are
    in the order of their versions."""
    begun = [each for each in methods if each.since is None or each.since <= quarter]
    newest = begun[-1]
    return (newest, begun[-2]) if newest.since == quarter and len(begun) > 1 else (newest,)
