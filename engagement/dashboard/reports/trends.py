"""A department's quarters one after the other: answers, the weakest step of each stage, how much came in."""

from collections.abc import Sequence

from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi, gettext_lazy
from django.utils.translation import gettext as _

from departments.sops import Stage
from engagement.charts import CountBar, Words, counts
from engagement.charts.trends import Moment, trend
from engagement.dashboard.exhibits import Asked, Audience, Cell, Exhibit, Report, Span, Table
from engagement.dashboard.forms import name_of
from engagement.dashboard.levels import sealed_sentence
from engagement.dashboard.panels import PUBLIC
from engagement.gates import HALF
from engagement.history import Past, history
from engagement.rollup import STANDARD, StepFigure, weakest
from engagement.showing import FEWEST_FOR_A_RATE, isolated, number
from engagement.stated import shown_from
from engagement.wilson import wilson

# Measurement 2.10: the public is shown a change only where both sides have so many cases.
FEWEST_TO_COMPARE = 30


def trends(asked: Asked) -> Sequence[Exhibit]:
    """The exhibits of one department; none where nothing was recorded in any of its quarters."""
    [department] = asked.departments
    past = history(department, asked.quarter, asked.now, asked.at)
    if not any(each.compliance and each.compliance.stages for each in past):
        return []
    return [_answers(asked, past), *(_weakest(asked, past, stage) for stage in Stage), _volume(asked, past)]


def _answers(asked: Asked, past: Sequence[Past]) -> Exhibit:
    """M1 of the quarters whose reading is shown; a quarter that is sealed has no place here, and a note says so."""
    [department] = asked.departments
    days = {each.quarter: shown_from(department, each.quarter, asked.now) for each in past}
    shares = [
        (each, each.answered.successes, each.answered.trials) if each.answered else (each, 0, 0)
        for each in past
        if days[each.quarter] is None
    ]
    sealed = [sealed_sentence(day) for day in days.values() if day is not None]
    title = _("Answered within 10 working days")
    sentence = (
        _compared(asked, shares, _("Of what came in from {quarter}, {share} of {n} got a real answer within 10 "
                                   "working days."))
        if shares else sealed[-1]
    )  # fmt: skip
    return Exhibit(
        "answers", title, sentence,
        Table(_head(), tuple(_row(asked, *each) for each in shares)),
        _("M1 of each quarter: queries with a real answer within 10 working days ÷ queries received whose time is "
          "over or "
          "that were closed. The line with two ends is the Wilson interval at 95 %, dashed the threshold of one half."),
        _n(asked, shares[-1][2] if shares else 0),
        _picture(asked, ("answers", title, sentence), shares, float(HALF)),
        (*_notes(past), *(sealed if shares else ())), counted_at=past[-1].counted_at,
    )  # fmt: skip


def _weakest(asked: Asked, past: Sequence[Past], stage: Stage) -> Exhibit:
    steps = [_step(asked, each, stage) for each in past]
    shares = [(each, step.on_time, step.n) if step else (each, 0, 0) for each, step in zip(past, steps, strict=True)]
    title = _("The weakest step: {stage}").format(stage=stage.label)
    last = steps[-1]
    named = _("The weakest mandatory step is “{step}”.")
    sentence = (
        f"{named.format(step=last.title)} "
        + _compared(asked, shares, _("From {quarter}, {share} of {n} were on time."))
        if last
        else _("No mandatory step of this stage has enough data in the last quarter shown.")
    )
    rows = tuple(
        (*_row(asked, *share)[:1], f"{step.code} {step.title}" if step else None, *_row(asked, *share)[1:])
        for share, step in zip(shares, steps, strict=True)
    )
    head = _head()
    return Exhibit(
        f"weakest-{stage.value}", title, sentence,
        Table((head[0], _("Step"), *head[1:]), rows),
        _("Of each quarter the mandatory step of the stage with the lowest share on time: on time ÷ (on time + "
          "late). It "
          "need not be the same step in every quarter. Dashed is the standard."),
        _n(asked, shares[-1][2]),
        _picture(asked, (f"weakest-{stage.value}", title, sentence), shares, float(STANDARD)),
        _notes(past), counted_at=past[-1].procedures_at,
    )  # fmt: skip


def _step(asked: Asked, past: Past, stage: Stage) -> StepFigure | None:
    stages = past.compliance.stages if past.compliance else ()
    fewest = FEWEST_FOR_A_RATE if asked.reader is PUBLIC else 1
    return weakest(step for each in stages if each.stage == stage for step in each.steps if step.n >= fewest)


