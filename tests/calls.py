"""A quarter's draw of citizens to call back, and the queries it is drawn from."""

from datetime import UTC, datetime, timedelta

from complaints.intake import Reachable
from complaints.models import Complaint
from engagement.calling import draw
from engagement.models import CallDraw
from engagement.periods import Quarter
from tests.lives import filed
from tests.world import World

Q1 = Quarter(2026, 1)
# 1 April 2026, 09:00 in Karachi; the calls are due at the end of 1 May.
DRAWN = datetime(2026, 4, 1, 4, tzinfo=UTC)
CALLING = DRAWN + timedelta(hours=2)


def told(world: World, number: int, **changes: object) -> Complaint:
    """A query that an official took down on the telephone, with a number of its own."""
    fields = {
        "channel": world.channels["phone"],
        "by": world.intake,
        "reach": Reachable("phone", f"+9230000{number:03}"),
    }
    return filed(world, **(fields | changes))  # type: ignore[arg-type]


def listed(world: World, n: int = 3, seed: str = "s") -> CallDraw:
    for number in range(n):
        told(world, number)
    return draw(world.department, Q1, seed=seed, at=DRAWN)
