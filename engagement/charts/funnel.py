"""Departments beside what chance alone would make of the overall share: the fewer the cases, the wider it scatters."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from xml.etree import ElementTree as ET

from django.utils.safestring import SafeString

from engagement.charts.sheet import GREEN, INK, PALE, Sheet, Words, short
from engagement.showing import number, percents

TALL, BEGIN, END = 190.0, 0.13, 0.97
# The points of the normal distribution between which 95 % and 99.8 % lie.
WARNING, ALARM = 1.959964, 3.090232
_STEPS = 40


@dataclass(frozen=True)
class Department:
    """A department's `share` (0 to 1) of `n` cases; `mark` is the number by which the table knows it."""

    mark: str
    share: float
    n: int


def limits(overall: float, n: int, z: float) -> tuple[float, float]:
    """Return between which shares a department with `n` cases is expected that is like all others, 0 to 1."""
    half = z * sqrt(overall * (1 - overall) / n)
    return max(0.0, overall - half), min(1.0, overall + half)


def funnel(words: Words, departments: Sequence[Department], overall: float, overall_said: str) -> SafeString:
    """Draw the departments of one volume group: how many cases (along), which share (up), the overall share (dashed),
    and the limits of 95 % (dark ground) and 99.8 % (pale ground)."""
    sheet = Sheet(words)
    sheet.height += 10
    top = sheet.height
    low = max(1, round(min(each.n for each in departments) * 0.8))
    high = max(low + 1, round(max(each.n for each in departments) * 1.1))

    def along(n: float) -> float:
        return BEGIN + (END - BEGIN) * (n - low) / (high - low)

    def down(share: float) -> float:
        return top + TALL * (1 - share)

    steps = [low + (high - low) * step / _STEPS for step in range(_STEPS + 1)]
    for z, fill in ((ALARM, PALE), (WARNING, "#c5d9d1")):
        bounds = [(along(n), limits(overall, max(1, round(n)), z)) for n in steps]
        outline = [(part, down(upper)) for part, (_lower, upper) in bounds]
        outline += [(part, down(lower)) for part, (lower, _upper) in reversed(bounds)]
        points = " ".join(f"{short(sheet.at(part))},{short(y)}" for part, y in outline)
        ET.SubElement(sheet.root, "polygon", {"points": points, "fill": fill, "stroke": INK, "stroke-width": "0.4"})
    for share in (0.0, 0.5, 1.0):
        sheet.rule(BEGIN, down(share), END, down(share), "#8a9a94", stroke_width="0.75")
        _text(sheet, percents(round(share * 100)), 0, down(share) + 4, "start")
    sheet.rule(BEGIN, down(overall), END, down(overall), stroke_width="1.5", stroke_dasharray="4 3")
    for each in departments:
        place = {"cx": short(sheet.at(along(each.n))), "cy": short(down(each.share)), "r": "9", "fill": GREEN}
        ET.SubElement(sheet.root, "circle", place | {"stroke": "#fff", "stroke-width": "1.5"})
        _text(sheet, each.mark, along(each.n), down(each.share) + 4, "middle", "#fff")
    sheet.height = top + TALL + 18
    _text(sheet, number(low), BEGIN, sheet.height, "start")
    _text(sheet, number(high), END, sheet.height, "end")
    sheet.height += 6
    sheet.text(overall_said)
    return sheet.drawn()


def _text(sheet: Sheet, text: str, part: float, y: float, anchor: str, ink: str = INK) -> None:
    attributes = {"x": short(sheet.at(part)), "y": short(y), "text-anchor": anchor, "font-size": "12", "fill": ink}
    ET.SubElement(sheet.root, "text", attributes).text = text
