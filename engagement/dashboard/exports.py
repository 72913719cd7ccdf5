"""One exhibit as a file: its rows as CSV or XLSX, its picture as SVG, each with everything that the page says of it.

What is not told on the page is not in the file, because both are made of the same exhibit. No text that anybody typed
becomes a formula (reliability C9).
"""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime
from io import BytesIO, StringIO
from textwrap import wrap
from xml.etree import ElementTree as ET

from django.utils import timezone
from django.utils.translation import get_language_bidi
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from engagement.charts.sheet import INK, LINE_LTR, LINE_RTL, MARGIN, WIDTH
from engagement.dashboard.basis import Basis
from engagement.dashboard.exhibits import Cell, Exhibit

# What a spreadsheet would run, or a reader would not see.
_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n")
_UNSEEN = re.compile("[\u2066-\u2069\u200e\u200f\u202a-\u202e]")
# How wide a column of a spreadsheet may be, in letters.
_WIDEST = 60
# Letters of a picture's heading and of what stands below it, and how many of them fit on a line.
_LARGE, _SMALL = (16, 40), (11, 60)
_SVG = "http://www.w3.org/2000/svg"


def as_csv(exhibit: Exhibit, basis: Basis) -> bytes:
    """The rows after what is said of them; UTF-8 with the mark by which spreadsheets know it."""
    file = StringIO()
    writer = csv.writer(file)
    writer.writerows([harmless(name), harmless(said)] for name, said in basis.said_of(exhibit))
    writer.writerow([])
    writer.writerow([harmless(name) for name in exhibit.table.head])
    writer.writerows([_in_csv(cell) for cell in row] for row in exhibit.table.rows)
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _in_csv(cell: Cell) -> str | int | float:
    if isinstance(cell, str):
        return harmless(cell)
    return _moment(cell) if isinstance(cell, date) else "" if cell is None else cell


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, whatever stands before the sign and however wide it is."""
    seen = _seen(text)
    plain = unicodedata.normalize("NFKC", seen).lstrip(" \u00a0")
    return f"'{seen}" if plain.startswith(_BEGINS) and plain != "-" else seen


def _seen(text: str) -> str:
    """Marks of direction belong to pages; in a cell they would only keep texts from being found."""
    return _UNSEEN.sub("", ILLEGAL_CHARACTERS_RE.sub("", text))


def _moment(cell: date) -> str:
    local = timezone.localtime(cell) if isinstance(cell, datetime) else cell
    return local.isoformat(timespec="minutes") if isinstance(local, datetime) else local.isoformat()


def as_xlsx(exhibit: Exhibit, basis: Basis) -> bytes:
    """The same in a sheet: numbers are numbers, every text is a text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_sheet_name(exhibit))
    sheet.sheet_view.rightToLeft = get_language_bidi()
    said = [(name, text) for name, text in basis.said_of(exhibit)]
    rows: list[Iterable[Cell]] = [*said, (), exhibit.table.head, *exhibit.table.rows]
    for place, width in enumerate(_widths(rows)):
        sheet.column_dimensions[chr(ord("A") + place)].width = width

    def cell_of(value: Cell) -> WriteOnlyCell:
        is_number = isinstance(value, int | float)
        text = "" if value is None else _moment(value) if isinstance(value, date) else value
        cell = WriteOnlyCell(sheet, value=text if is_number else _seen(str(text)))
        if not is_number:
            cell.data_type = "s"  # openpyxl makes a formula of a text that begins with "="
        return cell

    for row in rows:
        sheet.append([cell_of(value) for value in row])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _sheet_name(exhibit: Exhibit) -> str:
    return exhibit.name[:31]


def _widths(rows: Iterable[Iterable[Cell]]) -> list[int]:
    widths: list[int] = []
    for row in rows:
        for place, value in enumerate(row):
            if place >= min(len(widths), 26):
                widths.append(8)
            widths[place] = max(widths[place], min(_WIDEST, len(str(value)) + 2))
    return widths[:26]


def as_svg(exhibit: Exhibit, basis: Basis) -> bytes:
    """The picture under its title, with what a page says around it; needs nothing but itself."""
    drawn = ET.fromstring(str(exhibit.picture))  # noqa: S314 - engagement/charts drew it
    _left, _top, width, height = (float(part) for part in drawn.get("viewBox", f"0 0 {WIDTH} 0").split())
    right_to_left = drawn.get("direction") == "rtl"
    line = LINE_RTL if right_to_left else LINE_LTR
    whole = ET.Element(f"{{{_SVG}}}svg", {"direction": "rtl" if right_to_left else "ltr", "role": "img"})
    ET.SubElement(whole, f"{{{_SVG}}}title").text = _seen(basis.title_of(exhibit))
    ground = ET.SubElement(whole, f"{{{_SVG}}}rect", {"width": "100%", "height": "100%", "fill": "#fff"})
    along = width - MARGIN if right_to_left else MARGIN
    down = float(MARGIN)
    down = _write(whole, _heading(exhibit, basis), (along, down), line, _LARGE)
    down = _write(whole, _below(exhibit, basis), (along, down), line * 0.8, _SMALL)
    drawn.set("y", f"{down:.1f}")
    drawn.set("width", f"{width:.1f}")
    drawn.set("height", f"{height:.1f}")
    whole.append(drawn)
    down += height
    whole.set("viewBox", f"0 0 {width:.1f} {down + MARGIN:.1f}")
    whole.set("width", f"{width * 2:.0f}")
    whole.set("height", f"{(down + MARGIN) * 2:.0f}")
    whole.set("font-family", "'Noto Sans', 'Noto Nastaliq Urdu', 'Segoe UI', Arial, sans-serif")
    ground.set("height", f"{down + MARGIN:.1f}")
    ET.register_namespace("", _SVG)
    written: bytes = ET.tostring(whole, encoding="utf-8", xml_declaration=True)
    return written


def _heading(exhibit: Exhibit, basis: Basis) -> list[str]:
    return [basis.title_of(exhibit)]


def _below(exhibit: Exhibit, basis: Basis) -> list[str]:
    return [exhibit.sentence, " · ".join(f"{name}: {said}" for name, said in basis.said_of(exhibit)[1:8])]


def _write(
    whole: ET.Element, texts: Iterable[str], place: tuple[float, float], line: float, letters: tuple[int, int]
) -> float:
    """Write the texts below each other and return how far down they reach."""
    along, down = place
    size, fit = letters
    for text in texts:
        for part in wrap(_seen(text), fit):
            down += line
            attributes = {"x": f"{along:.1f}", "y": f"{down - line * 0.25:.1f}", "font-size": str(size), "fill": INK}
            ET.SubElement(whole, f"{{{_SVG}}}text", attributes).text = part
    return down


# By the ending of the address: the type, and what makes it.
EXPORTS: dict[str, tuple[str, Callable[[Exhibit, Basis], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
    "svg": ("image/svg+xml", as_svg),
}
