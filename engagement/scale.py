"""The three levels of engagement in the paper's own words, the same for everybody who is asked (measurement 2.5)."""

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from complaints.models.closures import Rating


class Level(models.TextChoices):
    """LOW, MEDIUM, HIGH: how far the talk between a department and its citizens goes."""

    LOW = "low", _("LOW")
    MEDIUM = "medium", _("MEDIUM")
    HIGH = "high", _("HIGH")

    @property
    def rank(self) -> int:
        """0 for LOW, 2 for HIGH."""
        return list(Level).index(self)

    # The order of the levels, not that of the alphabet.
    def __lt__(self, other: str) -> bool:
        return self.rank < Level(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Level(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Level(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Level(other).rank


# Bajwa, Masood and Nawaz, the definitions that the officials of the survey had before them.
DEFINITIONS: dict[Level, Promise] = {
    Level.LOW: _(
        "One-way: the department sends out news, updates and notices, and shows no interest in what citizens ask."
    ),
    Level.MEDIUM: _("Two-way: citizens are informed, their queries are answered, and they can give feedback."),
    Level.HIGH: _(
        "Together: citizens ask, rate the performance, give input on the working and the policy of the department, "
        "become co-producers of what it publishes and take part in decisions."
    ),
}


def level_of(answered: str, could_say: bool | None, used: str) -> Level | None:  # noqa: FBT001 - a column's value
    """Return where a citizen's answers to the three questions place the office; None without an answer to the first.

    Answered without a chance to say anything is LOW-plus, and counts as LOW (measurement 2.5). A question that was
    left out was not answered with yes.
    """
    if not answered:
        return None
    if answered == Rating.Answered.NO or not could_say:
        return Level.LOW
    return Level.HIGH if used == Rating.Used.YES else Level.MEDIUM
