"""Pictures of figures: one tested function each (bars here, others beside them), all on the same sheet."""

from engagement.charts.bars import CountBar, ShareBar, counts, gate, shares
from engagement.charts.curves import Axis, Step, falling, spans
from engagement.charts.ladder import Rail, Rung, ladder
from engagement.charts.parts import answers
from engagement.charts.readings import Reading, readings
from engagement.charts.sheet import Words

__all__ = [
    "Axis",
    "CountBar",
    "Rail",
    "Reading",
    "Rung",
    "ShareBar",
    "Step",
    "Words",
    "answers",
    "counts",
    "falling",
    "gate",
    "ladder",
    "readings",
    "shares",
    "spans",
]
