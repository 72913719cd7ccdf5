"""What changed between two wordings, word by word, for two columns beside each other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

# Beyond that comparing words would take longer than reading; whole lines are compared then.
_MOST_WORDS = 3000
_WORDS = re.compile(r"\s+|[^\s]+")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True)
class Piece:
    """A stretch of text, and whether it is only in this one of the two wordings."""

    text: str
    changed: bool


@dataclass(frozen=True)
class Compared:
    """The old and the new wording in pieces."""

    old: Sequence[Piece]
    new: Sequence[Piece]


def compared(old: str, new: str) -> Compared:
    """Compare two wordings."""
    words = _WORDS.findall(old), _WORDS.findall(new)
    if max(map(len, words)) > _MOST_WORDS:
        words = _LINES.findall(old), _LINES.findall(new)
    before, after = words
    left, right = [], []
    # Spaces are no anchors: without that a changed sentence becomes a patchwork.
    matcher = SequenceMatcher(str.isspace, before, after, autojunk=True)
    for what, i, j, k, n in matcher.get_opcodes():
        same = what == "equal"
        left.append(Piece("".join(before[i:j]), changed=not same))
        right.append(Piece("".join(after[k:n]), changed=not same))
    return Compared(_without_empty(left), _without_empty(right))


def _without_empty(pieces: Sequence[Piece]) -> list[Piece]:
    return [piece for piece in pieces if piece.text]
