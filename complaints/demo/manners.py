"""How each department of the demo works: quick or slow, careful or careless. Shares are of its queries."""

from dataclasses import dataclass

from departments.channels import ChannelKind
from departments.sops import Reason


@dataclass(frozen=True)
class Manner:
    """`volume` is the department's share of all queries (any unit). `prompt` queries are answered within the limit.
    Of the others, `dropped` are never taken up, and `stalled` lie with their owner."""

    volume: int
    prompt: float
    dropped: float
    stalled: float
    urdu: float = 0.66
    hidden: float = 0.06
    unknown: float = 0.08
    warns: float = 0.4  # tells the citizen before a date is missed
    objected: float = 0.07
    misfiled: float = 0.04  # came to this department although it is another's
    crowded: float = 1.0  # by how much its volume grows among a million


MANNERS: dict[str, Manner] = {
    "opc": Manner(11, prompt=0.98, dropped=0.0, stalled=0.0, urdu=0.45, warns=0.9, objected=0.03),
    "agriculture": Manner(14, prompt=0.87, dropped=0.02, stalled=0.02, warns=0.6),
    "livestock": Manner(10, prompt=0.82, dropped=0.03, stalled=0.03, urdu=0.72),
    "planning": Manner(6, prompt=0.72, dropped=0.05, stalled=0.06, urdu=0.5),
    "anticorruption": Manner(9, prompt=0.66, dropped=0.06, stalled=0.08, hidden=0.3, unknown=0.28),
    "law": Manner(5, prompt=0.9, dropped=0.02, stalled=0.02, urdu=0.5),
    "works": Manner(27, prompt=0.62, dropped=0.07, stalled=0.08, warns=0.25, objected=0.11, misfiled=0.07, crowded=1.8),
    "auqaf": Manner(9, prompt=0.38, dropped=0.24, stalled=0.16, urdu=0.78, warns=0.05, objected=0.12),
    "population": Manner(9, prompt=0.89, dropped=0.02, stalled=0.01, urdu=0.75, unknown=0.16),
}

# Why citizens come, in the order of the survey's Figure 7.
REASONS: dict[str, int] = {
    Reason.COMPLAINT: 52,
    Reason.QUESTION: 19,
    Reason.FORM: 12,
    Reason.EVENT: 6,
    Reason.PROJECT_INPUT: 4,
    Reason.CONFLICT: 7,
}

# By which way they come, in the survey's order: telephone, a visit, social media; letters and e-mail last.
CHANNELS: dict[str, int] = {
    ChannelKind.PHONE: 34,
    ChannelKind.COUNTER: 22,
    ChannelKind.WEB: 16,
    ChannelKind.WHATSAPP: 8,
    ChannelKind.FACEBOOK: 6,
    ChannelKind.SMS: 3,
    ChannelKind.EMAIL: 4,
    ChannelKind.X: 2,
    ChannelKind.LETTER: 3,
    ChannelKind.OPEN311: 2,
}
