"""The paper that every picture is drawn on: plain SVG that needs no script, prints, and says in words what it shows.

360 units wide, so that its letters are as large as the page's on a small telephone. In a language that is written from
right to left the picture grows from the right. What is late is hatched as well as red: no colour is the only sign.
"""

from dataclasses import dataclass
from textwrap import wrap
from xml.etree import ElementTree as ET

from django.utils.safestring import SafeString, mark_safe

WIDTH, MARGIN = 360, 6
BAR, GAP = 18, 14
# Of a line of text, in Latin letters and in Nastaliq, and how many letters of it fit.
LINE_LTR, LINE_RTL, LETTERS = 20, 34, 46

GREEN, RED, INK, PALE = "#0a5c4a", "#b3261e", "#0b0c0c", "#e3ebe8"


@dataclass(frozen=True)
class Words:
    """What a picture says of itself: `name` is unique on its page, and `right_to_left` the way of its language."""

    name: str
    title: str
    description: str
    right_to_left: bool = False


class Sheet:
    """The paper: grows downward as rows are put on it."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._line = LINE_RTL if words.right_to_left else LINE_LTR
        self.height = 4.0
        direction = "rtl" if words.right_to_left else "ltr"
        ids = f"{words.name}-title {words.name}-description"
        self.root = ET.Element(
            "svg",
            {"xmlns": "http://www.w3.org/2000/svg", "class": "jawab-chart", "role": "img", "direction": direction,
             "aria-labelledby": ids},
        )  # fmt: skip
        self._tell("title", words.title)
        self._tell("desc", words.description)
        hatch = ET.SubElement(
            ET.SubElement(self.root, "defs"),
            "pattern",
            {"id": f"{words.name}-late", "width": "6", "height": "6", "patternUnits": "userSpaceOnUse",
             "patternTransform": "rotate(45)"},
        )  # fmt: skip
        ET.SubElement(hatch, "rect", {"width": "6", "height": "6", "fill": "#fff"})
        ET.SubElement(hatch, "rect", {"width": "3", "height": "6", "fill": RED})

    def _tell(self, tag: str, text: str) -> None:
        ET.SubElement(
            self.root, tag, {"id": f"{self._words.name}-{'title' if tag == 'title' else 'description'}"}
        ).text = text

    def at(self, part: float) -> float:
        """Where `part` (0 to 1) of the width lies, from the side where reading begins."""
        along = MARGIN + part * (WIDTH - 2 * MARGIN)
        return WIDTH - along if self._words.right_to_left else along

    def text(self, text: str, weight: str = "normal") -> None:
        """Write at the beginning of a line, on as many lines as it takes."""
        for line in wrap(text, LETTERS) or [""]:
            self.height += self._line
            self._write(line, self.at(0), self.height - self._line * 0.3, "start", weight)

    def row(self, text: str, fill: str, part: float) -> None:
        """A box of `part` of the width at the beginning of a line, and what it stands for beside it."""
        lines = wrap(text, LETTERS - 5) or [""]
        self.height += (self._line - BAR) / 2
        self.box(0, part, fill)
        self.height -= (self._line - BAR) / 2
        for line in lines:
            self.height += self._line
            self._write(line, self.at(part + 0.02), self.height - self._line * 0.3, "start", "normal")

    def mark(self, text: str, part: float) -> None:
        """Write around a place of the line that was begun last."""
        anchor = "start" if part == 0 else "end" if part == 1 else "middle"
        self._write(text, self.at(part), self.height - self._line * 0.3, anchor, "normal")

    def line_feed(self) -> None:
        self.height += self._line

    def _write(self, text: str, x: float, y: float, anchor: str, weight: str) -> None:
        places = {
            "x": short(x),
            "y": short(y),
            "text-anchor": anchor,
            "font-size": "14",
            "font-weight": weight,
            "fill": INK,
        }
        ET.SubElement(self.root, "text", places).text = text

    def box(self, begin: float, end: float, fill: str) -> None:
        """A bar from `begin` to `end` (0 to 1) at the present height."""
        if end > begin:
            left, right = sorted((self.at(begin), self.at(end)))
            ET.SubElement(
                self.root, "rect",
                {"x": short(left), "y": short(self.height), "width": short(right - left), "height": str(BAR),
                 "fill": fill, "stroke": INK, "stroke-width": "0.75"},
            )  # fmt: skip

    def late(self) -> str:
        return f"url(#{self._words.name}-late)"

    def rule(self, x1: float, y1: float, x2: float, y2: float, ink: str = INK, **more: str) -> None:
        ends = {"x1": short(self.at(x1)), "y1": short(y1), "x2": short(self.at(x2)), "y2": short(y2), "stroke": ink}
        ET.SubElement(self.root, "line", ends | {name.replace("_", "-"): value for name, value in more.items()})

    def whisker(self, interval: tuple[float, float]) -> None:
        """The interval across the bar at the present height, on white so that it is seen on any ground."""
        middle = self.height + BAR / 2
        low, high = interval
        for ink, width in (("#fff", "5"), (INK, "2")):
            self.rule(low, middle, high, middle, ink, stroke_width=width)
            for end in interval:
                self.rule(end, middle - 5, end, middle + 5, ink, stroke_width=width)

    def drawn(self) -> SafeString:
        self.root.set("viewBox", f"0 0 {WIDTH} {short(self.height + 4)}")
        # Every text above became a text node or an attribute, so that nothing of it is markup.
        return mark_safe(ET.tostring(self.root, encoding="unicode"))  # noqa: S308


def short(number: float) -> str:
    """Write a coordinate to a tenth of a unit."""
    return f"{number:.1f}".rstrip("0").rstrip(".")
