"""Bars: shares of steps beside the standard, counts beside each other, a gate beside its threshold."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from django.utils.safestring import SafeString

from engagement.charts.sheet import BAR, GAP, GREEN, PALE, Sheet, Words, short
from engagement.showing import percents


@dataclass(frozen=True)
class ShareBar:
    """A share from 0 to 1 with its interval; `said` is the same in numbers. Without a share there is only the text."""

    label: str
    said: str
    share: float | None = None
    interval: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True)
class CountBar:
    """So many, and the part of them that is marked."""

    label: str
    said: str
    whole: int
    part: int


def shares(words: Words, bars: Sequence[ShareBar], standard: float, standard_said: str) -> SafeString:
    """Draw how large a share of each step was on time (solid), the rest (hatched), how sure that is (the line with two
    ends), and the standard (dashed)."""
    sheet = Sheet(words)
    tops: list[float] = []
    for bar in bars:
        sheet.text(bar.label, "bold")
        if bar.share is not None:
            sheet.box(0, bar.share, GREEN)
            sheet.box(bar.share, 1, sheet.late())
            sheet.whisker(bar.interval)
            tops.append(sheet.height)
            sheet.height += BAR + 2
        sheet.text(bar.said)
        sheet.height += GAP
    for top in tops:
        sheet.rule(standard, top - 4, standard, top + BAR + 4, "#fff", stroke_width="4")
        sheet.rule(standard, top - 4, standard, top + BAR + 4, stroke_width="2", stroke_dasharray="4 2")
    if tops:
        sheet.line_feed()
        sheet.mark(percents(0), 0)
        sheet.mark(standard_said, standard * 0.85)
        sheet.mark(percents(100), 1)
    return sheet.drawn()


def counts(words: Words, bars: Sequence[CountBar]) -> SafeString:
    """Draw how many each has (solid and hatched) and how many of them are marked (hatched), on one scale."""
    sheet = Sheet(words)
    longest = max((bar.whole for bar in bars), default=0) or 1
    for bar in bars:
        sheet.text(bar.label, "bold")
        part = min(bar.part, bar.whole)
        sheet.box(0, part / longest, sheet.late())
        sheet.box(part / longest, bar.whole / longest, GREEN)
        sheet.height += BAR + 2
        sheet.text(bar.said)
        sheet.height += GAP
    return sheet.drawn()


def gate(words: Words, bar: ShareBar, threshold: float, threshold_said: str) -> SafeString:
    """Draw where the share (the dot) and its interval lie beside the threshold: the gate is passed when the whole line
    lies beyond it."""
    sheet = Sheet(words)
    sheet.text(bar.label, "bold")
    sheet.box(0, 1, PALE)
    if bar.share is not None:
        sheet.whisker(bar.interval)
        centre = {"cx": short(sheet.at(bar.share)), "cy": short(sheet.height + BAR / 2), "r": "5", "fill": GREEN}
        ET.SubElement(sheet.root, "circle", centre | {"stroke": "#fff", "stroke-width": "1.5"})
    top = sheet.height
    sheet.rule(threshold, top - 4, threshold, top + BAR + 4, stroke_width="2", stroke_dasharray="4 2")
    sheet.height += BAR + 2
    sheet.line_feed()
    sheet.mark(percents(0), 0)
    # Beside a threshold near the end its words would lie on those of the end.
    sheet.mark(threshold_said, min(threshold, 0.6))
    sheet.mark(percents(100), 1)
    sheet.text(bar.said)
    return sheet.drawn()
