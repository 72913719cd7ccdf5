"""What an invented citizen answers beside the stars: who gave few was hardly answered, and who gave many was."""

from random import Random

from complaints.assessment import Answers
from complaints.models import Rating

_A, _U = Rating.Answered, Rating.Used
# Shares by stars.
_ANSWERED: dict[int, dict[str, int]] = {
    1: {_A.NO: 88, _A.PARTLY: 12},
    2: {_A.NO: 60, _A.PARTLY: 40},
    3: {_A.NO: 10, _A.PARTLY: 65, _A.YES: 25},
    4: {_A.PARTLY: 20, _A.YES: 80},
    5: {_A.PARTLY: 5, _A.YES: 95},
}
_COULD_SAY = {1: 0.3, 2: 0.45, 3: 0.65, 4: 0.85, 5: 0.9}
_USED = {1: 0.05, 2: 0.12, 3: 0.35, 4: 0.65, 5: 0.75}
_EXPLAINED = {1: 0.12, 2: 0.3, 3: 0.65, 4: 0.92, 5: 0.97}
_NO_OPINION = 0.2
# Who answers no question, and one question of those who do.
_SILENT, _LEFT_OUT = 0.12, 0.06


def answers(rng: Random, stars: int) -> Answers:
    """Return the answers of a citizen who gives so many stars; some are left out."""
    shares = _ANSWERED[stars]
    could_say = rng.random() < _COULD_SAY[stars]
    said: Answers = {
        "answered": str(rng.choices(list(shares), list(shares.values()))[0]),
        "could_say": could_say,
        "used": _used(rng, stars, could_say=could_say),
        "explained": rng.random() < _EXPLAINED[stars],
    }
    is_silent = rng.random() < _SILENT
    left_out = {name for name in said if is_silent or rng.random() < _LEFT_OUT}
    return {
        "answered": "" if "answered" in left_out else said["answered"],
        "could_say": None if "could_say" in left_out else said["could_say"],
        "used": "" if "used" in left_out else said["used"],
        "explained": None if "explained" in left_out else said["explained"],
    }


def _used(rng: Random, stars: int, *, could_say: bool) -> str:
    """Who was not asked has hardly given an opinion."""
    if rng.random() < (_NO_OPINION if could_say else 1 - _NO_OPINION):
        return _U.NONE_GIVEN.value
    return (_U.YES if could_say and rng.random() < _USED[stars] else _U.NO).value
