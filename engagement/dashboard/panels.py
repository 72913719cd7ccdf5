"""What a page of figures says: sentences, pictures and tables, all made of the same counts, so that they are equal."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi, ngettext
from django.utils.translation import gettext as _

from departments.models import Department
from departments.sops import Stage
from engagement import charts
from engagement.cells import Total, exact_total, public_total
from engagement.charts import CountBar, ShareBar, Words
from engagement.compliance import DepartmentCompliance
from engagement.figures import Figures
from engagement.rollup import STANDARD, Met, StageFigure, StepFigure, met
from engagement.showing import (
    FEWEST_FOR_A_RATE,
    FEWEST_SHOWN,
    Shown,
    ShownStage,
    ShownStep,
    between,
    exact_part,
    exact_parts,
    exact_stage,
    exactly,
    isolated,
    number,
    percent,
    percents,
    public_number,
    public_part,
    public_parts,
    public_stage,
    publicly,
)


@dataclass(frozen=True)
class Reader:
    """How counts are written for this reader."""

    count: Callable[[int], str]
    part: Callable[[int, int], str]
    share: Callable[[int, int], Shown]
    stage: Callable[[StageFigure], ShownStage]
    judged_from: int  # cases that a step must have to be judged
    parts: Callable[[Sequence[int]], list[int | str | None]]  # all of a whole that is told beside them
    together: int  # so many cases at least that a step of a curve tells of
    total: Callable[[Iterable[tuple[int, int]]], Total]  # of the same share of several departments


OFFICIAL = Reader(number, exact_part, exactly, exact_stage, 1, exact_parts, 1, exact_total)
PUBLIC = Reader(
    public_number, public_part, publicly, public_stage, FEWEST_FOR_A_RATE, public_parts, FEWEST_SHOWN, public_total
)


@dataclass(frozen=True)
class Line:
    """One row of a table of steps."""

    code: str
    title: str
    mandatory: bool
    step: ShownStep
    interval: str
    verdict: str


@dataclass(frozen=True)
class StagePanel:
    """One stage: the sentence about its weakest step, its rows, and what its picture is drawn of."""

    stage: Stage
    sentence: str
    lines: tuple[Line, ...]
    share: str  # of the weakest step, and of how many cases
    cases: str
    words: Words
    bars: tuple[ShareBar, ...]

    @cached_property
    def picture(self) -> SafeString | None:
        """Drawn only where it is shown: a page of nine departments has no place for it."""
        return _shares(self.words, self.bars) if any(bar.share is not None for bar in self.bars) else None


@dataclass(frozen=True)
class Panel:
    """All that a page says of one department's quarter."""

    department: Department
    open: str
    overdue: str
    work_sentence: str
    counted_at: datetime | None
    has_data: bool
    met_sentence: str
    met: str
    without_data: str
    stages: tuple[StagePanel, ...]
    shown: tuple[ShownStage, ...]

    @cached_property
    def picture(self) -> SafeString | None:
        """The weakest step of each stage; drawn only where it is shown."""
        return _weakest_picture(self.shown)


def panel(figures: Figures, reader: Reader) -> Panel:
    """Return what is said of a department, as `reader` may have it."""
    found = figures.compliance
    stages = [reader.stage(stage) for stage in found.stages] if found else []
    work = figures.workload
    overall = _overall(found, reader) if found else None
    return Panel(
        department=figures.department,
        open=reader.count(work.open),
        overdue=reader.part(work.overdue, work.open),
        work_sentence=_work_sentence(figures, reader),
        counted_at=figures.counted_at,
        has_data=bool(stages),
        met_sentence=_met_sentence(overall.met, overall.of) if overall else "",
        met=isolated(f"{overall.met} / {overall.of}") if overall and overall.of else "",
        without_data=", ".join(overall.without_data) if overall else "",
        stages=tuple(_stage_panel(stage) for stage in stages),
        shown=tuple(stages),
    )


def _overall(found: DepartmentCompliance, reader: Reader) -> Met:
    """How many mandatory steps meet the standard, of those that have cases enough for this reader."""
    steps = [step for stage in found.stages for step in stage.steps]
    return met(step if step.n >= reader.judged_from else StepFigure(step.code, step.title, step.stage, step.mandatory)
               for step in steps)  # fmt: skip


def _work_sentence(figures: Figures, reader: Reader) -> str:
    work = figures.workload
    opened = ngettext("{n} query is open.", "{n} queries are open.", work.open).format(
        n=isolated(reader.count(work.open))
    )
    nothing = _("No step is overdue.")
    overdue = ngettext("On {n} query a step is overdue.", "On {n} queries a step is overdue.", work.overdue).format(
        n=isolated(reader.part(work.overdue, work.open))
    )
    return f"{opened} {overdue if work.overdue else nothing}"


