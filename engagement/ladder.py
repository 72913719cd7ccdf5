"""The nine gates from LOW to HIGH: what each asks, of which kind it is, over which time (measurement 2.3)."""

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

QUARTER, YEAR = 3, 12  # months


class Kind(Enum):
    """How a gate is judged: engagement/gates.py::flow or ::duty."""

    FLOW = "flow"  # behaviour, known from a number of cases
    DUTY = "duty"  # what the department controls in every single case


@dataclass(frozen=True)
class Gate:
    """`widened_below`: with fewer cases than so many in its quarter it looks at twelve months. `missing` says what is
    not recorded where it has no data at all."""

    code: str
    kind: Kind
    months: int
    title: "StrOrPromise"
    question: "StrOrPromise"
    formula: "StrOrPromise"
    missing: "StrOrPromise" = ""
    widened_below: int = 0


GATES: tuple[Gate, ...] = (
    Gate(
        "M1", Kind.FLOW, QUARTER,
        _("Answers"),
        _("Did the office give a real answer within 10 working days?"),
        _("M1 = queries of the quarter with a real answer (what was found or done, or a refusal with its reason), sent "
          "within 10 working days and delivered ÷ all queries of the quarter whose 10 days have passed or that were "
          "closed before. Of one citizen at most five queries count. The same share among queries that no official "
          "wrote down must not fail by itself."),
    ),
    Gate(
        "M2", Kind.FLOW, QUARTER,
        _("Invites"),
        _("Can what the office publishes be answered?"),
        _("M2 = published items open to replies that reach the inbox ÷ published items. Alerts of a recorded incident "
          "are left out. With fewer than 10 items, of twelve months."),
        _("What departments publish, and whether it can be answered, is not recorded yet."),
        10,
    ),
    Gate(
        "M3", Kind.FLOW, QUARTER,
        _("Asks"),
        _("Was the citizen asked to judge the work?"),
        _("M3 = cases concluded in the quarter whose citizen was really asked for a judgement (the closing notice was "
          "delivered), or gave one ÷ cases concluded in the quarter and not reopened. Withdrawals are left out."),
    ),
    Gate(
        "H1", Kind.FLOW, QUARTER,
        _("Queries"),
        _("May citizens ask, by every kind of way, and are three in four answered?"),
        _("H1 = the share of M1, and at every moment of the quarter at least one way without the internet and one "
          "online way were open. With fewer than 30 queries, the sum of this quarter and the three before."),
        widened_below=30,
    ),
    Gate(
        "H2", Kind.DUTY, YEAR,
        _("Rates"),
        _("Do citizens judge the work, and is a bad judgement followed up?"),
        _("H2 = at least 20 different citizens judged in twelve months, and every valid judgement is in the total "
          "shown here; and judgements of 1 or 2 of 5 after which the office wrote an answer or a follow-up within 10 "
          "working days ÷ such judgements. Without a bad one that part is met. Judgements without a name count in "
          "the total, not among the 20. Those of staff are left out."),
    ),
    Gate(
        "H3", Kind.DUTY, YEAR,
        _("Input"),
        _("Did citizens have a say in the work or the policy?"),
        _("H3 = in twelve months at least one opportunity on the work or the policy, open for 10 working days or more, "
          "used by at least 20 different citizens, 5 of them without the internet."),
        _("Consultations are not recorded yet."),
    ),
    Gate(
        "H4", Kind.DUTY, YEAR,
        _("Co-produces"),
        _("Did citizens contribute to what was published?"),
        _("H4 = in twelve months at least three published items with an accepted and credited contribution, from at "
          "least three different citizens outside government."),
        _("Contributions of citizens to what is published are not recorded yet."),
    ),
    Gate(
        "H5", Kind.DUTY, YEAR,
        _("Closes the loop"),
        _("Were those who took part told what became of it?"),
        _("H5 = opportunities about which it was published within 60 working days of closing what was heard, what was "
          "decided, why and what comes next, and of whose contributions three in four have a fate with its reason ÷ "
          "opportunities whose outcome was due in the twelve months."),
        _("What became of contributions is not recorded yet."),
    ),
    Gate(
        "H6", Kind.DUTY, YEAR,
        _("Decides"),
        _("Did contributions enter a decision?"),
        _("H6 = in twelve months at least one decision, with the post that decided and the reason, linked to a "
          "contribution that was adopted, wholly or partly, or to a binding vote; its last news is not older than 90 "
          "days."),
        _("Decisions and the contributions behind them are not recorded yet."),
    ),
)  # fmt: skip

BY_CODE = {gate.code: gate for gate in GATES}
