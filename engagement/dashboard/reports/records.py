"""What the records say of all departments together beside the paper: are citizens answered, asked, able to follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from departments.models import Department
from engagement.dashboard.exhibits import Asked, Cell, Exhibit, Table
from engagement.dashboard.levels import sealed_sentence
from engagement.evidence import Evidence
from engagement.figures import Procedures, counted, procedures_at, procedures_now
from engagement.gates import FEWEST, Answered, Verdict
from engagement.gates import Asked as AskedToJudge
from engagement.showing import between, isolated, number
from engagement.stated import shown_from
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


@dataclass(frozen=True)
class Recorded:
    """A department's figures with what its gates are judged by, and as of when that was counted; None of that while the
    reading is sealed, or where it was not counted yet."""

    figures: Procedures
    evidence: Evidence | None = None
    level_at: datetime | None = None

    @property
    def department(self) -> Department:
        """Whose they are."""
        return self.figures.department

    @property
    def answered(self) -> Answered | None:
        """The counts of M1."""
        return self.evidence.answered if self.evidence else None

    @property
    def asked(self) -> AskedToJudge | None:
        """The counts of M3."""
        return self.evidence.asked if self.evidence else None


def share_of(asked: Asked, successes: int, n: int) -> Share:
    """Write a share for the reader of a report."""
    shown = asked.reader.share(successes, n)
    if not shown.has_rate or n < FEWEST:
        return Share("", "", shown.n, is_exact=False)
    if not shown.exact:
        return Share(shown.share, "", shown.n, is_exact=False)
    low, high = wilson(successes, n)
    likely = between(low, high)
    return Share(shown.share, likely, shown.n, is_exact=True, share=successes / n, interval=(low, high))


def figures_of(asked: Asked) -> Sequence[Recorded]:
    """The figures of every department, by its name."""
    found = (
        procedures_now(asked.departments, asked.quarter, asked.now)
        if asked.at is None
        else procedures_at(asked.departments, asked.quarter, asked.at)
    )
    shown = [each for each in asked.departments if shown_from(each, asked.quarter, asked.now) is None]
    levels = counted("level", shown, asked.quarter, asked.now, asked.at) if shown else []
    gates = {
        each.department.pk: (Evidence.from_json(each.counts), each.counted_at)
        for each in levels
        if each.counts is not None
    }
    recorded = [Recorded(each, *gates.get(each.department.pk, ())) for each in found]
    return sorted(recorded, key=lambda each: str(each.department.name))


def sealed_until(asked: Asked) -> date | None:
    """From which day the gates of the quarter are shown; None where they are for all departments."""
    return max(filter(None, (shown_from(each, asked.quarter, asked.now) for each in asked.departments)), default=None)


def sealed(name: str, day: date) -> Exhibit:
    """What stands in the place of a reading that is not shown yet."""
    return Exhibit(
        "sealed",
        _("Not shown yet"),
        sealed_sentence(day),
        Table((_("Department"), _("Shown from")), ((name, day),)),
        _("In the last seven days of a quarter officials judge it. What the records say is shown from the day after, "
          "so that nobody fits the one to the other."),
    )  # fmt: skip


def moment_of(found: Sequence[Recorded]) -> datetime | None:
    """The earliest moment as of which any of it was counted."""
    moments = (moment for each in found for moment in (each.figures.counted_at, each.level_at))
    return min(filter(None, moments), default=None)


def answered_together(asked: Asked, found: Sequence[Recorded]) -> Share:
    """The answered in time, of all that citizens brought."""
    return _together(asked, [(each.answered.successes, each.answered.trials) for each in found if each.answered])


def asked_together(asked: Asked, found: Sequence[Recorded]) -> Share:
    """The cases whose citizen was asked to judge, of all concluded."""
    return _together(asked, [(each.asked.successes, each.asked.trials) for each in found if each.asked])


def acknowledged_together(asked: Asked, found: Sequence[Recorded]) -> Share:
    """The queries acknowledged in time with code and post, of all."""
    steps = [
        step
        for each in found
        if each.figures.compliance
        for stage in each.figures.compliance.stages
        for step in stage.steps
        if step.code == ACKNOWLEDGED
    ]
    return _together(asked, [(step.on_time, step.n) for step in steps])


def _together(asked: Asked, pairs: Sequence[tuple[int, int]]) -> Share:
    """Write the share of all departments; its bounds where this reader may not have it, nothing where they say
    nothing."""
    total = asked.reader.total(pairs)
    if total.least == total.most:
        return share_of(asked, total.least, total.n)
    says = total.n >= FEWEST and (total.least, total.most) != (0, total.n)
    bounds = between(total.least / total.n, total.most / total.n) if says else ""
    return Share(bounds, "", asked.reader.count(total.n), is_exact=False)


def passed(found: Sequence[Recorded], gate: str) -> tuple[int, int]:
    """How many departments pass the gate (answered, asked), of those with data."""
    verdicts = [getattr(each, gate).verdict for each in found if getattr(each, gate)]
    judged = [each for each in verdicts if each != Verdict.NO_DATA]
    return sum(each == Verdict.PASS for each in judged), len(judged)


def gates(asked: Asked, found: Sequence[Recorded]) -> Exhibit:
    """The two counted gates of every department."""
    day = sealed_until(asked)
    if day is not None:
        return sealed(_("All departments"), day)
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
