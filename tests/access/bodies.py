"""What is sent to each route that takes something, so that it is the sender who is judged and not an empty form."""

import re
from typing import Any

MOVE = re.compile(r"/api/complaints/<str:reference>/moves/(\w+)/")
# What each move of the API takes besides the version of the complaint.
MOVES: dict[str, dict[str, Any]] = {
    "ask": {"text": "Which well?"},
    "call": {"text": "Nobody answered."},
    "conclude": {"outcome": "granted"},
    "draft": {"text": "A team comes on Friday."},
    "interim": {"reason": "The team is away.", "expected_at": "2026-04-01T05:00:00Z"},
    "note": {"text": "Rang the office."},
    "object": {"reason": "Nobody came."},
    "rate": {"stars": 1},
    "reassign": {"to": "alpha.officer2", "reason": "On leave."},
    "return_transfer": {"reason": "Not ours."},
    "route": {"section": "answers"},
    "send_back": {"comment": "Say when."},
    "transfer": {"to": "beta", "reason": "It is theirs."},
    "withdraw": {"reason": "It rained."},
    "write": {"text": "Still dry.", "channel_kind": "web"},
}


def body_for(pattern: str, *, version: int) -> dict[str, Any]:
    """Return the keywords for the test client that send a fit body to the route with this pattern."""
    found = MOVE.fullmatch(pattern)
    if found:
        seen = {} if found[1] == "verify" else {"version": version}
        return {"data": {**seen, **MOVES.get(found[1], {})}, "content_type": "application/json"}
    if pattern.startswith("/api/"):
        return {"data": {}, "content_type": "application/json"}
    if pattern == "/desk/<str:reference>/<slug:move>/":
        return {"data": {"version": version}}
    return {}
