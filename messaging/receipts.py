"""What a provider reports about a message it took: applied forward only, whenever and however often it comes."""

from datetime import datetime
from enum import Enum

from django.db.models import Q

from departments.channels import ChannelKind
from messaging.models import Outgoing
from messaging.states import REPORTABLE, State, WrongState, below


class Outcome(Enum):
    """What became of a report. `UNMATCHED` may only be early: keep the arrival and ask again later."""

    APPLIED = "applied"
    LATE = "late"
    UNMATCHED = "unmatched"


def receipt(reference: str, state: State, *, kind: ChannelKind, at: datetime) -> Outcome:
    """Apply a report about the message that the provider (or we) call `reference`.

    Our own key is known before the call, the provider's reference only after it; so providers that repeat our key
    can be matched even when the report overtakes the answer to the call.
    """
    if state not in REPORTABLE:
        raise WrongState(f"a provider cannot report {state}")
    ours = Outgoing.objects.filter(kind=kind).values_list("pk", flat=True)
    found = ours.filter(~Q(provider_ref=""), provider_ref=reference).last() or ours.filter(dedup_key=reference).first()
    if found is None:
        return Outcome.UNMATCHED
    return Outcome.APPLIED if forward(found, state, at=at) else Outcome.LATE


def forward(outgoing_id: int, state: State, *, at: datetime, **changes: object) -> bool:
    """Move up to `state`, or say that the message is already there or further. One statement, so two reports at once
    end in the higher state in either order."""
    lower = Outgoing.objects.filter(pk=outgoing_id, state__in=below(state))
    return lower.update(state=state, state_at=at, lease_until=None, **changes) == 1
