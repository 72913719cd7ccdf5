"""Parts of a whole, and shares of who was asked: a bar for each, with how sure it is where that has a meaning."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from engagement.charts.bars import ShareBar
from engagement.charts.sheet import BAR, GAP, GREEN, PALE, Sheet, Words
from engagement.showing import percents


@dataclass(frozen=True)
class Part:
    """A share from 0 to 1; `said` is the same in numbers. Without a share there is only the text."""

    label: str
    said: str
    share: float | None = None
    interval: tuple[float, float] | None = None


def parts(words: Words, bars: Sequence[Part]) -> SafeString:
    """Draw how large each part is (solid) of the whole (pale), and how sure that is (the line with two ends)."""
    return _drawn(words, bars, (0, 0.5, 1))


def answers(words: Words, bars: Sequence[ShareBar]) -> SafeString:
    """Draw how large a share of those who were asked said so (solid) and how sure that is (the line with two ends).
    Without a share there is only the text."""
    return _drawn(words, [Part(bar.label, bar.said, bar.share, bar.interval) for bar in bars], (0, 1))


def _drawn(words: Words, bars: Sequence[Part], marks: Sequence[float]) -> SafeString:
    sheet = Sheet(words)
    for bar in bars:
        sheet.text(bar.label, "bold")
        if bar.share is not None:
            sheet.box(0, 1, PALE)
            sheet.box(0, bar.share, GREEN)
            if bar.interval is not None:
                sheet.whisker(bar.interval)
            sheet.height += BAR + 2
        sheet.text(bar.said)
        sheet.height += GAP
    if any(bar.share is not None for bar in bars):
        sheet.line_feed()
        for mark in marks:
            sheet.mark(percents(round(mark * 100)), mark)
    return sheet.drawn()
