"""What the gates of a department's quarter are judged by: counts alone, of which any threshold can be asked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from engagement.gates import Answered, Asked
from engagement.ladder import QUARTER


@dataclass(frozen=True)
class Cases:
    """So many of so many, of the last `months` months."""

    successes: int = 0
    trials: int = 0
    months: int = QUARTER


@dataclass(frozen=True)
class Did:
    """Whether something was done as it should in twelve months: `found` that count, of `of` that are recorded."""

    is_met: bool
    found: int = 0
    of: int = 0


@dataclass(frozen=True)
class Ways:
    """Whether at every moment of the quarter in which the department took queries one such way was open."""

    offline: bool
    online: bool


@dataclass(frozen=True)
class Ratings:
    """H2, of twelve months. `ratings` are the valid ones: of `raters` different citizens, `anonymous` of nobody known,
    `taken_down` by an official; `staff` were left out. Of the bad ones whose time has come `followed` of `bad` were
    followed up, `waiting` have time left."""

    ratings: int = 0
    raters: int = 0
    anonymous: int = 0
    taken_down: int = 0
    staff: int = 0
    bad: int = 0
    followed: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class Evidence:
    """All of a department's quarter. `queries` is the M1 that H1 looks at, of `queries_months` months. None stands for
    what is not recorded at all, which is not the same as nothing done; `ways` is None where the department took no
    queries in the quarter."""

    answered: Answered = field(default_factory=Answered)
    asked: Asked = field(default_factory=Asked)
    queries: Answered = field(default_factory=Answered)
    queries_months: int = QUARTER
    ways: Ways | None = None
    ratings: Ratings = field(default_factory=Ratings)
    published: int = 0  # items of the quarter, whatever the window of `invites`
    invites: Cases | None = None
    input: Did | None = None
    co_produced: Did | None = None
    loops: Cases | None = None
    decided: Did | None = None

    @property
    def received(self) -> int:
        """Queries of the quarter that count, answered or not."""
        return self.answered.trials + self.answered.waiting

    def as_json(self) -> dict[str, Any]:
        """Return the same as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Evidence":
        """Return what `as_json` gave."""
        kinds: dict[str, type] = {
            "answered": Answered, "asked": Asked, "queries": Answered, "ways": Ways, "ratings": Ratings,
            "invites": Cases, "input": Did, "co_produced": Did, "loops": Cases, "decided": Did,
        }  # fmt: skip
        return cls(
            **{
                name: kinds[name](**value) if name in kinds and value is not None else value
                for name, value in kept.items()
            }
        )


def summed(parts: list[Answered]) -> Answered:
    """Return several quarters of M1 as one."""
    return Answered(**{name: sum(getattr(part, name) for part in parts) for name in asdict(Answered())})
