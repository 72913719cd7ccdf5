"""What citizens answered: a bar for each group of those who were asked, with how sure it is."""

from collections.abc import Sequence

from django.utils.safestring import SafeString

from engagement.charts.bars import ShareBar
from engagement.charts.sheet import BAR, GAP, GREEN, PALE, Sheet, Words
from engagement.showing import percents


def answers(words: Words, bars: Sequence[ShareBar]) -> SafeString:
    """Draw how large a share said so (solid) and how sure that is (the line with two ends). Without a share there is
    only the text."""
    sheet = Sheet(words)
    for bar in bars:
        sheet.text(bar.label, "bold")
        if bar.share is not None:
            sheet.box(0, 1, PALE)
            sheet.box(0, bar.share, GREEN)
            sheet.whisker(bar.interval)
            sheet.height += BAR + 2
        sheet.text(bar.said)
        sheet.height += GAP
    if any(bar.share is not None for bar in bars):
        sheet.line_feed()
        sheet.mark(percents(0), 0)
        sheet.mark(percents(100), 1)
    return sheet.drawn()
