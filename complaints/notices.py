"""Who is told what: facts of a complaint's life, and the officials who get a notice of each."""

from enum import StrEnum

from complaints.chain import EventKind

K = EventKind


class Audience(StrEnum):
    OWNER = "owner"
    LEAD = "lead"  # of the stage that the complaint is in
    MONITORS_LEAD = "monitors_lead"
    RECEIVING_LEAD = "receiving_lead"  # of the department to which it is offered


A = Audience

# The acting person is never told of his own act. Rungs of the ladder name their audience themselves (Rung.tells).
NOTICES: dict[str, tuple[Audience, ...]] = {
    K.TRANSFERRED: (A.RECEIVING_LEAD,),
    K.TRANSFER_ACCEPTED: (A.LEAD,),
    K.TRANSFER_RETURNED: (A.OWNER, A.LEAD),
    K.REASSIGNED: (A.OWNER,),
    K.SENT_BACK: (A.OWNER,),
    K.APPROVED: (A.OWNER,),
    K.CITIZEN_WROTE: (A.OWNER,),
    K.BOUNCED: (A.OWNER,),
    K.PAUSE_CONTESTED: (A.MONITORS_LEAD,),
    K.PAUSE_JUDGED: (A.OWNER,),
    K.CONFIRMED: (A.OWNER,),
    K.REOPENED: (A.OWNER, A.MONITORS_LEAD),
    K.HANDED_OVER: (A.OWNER, A.MONITORS_LEAD),
    K.WITHDRAWN: (A.MONITORS_LEAD,),
}
