"""Pictures of figures: one tested function each (bars here, others beside them), all on the same sheet."""

from engagement.charts.bars import CountBar, ShareBar, counts, gate, shares
from engagement.charts.ladder import Rail, Rung, ladder
from engagement.charts.sheet import Words

__all__ = ["CountBar", "Rail", "Rung", "ShareBar", "Words", "counts", "gate", "ladder", "shares"]
