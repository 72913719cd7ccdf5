"""How a whole is spread over its kinds, as far as this reader may have it: a picture and rows made of the same
counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from engagement.cells import told
from engagement.charts import Words
from engagement.charts.parts import Part, parts
from engagement.dashboard.exhibits import Cell, Table
from engagement.dashboard.panels import PUBLIC, Reader
from engagement.showing import FEWEST_FOR_A_RATE, isolated, number, percent, percents
from engagement.wilson import wilson


@dataclass(frozen=True)
class Kind:
    """One kind and how many are of it; what is not told has no count."""

    label: str
    n: int | None

    def share(self, of: int) -> float | None:
        """Its part of the whole, 0 to 1; None where it is not told or of too few."""
        return None if self.n is None or not of else self.n / of


@dataclass(frozen=True)
class Distribution:
    """The kinds in their order; without `whole` there are too few to tell anything of."""

    kinds: tuple[Kind, ...]
    whole: int | None

    @property
    def largest(self) -> Kind | None:
        """The kind with most, of equals the first."""
        there = [each for each in self.kinds if each.n]
        return max(there, key=lambda each: each.n or 0, default=None)


def distribution(counts: Sequence[tuple[str, int]], reader: Reader) -> Distribution:
    """Return how the counts (pairs of label and number) are spread; for the public without small cells."""
    whole = sum(n for _label, n in counts)
    if reader is not PUBLIC:
        return Distribution(tuple(Kind(label, n) for label, n in counts), whole)
    if whole < FEWEST_FOR_A_RATE:
        return Distribution((), None)
    may_be_told = told([n for _label, n in counts])
    return Distribution(
        tuple(Kind(label, n if may else None) for (label, n), may in zip(counts, may_be_told, strict=True)), whole
    )


def head(first: str) -> tuple[str, ...]:
    """The heads of the columns of `rows`."""
    return first, _("Number"), _("Share in %"), _("Likely from %"), _("Likely to %")


def rows(found: Distribution) -> tuple[tuple[Cell, ...], ...]:
    """The kinds as rows: their number, their share in percent, and between which it likely lies."""
    return tuple(_row(each, found.whole or 0) for each in found.kinds)


def _row(kind: Kind, of: int) -> tuple[Cell, ...]:
    share = kind.share(of)
    if share is None or kind.n is None:
        return kind.label, kind.n, None, None, None
    low, high = wilson(kind.n, of)
    return kind.label, kind.n, round(share * 100, 1), round(low * 100, 1), round(high * 100, 1)


def table(first: str, found: Distribution) -> Table:
    """The table of a distribution."""
    return Table(head(first), rows(found))


def picture(name: str, title: str, sentence: str, found: Distribution) -> SafeString | None:
    """Draw the kinds; nothing where there are too few."""
    if not found.whole:
        return None
    bars = [_bar(each, found.whole) for each in found.kinds]
    return parts(Words(f"{name}-picture", title, sentence, get_language_bidi()), bars)


def _bar(kind: Kind, of: int) -> Part:
    share = kind.share(of)
    if share is None or kind.n is None:
        return Part(kind.label, _("Too few to be told."))
    said = _("{share}: {k} of {n}").format(
        share=isolated(percents(percent(share))), k=isolated(number(kind.n)), n=isolated(number(of))
    )
    return Part(kind.label, said, share, wilson(kind.n, of))


def of_departments(k: int, n: int) -> str:
    """Write how many of the departments; these are no small cells of persons."""
    return _("{k} of {n} departments").format(k=isolated(number(k)), n=isolated(number(n)))
