"""Which fact opens, settles or ends which step: the SOP's codes tied to the events of a complaint's life."""

from complaints.chain import EventKind
from departments.sops import CountsFrom

K = EventKind

# A fact from which limits are counted.
OPENS: dict[str, CountsFrom] = {
    K.RECEIVED: CountsFrom.RECEIPT,
    K.TRANSFERRED: CountsFrom.TRANSFER,
    K.ANSWERED: CountsFrom.ANSWER,
    K.CONCLUDED: CountsFrom.CONCLUSION,
    K.WITHDRAWN: CountsFrom.HANDOVER,
    K.HANDED_OVER: CountsFrom.HANDOVER,
}

# A fact by which steps are done (measurement 2.6, and the keeping steps K1 to K3 of docs/adr).
SETTLES: dict[str, frozenset[str]] = {
    K.ACCEPTED: frozenset({"R2"}),
    K.ANSWERED: frozenset({"R3"}),
    K.TRANSFER_ACCEPTED: frozenset({"R4"}),
    K.TRANSFER_RETURNED: frozenset({"R4"}),
    K.CONCLUDED: frozenset({"R6", "K1"}),
    K.HANDED_OVER: frozenset({"K2"}),
    K.SIGNED_OFF: frozenset({"K3"}),
}

ACKNOWLEDGEMENT = "R1"
OWNERSHIP = "R2"
RESOLUTION = "R6"
ESCALATION = "M2"
# Only the resolution clock may pause (2.6, condition 1).
PAUSABLE = frozenset({RESOLUTION})
# Owed again, with their old dates, when the closure that ended them is voided.
REOPENABLE = frozenset({"R1", "R2", "R3", "R6", "K1"})
