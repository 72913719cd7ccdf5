"""The ladder: three rungs, the gates between them, how each stands, and how high the department has come."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from engagement.charts.sheet import BAR, GAP, GREEN, PALE, Sheet, Words

MARK = 0.09  # of the width


@dataclass(frozen=True)
class Rail:
    """One gate: what is written of it, and how it stands: "pass", "fail", "unproven", or "no_data"."""

    said: str
    verdict: str


@dataclass(frozen=True)
class Rung:
    """One level with the gates that lead up to it. `is_proven` and `is_possible` say whether it is reached; `said` is
    the same in words."""

    label: str
    said: str
    rails: tuple[Rail, ...]
    is_proven: bool
    is_possible: bool


def ladder(words: Words, rungs: Sequence[Rung]) -> SafeString:
    """Draw the rungs, the highest first: a reached one is solid, a possible one pale, another empty. Below each the
    gates that lead to it: solid passed, hatched failed, pale not proven, empty without data."""
    sheet = Sheet(words)
    fills = {"pass": GREEN, "fail": sheet.late(), "unproven": PALE, "no_data": "#fff"}
    for rung in rungs:
        sheet.text(rung.label, "bold")
        sheet.box(0, 1, GREEN if rung.is_proven else PALE if rung.is_possible else "#fff")
        sheet.height += BAR + 2
        sheet.text(rung.said)
        for rail in rung.rails:
            sheet.row(rail.said, fills[rail.verdict], MARK)
        sheet.height += GAP
    return sheet.drawn()
