"""How a share of citizens' answers is written: with its interval, or where few answered with its bounds; for the public
without small cells."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from engagement.cells import exact_cells, public_cells
from engagement.charts import ShareBar
from engagement.dashboard.exhibits import Cell
from engagement.dashboard.panels import PUBLIC, Reader
from engagement.showing import between, isolated, number, percent, percents
from engagement.weighting import Weighted


@dataclass(frozen=True)
class Told:
    """A share in writing; what is not for the reader is ""."""

    share: str
    interval: str
    bounds: str
    rate: str
    is_exact: bool

    @property
    def sure(self) -> str:
        """How sure it is, in words: by the interval, or where few answered by the bounds."""
        return self.interval or self.bounds


def told(found: Weighted, reader: Reader) -> Told:
    """Write a share as `reader` may have it."""
    rated = reader.share(found.answered, found.asked)
    rate = rated.share if found.asked and rated.has_rate else ""
    shown = reader.share(found.positive, found.answered)
    if found.share is None or not shown.has_rate:
        return Told("", "", "", rate, is_exact=False)
    if not shown.exact:
        return Told(shown.share, "", "", rate, is_exact=False)
    interval = between(*found.interval) if found.speaks_for_all else ""
    return Told(percents(percent(found.share)), interval, between(*found.bounds), rate, is_exact=True)


def head() -> tuple[str, ...]:
    """The heads of the columns that `cells` fills."""
    asked = (_("Asked"), _("Answered"), _("Answer rate"))
    return (*asked, _("Share"), _("Likely between"), _("Bounds"))


def sentence(found: Weighted, reader: Reader, wording: str) -> str:
    """Fill {share} and {n} into `wording` and add how sure it is."""
    said = told(found, reader)
    n = isolated(reader.count(found.answered))
    if not found.answered:
        return _("Nobody has answered yet.")
    if not said.share:
        return _("{n} answers, too few for a share.").format(n=n)
    text = wording.format(share=isolated(said.share), n=n)
    if said.interval:
        return _("{text} (likely between {low} and {high})").format(
            text=text,
            low=isolated(percents(percent(found.interval[0]))),
            high=isolated(percents(percent(found.interval[1]))),
        )
    if said.bounds:
        return _("{text}; as few answered, it may be anything from {low} to {high}").format(
            text=text,
            low=isolated(percents(percent(found.bounds[0]))),
            high=isolated(percents(percent(found.bounds[1]))),
        )
    return text


def cells(found: Weighted, reader: Reader) -> tuple[Cell, ...]:
    """Return the cells under `head`."""
    said = told(found, reader)
    asked, answered = (count_cell(n, reader) for n in (found.asked, found.answered))
    return (asked, answered, *(text or None for text in (said.rate, said.share, said.interval, said.bounds)))


def count_cell(n: int, reader: Reader) -> Cell:
    """A count as a number where it is told exactly, else in words."""
    written = reader.count(n)
    return n if written == number(n) else written


def distribution(counts: list[int], reader: Reader) -> list[str | None]:
    """Write the cells of one distribution."""
    return public_cells(counts) if reader is PUBLIC else exact_cells(counts)


def bar(label: str, found: Weighted, reader: Reader, wording: str) -> ShareBar:
    """Return the bar of a share: drawn where it is told exactly."""
    said = sentence(found, reader, wording)
    if found.share is None or not told(found, reader).is_exact:
        return ShareBar(label, said)
    return ShareBar(label, said, found.share, found.interval if found.speaks_for_all else found.bounds)
