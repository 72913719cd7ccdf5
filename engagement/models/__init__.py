"""What is kept of what was counted, and what is asked beside the records."""

from engagement.models.snapshots import Restatement, Snapshot
from engagement.models.tallies import Tally

__all__ = ["Restatement", "Snapshot", "Tally"]
