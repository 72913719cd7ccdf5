"""What is kept of what was counted, and what is asked beside the records."""

from engagement.models.tallies import Tally

__all__ = ["Tally"]
