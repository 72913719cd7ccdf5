"""Who acts on a complaint: an official (a User), the citizen whose complaint it is, or the machine."""

from enum import StrEnum

from departments.models import User


class Voice(StrEnum):
    """Actors without an account. CITIZEN is whoever an edge has proven to hold the tracking code."""

    CITIZEN = "citizen"
    MACHINE = "machine"


By = User | Voice


def kind_of(by: By) -> str:
    """Return "official", "citizen" or "machine", as the trail writes it."""
    return by.value if isinstance(by, Voice) else "official"


def official_of(by: By) -> User | None:
    """Return the official who acted, or None for the citizen and the machine."""
    return None if isinstance(by, Voice) else by
