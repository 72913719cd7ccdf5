"""What is kept of what was counted, and what is asked beside the records."""

from engagement.models.assessments import Remark, SelfAssessment
from engagement.models.calls import CallBack, CallDraw
from engagement.models.snapshots import Restatement, Snapshot
from engagement.models.tallies import Tally

__all__ = ["CallBack", "CallDraw", "Remark", "Restatement", "SelfAssessment", "Snapshot", "Tally"]
