"""Pictures of figures: one tested function each (bars here, others beside them), all on the same sheet."""

from engagement.charts.answers import answers
from engagement.charts.bars import CountBar, ShareBar, counts, gate, shares
from engagement.charts.readings import Reading, readings
from engagement.charts.sheet import Words

__all__ = ["CountBar", "Reading", "ShareBar", "Words", "answers", "counts", "gate", "readings", "shares"]
