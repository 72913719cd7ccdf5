"""What is kept of a query: who asked, its stays in the stages, what is owed, what was said, and the trail."""

from complaints.models.citizens import Citizen, ContactPoint
from complaints.models.closures import Closure, Rating
from complaints.models.complaint import Complaint, StageEntry, Transfer
from complaints.models.duties import Duty, Flag, Pause, Reckoned
from complaints.models.letters import Approval, Contest, Draft, Letter, Note
from complaints.models.lookups import WrongLookup
from complaints.models.trail import Event, Notice, Refusal

__all__ = [
    "Approval",
    "Citizen",
    "Closure",
    "Complaint",
    "ContactPoint",
    "Contest",
    "Draft",
    "Duty",
    "Event",
    "Flag",
    "Letter",
    "Note",
    "Notice",
    "Pause",
    "Rating",
    "Reckoned",
    "Refusal",
    "StageEntry",
    "Transfer",
    "WrongLookup",
]
