"""A share over time: one place on the line for each quarter, with its interval; a gap where there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.etree import ElementTree as ET

from django.utils.safestring import SafeString

from engagement.charts.sheet import GREEN, INK, Sheet, Words, short
from engagement.showing import percents

# How high the picture is, and where the first quarter lies: to its side stand the percents.
TALL, BEGIN, END = 170.0, 0.14, 0.96
_PALE = "#c5d3cd"


@dataclass(frozen=True)
class Moment:
    """One quarter. `share` (0 to 1) is None where there is none to be told; with another `method` than the quarter
    before it cannot be compared with that."""

    label: str
    share: float | None = None
    interval: tuple[float, float] = (0.0, 1.0)
    method: int = 1


def trend(words: Words, moments: Sequence[Moment], threshold: float | None, changed_said: str) -> SafeString:
    """Draw the shares of `moments`, in their order, joined where the method is the same; `threshold` is dashed, and
    where the method changed stands `changed_said`."""
    sheet = Sheet(words)
    sheet.height += 22
    top = sheet.height
    _scale(sheet, top, threshold)
    places = [BEGIN + (END - BEGIN) * (n + 0.5) / len(moments) for n in range(len(moments))]
    drawn = list(zip(places, moments, strict=True))
    for (before, earlier), (place, later) in pairwise(drawn):
        if earlier.method != later.method:
            middle = (before + place) / 2
            sheet.rule(middle, top, middle, top + TALL, stroke_width="1.5", stroke_dasharray="2 3")
            _small(sheet, changed_said, middle, top - 6)
        elif earlier.share is not None and later.share is not None:
            sheet.rule(before, _down(top, earlier.share), place, _down(top, later.share), GREEN, stroke_width="2.5")
    for place, moment in drawn:
        if moment.share is not None:
            _point(sheet, top, place, moment)
    sheet.height = top + TALL + 4
    _names(sheet, drawn)
    return sheet.drawn()


def _down(top: float, share: float) -> float:
    return top + TALL * (1 - share)


def _scale(sheet: Sheet, top: float, threshold: float | None) -> None:
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        sheet.rule(BEGIN, _down(top, share), 1, _down(top, share), _PALE, stroke_width="1")
        if share in (0.0, 0.5, 1.0):
            _small(sheet, percents(round(share * 100)), 0, _down(top, share) + 4, "start")
    if threshold is not None:
        sheet.rule(BEGIN, _down(top, threshold), 1, _down(top, threshold), stroke_width="1.5", stroke_dasharray="4 3")


def _point(sheet: Sheet, top: float, place: float, moment: Moment) -> None:
    low, high = (_down(top, bound) for bound in moment.interval)
    sheet.rule(place, low, place, high, stroke_width="1.5")
    for end in (low, high):
        sheet.rule(place - 0.012, end, place + 0.012, end, stroke_width="1.5")
    ET.SubElement(
        sheet.root,
        "circle",
        {"cx": short(sheet.at(place)), "cy": short(_down(top, moment.share or 0.0)), "r": "4.5", "fill": GREEN,
         "stroke": "#fff", "stroke-width": "1.5"},
    )  # fmt: skip


def _names(sheet: Sheet, drawn: Sequence[tuple[float, Moment]]) -> None:
    """The quarters' names below; where there are many, only as many as do not touch each other."""
    every = max(1, -(-len(drawn) // 5))
    sheet.height += 18
    for number, (place, moment) in enumerate(drawn):
        if (len(drawn) - 1 - number) % every == 0:
            _small(sheet, moment.label, place, sheet.height - 4)
    sheet.height += 6


def _small(sheet: Sheet, text: str, part: float, y: float, anchor: str = "middle") -> None:
    attributes = {"x": short(sheet.at(part)), "y": short(y), "text-anchor": anchor, "font-size": "12", "fill": INK}
    ET.SubElement(sheet.root, "text", attributes).text = text
