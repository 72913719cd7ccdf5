"""What the records say of all departments together beside the paper: are citizens answered, asked, able to follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from engagement.dashboard.exhibits import Asked, Cell, Exhibit, Table
from engagement.dashboard.panels import PUBLIC
from engagement.figures import Figures, figures_at, figures_now
from engagement.gates import FEWEST, Verdict
from engagement.showing import isolated, number, percent, percents
from engagement.wilson import wilson

# The step that gives the citizen a code and names the post that owes the answer.
ACKNOWLEDGED = "R1"


@dataclass(frozen=True)
class Share:
    """So many of so many, as this reader may have it; `said` is the share or its bound, empty where it is of too "
    "few."""

    said: str
    likely: str
    n: str
    is_exact: bool
    share: float = 0.0
    interval: tuple[float, float] = (0.0, 1.0)


def share_of(asked: Asked, successes: int, n: int) -> Share:
    """Write a share for the reader of a report."""
    shown = asked.reader.share(successes, n)
    if not shown.has_rate or n < FEWEST:
        return Share("", "", shown.n, is_exact=False)
    if not shown.exact:
        return Share(shown.share, "", shown.n, is_exact=False)
    low, high = wilson(successes, n)
    likely = percents(f"{percent(low)}–{percent(high)}")
    return Share(shown.share, likely, shown.n, is_exact=True, share=successes / n, interval=(low, high))


def figures_of(asked: Asked) -> Sequence[Figures]:
    """The figures of every department, by its name."""
    found = (
        figures_now(asked.departments, asked.quarter, asked.now)
        if asked.at is None
        else figures_at(asked.departments, asked.quarter, asked.at)
    )
    return sorted(found, key=lambda each: str(each.department.name))


def moment_of(found: Sequence[Figures]) -> datetime | None:
    """The earliest moment as of which they were counted."""
    return min((each.counted_at for each in found if each.counted_at), default=None)


def answered_together(asked: Asked, found: Sequence[Figures]) -> tuple[int, int]:
    """The answered in time, of all, of the departments whose own share this reader may have exactly: else the sum would
    tell the missing one."""
    told = [
        each.answered
        for each in found
        if each.answered and _is_told(asked, each.answered.successes, each.answered.trials)
    ]
    return sum(each.successes for each in told), sum(each.trials for each in told)


def asked_together(asked: Asked, found: Sequence[Figures]) -> tuple[int, int]:
    """The cases whose citizen was asked to judge, of all concluded; as above."""
    told = [each.asked for each in found if each.asked and _is_told(asked, each.asked.successes, each.asked.trials)]
    return sum(each.successes for each in told), sum(each.trials for each in told)


def acknowledged_together(asked: Asked, found: Sequence[Figures]) -> tuple[int, int]:
    """The queries acknowledged in time with code and post, of all; as above."""
    steps = [
        step
        for each in found
        if each.compliance
        for stage in each.compliance.stages
        for step in stage.steps
        if step.code == ACKNOWLEDGED and _is_told(asked, step.on_time, step.n)
    ]
    return sum(step.on_time for step in steps), sum(step.n for step in steps)


def _is_told(asked: Asked, successes: int, n: int) -> bool:
    shown = asked.reader.share(successes, n)
    return asked.reader is not PUBLIC or (shown.has_rate and shown.exact)


def passed(found: Sequence[Figures], gate: str) -> tuple[int, int]:
    """How many departments pass the gate (answered, asked), of those with data."""
    verdicts = [getattr(each, gate).verdict for each in found if getattr(each, gate)]
    judged = [each for each in verdicts if each != Verdict.NO_DATA]
    return sum(each == Verdict.PASS for each in judged), len(judged)


def gates(asked: Asked, found: Sequence[Figures]) -> Exhibit:
    """The two counted gates of every department."""
    answering, judged = passed(found, "answered")
    sentence = (
        _(
            "{k} of {n} departments are proven to answer at least half of what citizens bring within 10 working days."
        ).format(k=isolated(number(answering)), n=isolated(number(judged)))
        if judged
        else _("No department has cases enough this quarter to be judged.")
    )
    rows: list[tuple[Cell, ...]] = []
    for each in found:
        if each.answered is None or each.asked is None:
            rows.append((str(each.department.name), None, None, None, None))
            continue
        answers = share_of(asked, each.answered.successes, each.answered.trials)
        asking = share_of(asked, each.asked.successes, each.asked.trials)
        rows.append((
            str(each.department.name),
            answers.said or None, str(each.answered.verdict.label), asking.said or None, str(each.asked.verdict.label),
        ))  # fmt: skip
    return Exhibit(
        "gates",
        _("Are citizens answered, and asked?"),
        sentence,
        Table(
            (_("Department"), _("Answered within 10 working days"), _("Gate M1"), _("Asked to judge"), _("Gate M3")),
            tuple(rows),
        ),
        _("M1 and M3 of the ladder from LOW to HIGH. A gate is passed when the whole interval lies at or above one "
          "half; "
          "it needs ten cases."),
        number(len(found)),
        notes=(_("The paper's text: officials rated themselves mostly high; nobody measured it."),),
        counted_at=moment_of(found),
    )  # fmt: skip
