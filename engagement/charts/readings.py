"""Three readings on one axis from LOW to HIGH: what records prove and allow, where officials place the department, and
where citizens do. Never blended, so each has a line of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from xml.etree import ElementTree as ET

from django.utils.safestring import SafeString

from engagement.charts.sheet import BAR, GAP, GREEN, INK, PALE, Sheet, Words, short

_ZONES = 3
# Dots of one zone that stand beside each other, and their lines; with more officials a dot stands for several.
_ACROSS, _LINES, _STEP = 9, 2, 11


@dataclass(frozen=True)
class Reading:
    """One department's three marks. `records` is from which level to which (0 LOW to 2 HIGH); `officials` are counts
    and `citizens` shares (0 to 1) by level; each None where it is not told. The texts say the same in words."""

    label: str
    records: tuple[int, int] | None
    records_said: str
    officials: tuple[int, int, int] | None
    officials_said: str
    citizens: tuple[float, float, float] | None
    citizens_said: str


def readings(words: Words, rows: Sequence[Reading], levels: tuple[str, str, str]) -> SafeString:
    """Draw each department: the bar of the records from the level they prove to the one they allow, a dot for each
    official, and for citizens a box in each level as wide as its share."""
    sheet = Sheet(words)
    for row in rows:
        sheet.text(row.label, "bold")
        _axis(sheet, levels)
        sheet.text(row.records_said)
        if row.records is not None:
            low, high = row.records
            _ground(sheet)
            sheet.box(low / _ZONES, (high + 1) / _ZONES, GREEN)
            sheet.height += BAR + 4
        sheet.text(row.officials_said)
        if row.officials is not None:
            _dots(sheet, row.officials)
        sheet.text(row.citizens_said)
        if row.citizens is not None:
            _ground(sheet)
            for zone, share in enumerate(row.citizens):
                sheet.box(zone / _ZONES, (zone + share) / _ZONES, GREEN)
            sheet.height += BAR + 4
        sheet.height += GAP
    return sheet.drawn()


def _axis(sheet: Sheet, levels: tuple[str, str, str]) -> None:
    sheet.line_feed()
    for zone, level in enumerate(levels):
        sheet.mark(level, (zone + 0.5) / _ZONES)
    sheet.rule(0, sheet.height + 2, 1, sheet.height + 2, stroke_width="1.5")
    for border in range(_ZONES + 1):
        sheet.rule(border / _ZONES, sheet.height - 4, border / _ZONES, sheet.height + 2, stroke_width="1.5")
    sheet.height += 6


def _ground(sheet: Sheet) -> None:
    """The three levels, empty, at the present height."""
    for zone in range(_ZONES):
        sheet.box(zone / _ZONES, (zone + 1) / _ZONES, PALE)


def _dots(sheet: Sheet, counts: tuple[int, int, int]) -> None:
    each_stands_for = max(1, ceil(max(counts) / (_ACROSS * _LINES)))
    dots = [ceil(n / each_stands_for) for n in counts]
    lines = max(1, *(ceil(n / _ACROSS) for n in dots))
    _ground_of(sheet, lines * _STEP + 3)
    for zone, n in enumerate(dots):
        begin, end = sheet.at(zone / _ZONES), sheet.at((zone + 1) / _ZONES)
        way = 1 if end > begin else -1
        for number in range(n):
            line, place = divmod(number, _ACROSS)
            x, y = begin + way * _STEP * (place + 0.8), sheet.height + _STEP * (line + 0.65)
            centre = {"cx": short(x), "cy": short(y), "r": "4", "fill": INK}
            ET.SubElement(sheet.root, "circle", centre | {"stroke": "#fff", "stroke-width": "1"})
    sheet.height += lines * _STEP + 7


def _ground_of(sheet: Sheet, height: float) -> None:
    for zone in range(_ZONES):
        left, right = sorted((sheet.at(zone / _ZONES), sheet.at((zone + 1) / _ZONES)))
        places = {"x": short(left), "y": short(sheet.height), "width": short(right - left), "height": short(height)}
        ET.SubElement(sheet.root, "rect", places | {"fill": PALE, "stroke": INK, "stroke-width": "0.75"})