def _met_sentence(so_many: int, of: int) -> str:
    if not of:
        return _("No mandatory step has data yet.")
    return ngettext(
        "{met} of {of} mandatory step meets the standard: {share} on time.",
        "{met} of {of} mandatory steps meet the standard: {share} on time.",
        of,
    ).format(met=isolated(str(so_many)), of=isolated(str(of)), share=isolated(percents(percent(float(STANDARD)))))


def _stage_panel(stage: ShownStage) -> StagePanel:
    label = Stage(stage.stage)
    bars = tuple(_bar(step) for step in stage.steps if step.shown.has_rate)
    words = _words(
        f"stage-{stage.stage}",
        _("{stage}: how its steps were kept").format(stage=label.label),
        _sentence_of_weakest(stage),
    )
    return StagePanel(
        label,
        _sentence_of_weakest(stage),
        tuple(_line(step) for step in stage.steps),
        stage.weakest.shown.share if stage.weakest else "",
        stage.weakest.shown.n if stage.weakest else "",
        words,
        bars,
    )


def _sentence_of_weakest(stage: ShownStage) -> str:
    if stage.weakest is None:
        return _("No mandatory step of this stage has enough data yet.")
    return _("The weakest mandatory step is “{step}”: {share}").format(
        step=stage.weakest.figure.title, share=_share_sentence(stage.weakest.shown, stage.weakest.figure.interval)
    )


def _share_sentence(shown: Shown, interval: tuple[float, float]) -> str:
    if not shown.has_rate:
        return _("{n} cases, too few for a rate.").format(n=isolated(shown.n))
    if not shown.exact:
        return _("{share} of {n} on time.").format(share=isolated(shown.share), n=isolated(shown.n))
    return _("{k} of {n} on time ({share}; likely between {low} and {high}).").format(
        k=isolated(shown.on_time),
        n=isolated(shown.n),
        share=isolated(shown.share),
        low=isolated(percents(percent(interval[0]))),
        high=isolated(percents(percent(interval[1]))),
    )


def _line(step: ShownStep) -> Line:
    figure = step.figure
    if figure.meets_standard is None or not step.shown.has_rate:
        verdict = _("No data yet") if not figure.n else _("Too few to say")
    else:
        verdict = _("Meets the standard") if figure.meets_standard else _("Below the standard")
    return Line(figure.code, str(figure.title), figure.mandatory, step, _interval(step.shown, figure.interval), verdict)


def _interval(shown: Shown, interval: tuple[float, float]) -> str:
    return between(*interval) if shown.has_rate and shown.exact else ""


def _bar(step: ShownStep, before: str = "") -> ShareBar:
    shown, figure = step.shown, step.figure
    label = f"{before}{isolated(figure.code)} {figure.title}"
    if not (shown.has_rate and shown.exact):
        return ShareBar(label, _share_sentence(shown, figure.interval))
    said = _("{share}: {k} of {n}").format(share=isolated(shown.share), k=isolated(shown.on_time), n=isolated(shown.n))
    return ShareBar(label, said, figure.share, figure.interval)


def _weakest_picture(stages: Sequence[ShownStage]) -> SafeString | None:
    bars = [_bar(stage.weakest, f"{Stage(stage.stage).label}: ") for stage in stages if stage.weakest]
    if not bars:
        return None
    said = " ".join(f"{bar.label}: {bar.said}." for bar in bars)
    return _shares(_words("weakest", _("The weakest mandatory step of each stage"), said), bars)


def _shares(words: Words, bars: Sequence[ShareBar]) -> SafeString:
    standard = float(STANDARD)
    said = _("standard {share}").format(share=isolated(percents(percent(standard))))
    return charts.shares(words, bars, standard, said)


def _words(name: str, title: str, description: str) -> Words:
    return Words(name, title, description, get_language_bidi())


def work_picture(panels: Sequence[Figures], reader: Reader) -> SafeString:
    """Draw what each department has in hand. For the public a count that is not told is drawn as nothing."""
    bars = [
        CountBar(
            str(each.department.name),
            _("{open} open, {overdue} overdue").format(
                open=isolated(reader.count(each.workload.open)), overdue=isolated(reader.count(each.workload.overdue))
            ),
            _drawn(each.workload.open, reader.count(each.workload.open)),
            _drawn(each.workload.overdue, reader.part(each.workload.overdue, each.workload.open)),
        )
        for each in panels
    ]
    said = " ".join(f"{bar.label}: {bar.said}." for bar in bars)
    return charts.counts(_words("work", _("Open and overdue queries"), said), bars)


def _drawn(n: int, written: str) -> int:
    return n if written == number(n) else 0
