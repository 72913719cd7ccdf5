"""Curves over days, and shares with their intervals on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from django.utils.safestring import SafeString

from engagement.charts.bars import ShareBar
from engagement.charts.sheet import BAR, GAP, GREEN, PALE, Sheet, Words, short
from engagement.showing import percents

TALL = 150


@dataclass(frozen=True)
class Step:
    """From `day` on the curve is at `share`, likely between `lower` and `upper` (0 to 1)."""

    day: int
    share: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Axis:
    """Days from 0 to `last`; `marks` are written below, `mark` is the day of the dashed line across."""

    last: int
    marks: tuple[int, ...]
    mark: int
    title: str


def falling(words: Words, steps: Sequence[Step], axis: Axis) -> SafeString:
    """Draw which share still waits, day by day (the line), how sure that is (the band), one half and the axis' mark
    (dashed)."""
    sheet = Sheet(words)
    sheet.text(percents(100))
    top = sheet.height
    all_steps = [Step(0, 1.0, 1.0, 1.0), *(step for step in steps if step.day <= axis.last)]
    band = [*_corners(all_steps, "upper", axis.last), *reversed(_corners(all_steps, "lower", axis.last))]
    _line(sheet, top, band, "polygon", {"fill": PALE})
    for begin, end in (((0, 0.5), (1, 0.5)), ((axis.mark / axis.last, 0), (axis.mark / axis.last, 1))):
        sheet.rule(begin[0], top + TALL * begin[1], end[0], top + TALL * end[1], stroke_dasharray="4 3")
    _line(sheet, top, _corners(all_steps, "share", axis.last), "polyline",
          {"fill": "none", "stroke": GREEN, "stroke-width": "3"})  # fmt: skip
    sheet.rule(0, top + TALL, 1, top + TALL)
    sheet.height += TALL
    sheet.line_feed()
    for day in axis.marks:
        sheet.mark(str(day), day / axis.last)
    sheet.text(axis.title)
    return sheet.drawn()


def _corners(steps: Sequence[Step], side: str, last: int) -> list[tuple[float, float]]:
    """The corners of a staircase: along and down, 0 to 1."""
    corners: list[tuple[float, float]] = []
    for step in steps:
        if corners:
            corners.append((step.day / last, corners[-1][1]))
        corners.append((step.day / last, 1 - getattr(step, side)))
    return [*corners, (1.0, corners[-1][1])]


def _line(sheet: Sheet, top: float, corners: Sequence[tuple[float, float]], tag: str, look: dict[str, str]) -> None:
    points = " ".join(f"{short(sheet.at(along))},{short(top + TALL * down)}" for along, down in corners)
    ET.SubElement(sheet.root, tag, {"points": points, **look})


def spans(words: Words, bars: Sequence[ShareBar]) -> SafeString:
    """Draw where each share (the dot) and its interval lie between none and all."""
    sheet = Sheet(words)
    for bar in bars:
        sheet.text(bar.label, "bold")
        if bar.share is not None:
            sheet.box(0, 1, PALE)
            sheet.whisker(bar.interval)
            centre = {"cx": short(sheet.at(bar.share)), "cy": short(sheet.height + BAR / 2), "r": "5", "fill": GREEN}
            ET.SubElement(sheet.root, "circle", centre | {"stroke": "#fff", "stroke-width": "1.5"})
            sheet.height += BAR + 2
        sheet.text(bar.said)
        sheet.height += GAP
    sheet.line_feed()
    sheet.mark(percents(0), 0)
    sheet.mark(percents(100), 1)
    return sheet.drawn()
