"""What citizens say of a quarter: the three questions, how satisfied they are, and whether it was explained.

Asked after a concluded case, and by the random call-back: two sources side by side, never merged (measurement 2.5)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language_bidi, gettext_lazy
from django.utils.translation import gettext as _

from complaints.models import Rating
from engagement import charts
from engagement.charts import Words
from engagement.dashboard.exhibits import Asked, Audience, Exhibit, Opening, Report, Table
from engagement.dashboard.reports.shares import bar, cells, count_cell, distribution, head, sentence
from engagement.figures import counted
from engagement.heard import (
    Heard,
    Question,
    Reply,
    at_least_medium,
    could_say,
    is_satisfied,
    level,
    was_answered,
    was_explained,
    was_used,
)
from engagement.scale import Level
from engagement.showing import isolated, sentences

SOURCES = {"after": gettext_lazy("after a concluded case"), "called": gettext_lazy("random call-back")}


@dataclass(frozen=True)
class Asks:
    """One question: what is counted of it, its wording with {share} and {n}, and the answers that may be given with
    how to read one from a reply."""

    name: str
    title: Promise
    wording: Promise
    counts: Question
    answer: Callable[[Reply], Any]
    answers: Sequence[tuple[Any, Any]]
    note: Promise | str = ""


_YES_NO: list[tuple[Any, Any]] = [(True, gettext_lazy("Yes")), (False, gettext_lazy("No"))]
QUESTIONS = (
    Asks(
        "level",
        gettext_lazy("Where citizens place the office"),
        gettext_lazy("{share} of {n} citizens place the office at MEDIUM or HIGH"),
        at_least_medium,
        level,
        [(each, each.label) for each in Level],
        gettext_lazy(
            "LOW: it did not answer, or answered and took no opinion. MEDIUM: it answered, in full or in part, and one "
            "could give an opinion. HIGH: in addition the opinion was used, or one was told why not."
        ),
    ),
    Asks(
        "answered",
        gettext_lazy("Did the office answer what you asked?"),
        gettext_lazy("{share} of {n} citizens say that the office answered in full"),
        was_answered,
        lambda reply: reply.answered or None,
        Rating.Answered.choices,
    ),
    Asks(
        "could-say",
        gettext_lazy("Could you give your opinion or rate the work?"),
        gettext_lazy("{share} of {n} citizens say that they could"),
        could_say,
        lambda reply: reply.could_say,
        _YES_NO,
    ),
    Asks(
        "used",
        gettext_lazy("Was your opinion used, or were you told why not?"),
        gettext_lazy("{share} of {n} citizens who gave an opinion say so"),
        was_used,
        lambda reply: reply.used or None,
        Rating.Used.choices,
    ),
    Asks(
        "satisfaction",
        gettext_lazy("How was it done?"),
        gettext_lazy("{share} of {n} citizens give 4 or 5 of 5"),
        is_satisfied,
        lambda reply: reply.satisfaction,
        [(stars, str(stars)) for stars in range(1, 6)],
    ),
    Asks(
        "explained",
        gettext_lazy("Did you get what you asked for, or was it explained to you why not?"),
        gettext_lazy("{share} of {n} citizens got it, or had the refusal explained"),
        was_explained,
        lambda reply: reply.explained,
        _YES_NO,
    ),
)


@dataclass(frozen=True)
class Source:
    """What one department's citizens said in one of the two ways."""

    label: str
    heard: Heard


def build(asked: Asked) -> list[Exhibit]:
    """Return one exhibit for each question, and how the call-back went; none where nobody was asked."""
    found = counted("citizens", asked.departments, asked.quarter, asked.now, asked.at)
    kept = [(each.department, each.counts) for each in found if each.counts is not None]
    kept.sort(key=lambda each: str(each[0].name))
    sources = [
        Source(_source(str(department.name), name, len(asked.departments)), Heard.read(counts[name]))
        for department, counts in kept
        for name in SOURCES
        if counts[name] is not None
    ]
    if not any(source.heard.asked for source in sources):
        return []
    exhibits = [_exhibit(question, sources, asked) for question in QUESTIONS]
    called = [(str(department.name), counts["called"]) for department, counts in kept if counts["called"]]
    return [*exhibits, *([_went(called, asked)] if called else [])]


