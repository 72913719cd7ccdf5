"""Pictures of figures: one tested function each (bars here, others beside them), all on the same sheet."""

from engagement.charts.bars import CountBar, ShareBar, counts, gate, shares
from engagement.charts.curves import Axis, Step, falling, spans
from engagement.charts.ladder import Rail, Rung, ladder
from engagement.charts.sheet import Words

__all__ = [
    "Axis",
    "CountBar",
    "Rail",
    "Rung",
    "ShareBar",
    "Step",
    "Words",
    "counts",
    "falling",
    "gate",
    "ladder",
    "shares",
    "spans",
]
