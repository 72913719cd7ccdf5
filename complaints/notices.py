"""Who is told what: facts of a complaint's life, and the officials who get a notice of each."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
    K.ANSWER_CONTESTED: (A.OWNER, A.MONITORS_LEAD),
    K.ANSWER_JUDGED: (A.OWNER,),
    K.CONFIRMED: (A.OWNER,),
    K.REOPENED: (A.OWNER, A.MONITORS_LEAD),
    K.HANDED_OVER: (A.OWNER, A.MONITORS_LEAD),
    K.WITHDRAWN: (A.MONITORS_LEAD,),
}

# What a notice says to the official, on the screen and in the mail.
WORDS: dict[str, Promise] = {
    K.TRANSFERRED: _("Another department offers you this query. Take it over or return it."),
    K.TRANSFER_ACCEPTED: _("This query came over from another department. Name its owner."),
    K.TRANSFER_RETURNED: _("The other department returned this query. It is yours."),
    K.REASSIGNED: _("This query was given to you."),
    K.SENT_BACK: _("Your draft was sent back. See what must change."),
    K.APPROVED: _("Your draft is approved. Send it."),
    K.CITIZEN_WROTE: _("The citizen wrote."),
    K.BOUNCED: _("A letter could not be delivered. Tell the citizen in another way."),
    K.PAUSE_CONTESTED: _("The citizen contests a pause. Judge it."),
    K.PAUSE_JUDGED: _("The monitor has judged a pause."),
    K.ANSWER_CONTESTED: _("The citizen says that an answer is none. Monitoring judges it."),
    K.ANSWER_JUDGED: _("The monitor has judged a contested answer. If it is struck, write a new one."),
    K.CONFIRMED: _("The citizen confirmed that it is done."),
    K.REOPENED: _("This query is open again: something is still wrong."),
    K.HANDED_OVER: _("This query was handed over for checking."),
    K.WITHDRAWN: _("The citizen withdrew this query. Check why."),
    K.FLAGGED: _("A date was missed on this query."),
}