def _volume(asked: Asked, past: Sequence[Past]) -> Exhibit:
    count = asked.reader.count
    received = [
        each.answered.trials + each.answered.waiting + each.answered.beyond if each.answered else 0 for each in past
    ]
    title = _("How much came in, and what was left")
    sentence = _("From {quarter}, {n} queries came in.").format(
        quarter=isolated(name_of(past[-1].quarter)), n=isolated(count(received[-1]))
    )
    bars = [
        CountBar(name_of(each.quarter), _("{n} received").format(n=isolated(count(n))), _drawn(count(n), n), 0)
        for each, n in zip(past, received, strict=True)
    ]
    rows = tuple(_left(asked, each, n) for each, n in zip(past, received, strict=True))
    return Exhibit(
        "volume", title, sentence,
        Table((_("Quarter"), _("Received"), _("Open at its end"), _("Overdue at its end")), rows),
        _("Received: all queries that citizens brought in the quarter. Open and overdue: what was in hand when the "
          "quarter "
          "ended, or at the moment while it runs; a dash where that was not counted."),
        count(received[-1]),
        counts(Words("volume-picture", title, sentence, get_language_bidi()), bars),
        counted_at=past[-1].counted_at,
    )  # fmt: skip


def _left(asked: Asked, past: Past, received: int) -> tuple[Cell, ...]:
    reader, left = asked.reader, past.in_hand
    told = (reader.count(left.open), reader.part(left.overdue, left.open)) if left else (None, None)
    counted = (received, left.open if left else None, left.overdue if left else None)
    written = (reader.count(received), *told)
    return (name_of(past.quarter), *(
        n if text is not None and n is not None and text == number(n) else text
        for n, text in zip(counted, written, strict=True)
    ))  # fmt: skip


def _drawn(written: str, n: int) -> int:
    return n if written == number(n) else 0


def _head() -> tuple[str, ...]:
    return _("Quarter"), _("Share"), _("Likely from %"), _("Likely to %"), _("Cases"), _("Method version")


def _row(asked: Asked, past: Past, successes: int, n: int) -> tuple[Cell, ...]:
    shown = asked.reader.share(successes, n)
    low, high = wilson(successes, n)
    exact = shown.has_rate and shown.exact
    return (
        name_of(past.quarter),
        shown.share or None,
        round(low * 100, 1) if exact else None,
        round(high * 100, 1) if exact else None,
        n if shown.n == number(n) else shown.n,
        past.method,
    )


def _compared(asked: Asked, shares: Sequence[tuple[Past, int, int]], wording: str) -> str:
    """What the last quarter came to, and the one before it where both have cases enough."""
    told = [_said(asked, each, wording) for each in shares[-2:]]
    fewest = FEWEST_TO_COMPARE if asked.reader is PUBLIC else 1
    if len(shares) < 2 or any(n < fewest for _past, _successes, n in shares[-2:]):
        beside = _("Too few cases to compare it with the quarter before.")
    elif shares[-1][0].method != shares[-2][0].method:
        beside = _("The quarter before was counted by another method and cannot be compared.")
    else:
        beside = _("The quarter before: {sentence}").format(sentence=told[0])
    return f"{told[-1]} {beside}"


def _said(asked: Asked, share: tuple[Past, int, int], wording: str) -> str:
    past, successes, n = share
    shown = asked.reader.share(successes, n)
    if not shown.has_rate:
        return _("{n} cases, too few for a rate.").format(n=isolated(shown.n))
    return wording.format(quarter=isolated(name_of(past.quarter)), share=isolated(shown.share), n=isolated(shown.n))


def _picture(
    asked: Asked, texts: tuple[str, str, str], shares: Sequence[tuple[Past, int, int]], threshold: float
) -> SafeString | None:
    name, title, sentence = texts
    fewest = FEWEST_TO_COMPARE if asked.reader is PUBLIC else 1
    moments = []
    for past, successes, n in shares:
        shown = asked.reader.share(successes, n)
        drawn = shown.has_rate and shown.exact and n >= fewest
        share = successes / n if drawn else None
        moments.append(Moment(str(past.quarter), share, wilson(successes, n), past.method))
    if all(each.share is None for each in moments):
        return None
    words = Words(f"{name}-picture", title, sentence, get_language_bidi())
    return trend(words, moments, threshold, _("new method"))


def _notes(past: Sequence[Past]) -> tuple[str, ...]:
    said = []
    if len({each.method for each in past}) > 1:
        said.append(_("Where the method changed the line is broken: the quarters on its two sides cannot be compared."))
    if any(each.counted_at is None for each in past):
        said.append(_("A quarter that has not been counted yet has no place on the line."))
    return tuple(said)


def _n(asked: Asked, n: int) -> str:
    return asked.reader.count(n)


TRENDS = Report(
    "trends",
    gettext_lazy("From quarter to quarter"),
    gettext_lazy("Whether the department answers sooner than it did, and where its procedure is weakest."),
    Audience.EVERYBODY,
    trends,
    Span.ONE,
)
