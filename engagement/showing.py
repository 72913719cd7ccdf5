"""How counts are written for readers: exactly for officials, and for the public without small cells (measurement 2.10).

Public: a rate needs ten cases; one to four are "fewer than 5". Where on time or late is so few, the other would tell
it, and so would a share to the last percent: the other is left out and the share is said as a bound.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _

from engagement.rollup import StageFigure, StepFigure, weakest

FEWEST_FOR_A_RATE = 10
FEWEST_SHOWN = 5
# First strong isolate … pop: a number keeps its order inside a text of either direction.
_LRI, _FSI, _PDI = "\u2066", "\u2068", "\u2069"


class Count(Protocol):
    """A way to write a count: `number` or `public_number`."""

    def __call__(self, n: int) -> str: ...


@dataclass(frozen=True)
class Shown:
    """One share in writing. Without `has_rate` only counts are shown; empty texts are not for the reader."""

    on_time: str
    late: str
    n: str
    share: str
    has_rate: bool
    exact: bool


@dataclass(frozen=True)
class ShownStep:
    """A step of a procedure with everything that is written about it."""

    figure: StepFigure
    shown: Shown
    not_yet_due: str
    released: str


@dataclass(frozen=True)
class ShownStage:
    """A stage and the step that speaks for it; `weakest` is None when none may."""

    stage: str
    steps: tuple[ShownStep, ...]
    weakest: ShownStep | None


def isolated(text: str) -> str:
    """Keep the order of a number, range or code inside text of either direction."""
    return f"{_FSI}{text}{_PDI}"


def number(n: int) -> str:
    """Write a count with thousands apart."""
    return f"{n:,}"


def percent(part: float) -> int:
    """Return a share from 0 to 1 as whole percents; only all is 100, only none is 0."""
    rounded = round(part * 100)
    return min(max(rounded, 1), 99) if 0 < part < 1 else rounded


def percents(whole: int | str) -> str:
    """Write whole percents, or a range of them, so that no line ends before the sign."""
    return f"{_LRI}{whole}\u00a0%{_PDI}"  # without a letter, nothing else would keep the sign behind the number


def between(low: float, high: float) -> str:
    """Write an interval of shares."""
    return percents(f"{percent(low)}–{percent(high)}")


def sentences(statements: Iterable[str]) -> str:
    """Write each statement as a sentence, with one full stop of the reader's script."""
    return " ".join(_("{statement}.").format(statement=unstopped(each)) for each in statements)


def unstopped(sentence: str) -> str:
    """Leave out the full stop of a sentence that becomes part of another."""
    return sentence.rstrip(".۔")


def public_number(n: int) -> str:
    """Write a count, or that it is too small to be told."""
    return _("fewer than 5") if 0 < n < FEWEST_SHOWN else number(n)


def exact_part(part: int, whole: int) -> str:
    """Write how many of `whole`."""
    return number(part)


def public_part(part: int, whole: int) -> str:
    """Write how many of a `whole` that is told, without telling how few the others are."""
    if 0 < whole - part < FEWEST_SHOWN <= part:
        return _("at least {share}").format(share=number(whole - FEWEST_SHOWN + 1))
    return public_number(part)


def exact_parts(counts: Sequence[int]) -> list[int | str | None]:
    """Write the parts of a whole in full."""
    return list(counts)


def public_parts(counts: Sequence[int]) -> list[int | str | None]:
    """Write the parts of a `whole` that may be told beside them: one to four are "fewer than 5", and where the other
    parts would tell them by subtraction one more part is left out (None), the smallest that hides them."""
    small = [n for n in counts if 0 < n < FEWEST_SHOWN]
    hidden = _hides(small, sorted(n for n in counts if n >= FEWEST_SHOWN)) if _is_told_by_the_rest(small) else None
    written: list[int | str | None] = []
    for n in counts:
        if n == hidden:
            written.append(None)
            hidden = None
        else:
            written.append(public_number(n) if 0 < n < FEWEST_SHOWN else n)
    return written


def _is_told_by_the_rest(small: Sequence[int]) -> bool:
    """Whether only one set of numbers from one to four has this sum: one number, all ones, or all fours."""
    return len(small) == 1 or (bool(small) and sum(small) in (len(small), len(small) * (FEWEST_SHOWN - 1)))


def _hides(small: Sequence[int], others: Sequence[int]) -> int | None:
    """The smallest of `others` with which the small parts could have more than one sum."""
    for n in others:
        most = min(len(small) * (FEWEST_SHOWN - 1), sum(small) + n - FEWEST_SHOWN)
        if most > len(small):
            return n
    return others[-1] if others else None


def exactly(successes: int, n: int) -> Shown:
    """Write a share in full."""
    share = percents(percent(successes / n)) if n else ""
    return Shown(number(successes), number(n - successes), number(n), share, has_rate=n > 0, exact=True)


def publicly(successes: int, n: int) -> Shown:
    """Write a share as far as the public may have it."""
    if n < FEWEST_FOR_A_RATE:
        return Shown("", "", public_number(n), "", has_rate=False, exact=False)
    least, most = public_bounds(successes, n)
    if least == most:
        return exactly(successes, n)
    if most < FEWEST_SHOWN:
        bound = _("at most {share}").format(share=percents(-(-most * 100 // n)))
        return Shown(public_number(successes), "", number(n), bound, has_rate=True, exact=False)
    bound = _("at least {share}").format(share=percents(least * 100 // n))
    return Shown("", public_number(n - successes), number(n), bound, has_rate=True, exact=False)


def public_bounds(successes: int, n: int) -> tuple[int, int]:
    """Return the least and the most successes of `n` cases that the public can think of."""
    if n < FEWEST_FOR_A_RATE:
        return 0, n
    if 0 < n - successes < FEWEST_SHOWN:
        return n - FEWEST_SHOWN + 1, n - 1
    if 0 < successes < FEWEST_SHOWN:
        return 1, FEWEST_SHOWN - 1
    return successes, successes


def exact_stage(stage: StageFigure) -> ShownStage:
    """Write a stage in full."""
    steps = {step.code: ShownStep(step, exactly(step.on_time, step.n), number(step.not_yet_due), number(step.released))
             for step in stage.steps}  # fmt: skip
    speaks = stage.weakest
    return ShownStage(stage.stage, tuple(steps.values()), steps[speaks.code] if speaks else None)


def public_stage(stage: StageFigure) -> ShownStage:
    """Write a stage for the public: only a step with a rate may speak for it."""
    steps = {
        step.code: ShownStep(
            step, publicly(step.on_time, step.n), public_number(step.not_yet_due), public_number(step.released)
        )
        for step in stage.steps
    }
    speaks = weakest(step for step in stage.steps if step.n >= FEWEST_FOR_A_RATE)
    return ShownStage(stage.stage, tuple(steps.values()), steps[speaks.code] if speaks else None)