def _source(department: str, name: str, departments: int) -> str:
    said = str(SOURCES[name])
    return f"{department}: {said}" if departments > 1 else f"{said[:1].upper()}{said[1:]}"


def _exhibit(question: Asks, sources: Sequence[Source], asked: Asked) -> Exhibit:
    shares = [(source, source.heard.share(question.counts)) for source in sources]
    wording = str(question.wording)
    said = sentences(f"{source.label}: {sentence(share, asked.reader, wording)}" for source, share in shares)
    rows = []
    for source, share in shares:
        given = source.heard.counts(question.answer)
        spread = distribution([given[value] for value, _label in question.answers], asked.reader)
        rows.append((source.label, *cells(share, asked.reader), *spread))
    bars = [bar(source.label, share, asked.reader, wording) for source, share in shares]
    words = Words(question.name, str(question.title), said, get_language_bidi())
    return Exhibit(
        question.name,
        str(question.title),
        said if len(asked.departments) == 1 else _("Each department by name, in both ways of asking."),
        Table(("", *head(), *(str(label) for _value, label in question.answers)), tuple(rows)),
        formula(),
        n=" + ".join(asked.reader.count(share.answered) for _source, share in shares),
        picture=charts.answers(words, bars),
        notes=(str(question.note),) if question.note else (),
    )


def formula() -> str:
    """How a share is weighted and bounded."""
    return _(
        "Each channel counts as much as citizens used it: the sum over the channels of (contacts of the channel ÷ all "
        "contacts) × (citizens who say so ÷ citizens who answered). Channels on which fewer than five answered are put "
        "together. The interval is Wilson's 95-percent interval of this share for the effective number of answers, "
        "(Σ w)² ÷ Σ w². The bounds say what the share would be if all who were asked and did not answer had said no, "
        "or yes; where fewer than one in five answered, they are printed instead of the interval. After a concluded "
        "case all are asked whose closing notice was delivered; for the call-back all who were drawn, reached or not. "
        "The two ways of asking are never put together."
    )


def _went(called: Sequence[tuple[str, dict[str, Any]]], asked: Asked) -> Exhibit:
    head_row = (
        _("Department"),
        _("Contacts of the quarter"),
        _("Reached by telephone"),
        _("Drawn"),
        _("Answered"),
        _("Did not want to answer"),
        _("Not reached in three calls"),
        _("Still to be called"),
    )
    rows, drawn, answered = [], 0, 0
    for name, counts in called:
        spoke = sum(Reply(*each).n for each in counts["said"])
        waiting = counts["asked"] - spoke - counts["refused"] - counts["not_reached"]
        drawn, answered = drawn + counts["asked"], answered + spoke
        numbers = (counts["in_all"], counts["reachable"], counts["asked"])
        spread = distribution([spoke, counts["refused"], counts["not_reached"], waiting], asked.reader)
        rows.append((name, *(count_cell(n, asked.reader) for n in numbers), *spread))
    said = _("{drawn} citizens were drawn for a call; {answered} have answered.").format(
        drawn=isolated(asked.reader.count(drawn)), answered=isolated(asked.reader.count(answered))
    )
    return Exhibit(
        "call-back",
        _("How the call-back went"),
        said,
        Table(head_row, tuple(rows)),
        _(
            "When the quarter is over the system draws from all its contacts, open and unanswered ones too, at random: "
            "30 or one in twenty, whichever is more, and 400 at most. Drawn can be whom a telephone reaches: by a "
            "number that is proven or was told to an official. Who wants to stay unknown is never called, and who is "
            "hidden from the office is called by the centre. A citizen counts as not reached after three calls."
        ),
        n=asked.reader.count(drawn),
    )


REPORT = Report(
    "citizens",
    gettext_lazy("What citizens say"),
    gettext_lazy(
        "Did the office answer, could you say something, was it used? Asked after a case, and by a random call-back."
    ),
    Audience.EVERYBODY,
    build,
    opens_on=Opening.FINISHED,
)
