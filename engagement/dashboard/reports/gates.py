"""Each gate of the ladder as an exhibit of its own: sentence, picture, formula, counts."""

from collections.abc import Callable

from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from engagement import charts
from engagement.charts import ShareBar, Words
from engagement.dashboard.exhibits import Cell, Exhibit, Table
from engagement.dashboard.panels import OFFICIAL, Reader
from engagement.evidence import Evidence
from engagement.gates import FEWEST, Verdict
from engagement.ladder import YEAR, Gate, Kind
from engagement.levels import FEWEST_RATERS, Judged
from engagement.showing import FEWEST_FOR_A_RATE, Shown, isolated, number, percent, percents

# The gates whose cases can be listed.
WITH_ROWS = ("M1", "M3", "H1", "H2")

Rows = tuple[tuple[Cell, ...], ...]


def gate_name(gate: Gate) -> str:
    """Write a gate: its code and its name."""
    return f"{isolated(gate.code)} {gate.title}"


def window_of(months: int) -> str:
    """Write over which time a gate looks."""
    return _("twelve months") if months == YEAR else _("the quarter")


def share_written(judged: Judged, reader: Reader) -> str | None:
    """Write the share of a gate, and of how many; None where there is none to tell."""
    if judged.successes is None or judged.trials is None or judged.threshold is None or not judged.trials:
        return None
    shown = reader.share(judged.successes, judged.trials)
    if not shown.has_rate:
        return _("{n} cases, too few for a rate.").format(n=isolated(shown.n))
    return _("{share} of {n}").format(share=shown.share, n=shown.n)


def gate_exhibit(judged: Judged, evidence: Evidence, reader: Reader, more: tuple[tuple[str, str], ...] = ()) -> Exhibit:
    """Return the exhibit of one gate, as `reader` may have it."""
    gate = judged.gate
    sentence = f"{_sentence(judged, evidence, reader)} {_verdict_sentence(judged)}"
    counts = _COUNTS[gate.code](judged, evidence, reader) if gate.code in _COUNTS else _plain(judged, reader)
    return Exhibit(
        gate.code,
        f"{gate_name(gate)}: {gate.question}",
        sentence,
        Table((_("What was counted"), _("Number")), counts),
        str(gate.formula),
        n=reader.count(judged.trials) if judged.trials is not None else "",
        picture=_picture(judged, reader, sentence),
        notes=_notes(judged, evidence, reader),
        more=more,
    )


def _verdict_sentence(judged: Judged) -> str:
    return _("Verdict: {verdict}.").format(verdict=judged.verdict.label)


def _sentence(judged: Judged, evidence: Evidence, reader: Reader) -> str:
    if judged.trials is None:
        return str(judged.gate.missing)
    if judged.gate.code == "H1" and evidence.ways is None:
        return _("The department took no queries in this quarter.")
    if judged.gate.code == "H2":
        return _ratings_sentence(evidence, reader)
    if judged.gate.kind is Kind.DUTY and judged.threshold is None:
        return _("{k} of {n} records count.").format(k=isolated(number(judged.successes or 0)), n=number(judged.trials))
    return _share_sentence(str(_WORDINGS.get(judged.gate.code, "")), judged, reader)


_ANSWERED = gettext_lazy(
    "Of {n} queries received, {k} got a real answer within 10 working days ({share}; likely between {low} and {high})."
)
_WORDINGS = {
    "M1": _ANSWERED,
    "H1": _ANSWERED,
    "M3": gettext_lazy(
        "Of {n} cases that the office concluded, the citizen was asked to judge {k} ({share}; likely between {low} and "
        "{high})."
    ),
}


def _share_sentence(wording: str, judged: Judged, reader: Reader) -> str:
    successes, trials = judged.successes or 0, judged.trials or 0
    shown = reader.share(successes, trials)
    if not shown.has_rate or trials < FEWEST:
        return _("{n} cases, too few for a rate.").format(n=isolated(shown.n))
    if not shown.exact or judged.interval is None or not wording:
        return _("{share} of {n} cases.").format(share=isolated(shown.share), n=isolated(shown.n))
    low, high = judged.interval
    return wording.format(
        k=isolated(shown.on_time),
        n=isolated(shown.n),
        share=isolated(shown.share),
        low=isolated(percents(percent(low))),
        high=isolated(percents(percent(high))),
    )


def _ratings_sentence(evidence: Evidence, reader: Reader) -> str:
    ratings = evidence.ratings
    if not ratings.ratings:
        return _("No citizen judged the work in twelve months.")
    said = ngettext(
        "{n} judgement in twelve months, of {people} different citizens; {fewest} are needed.",
        "{n} judgements in twelve months, of {people} different citizens; {fewest} are needed.",
        ratings.ratings,
    ).format(
        n=isolated(reader.count(ratings.ratings)),
        people=isolated(reader.part(ratings.raters, ratings.ratings)),
        fewest=isolated(str(FEWEST_RATERS)),
    )
    if not ratings.bad:
        return said + " " + _("None of those that are due for a follow-up was bad.")
    shown = reader.share(ratings.followed, ratings.bad)
    if not shown.has_rate:
        return said + " " + _("Bad ones: {n}, too few for a rate.").format(n=isolated(shown.n))
    return (
        said
        + " "
        + _("Of {n} bad ones {share} were followed up within 10 working days.").format(
            n=isolated(shown.n), share=isolated(shown.share)
        )
    )


def _notes(judged: Judged, evidence: Evidence, reader: Reader) -> tuple[str, ...]:
    if judged.gate.code == "M1" and evidence.answered.waiting:
        waiting = evidence.answered.waiting
        return (
            ngettext(
                "{n} more query still has time and is left out.",
                "{n} more queries still have time and are left out.",
                waiting,
            ).format(n=isolated(reader.count(waiting))),
        )
    if judged.gate.code == "H1" and evidence.ways is not None:
        ways, said = evidence.ways, []
        if judged.months == YEAR:
            said.append(_("Too few queries in the quarter: the three before it are added."))
        if not ways.offline:
            said.append(_("There was a time in which no way without the internet was open."))
        if not ways.online:
            said.append(_("There was a time in which no online way was open."))
        return tuple(said)
    return ()


def _counts_of_share(shown: Shown, texts: tuple[str, str]) -> Rows:
    """The two lines of a share: what is counted exactly is a number, what is told as a bound a text."""
    k: Cell = int(shown.on_time.replace(",", "")) if shown.exact and shown.on_time else shown.on_time or None
    n: Cell = int(shown.n.replace(",", "")) if shown.n.replace(",", "").isdecimal() else shown.n
    return ((texts[0], n), (texts[1], k))


def _number(n: int, reader: Reader) -> Cell:
    return n if reader.count(n) == number(n) else reader.count(n)


def _answers(judged: Judged, evidence: Evidence, reader: Reader) -> Rows:
    found = evidence.answered if judged.gate.code == "M1" else evidence.queries
    texts = (_("Queries that count"), _("Answered within 10 working days"))
    rows = _counts_of_share(reader.share(found.successes, found.trials), texts)
    rows += ((_("Left out: still have time"), _number(found.waiting, reader)),
             (_("Left out: more than five of one citizen"), _number(found.beyond, reader)))  # fmt: skip
    if reader is OFFICIAL:
        rows += (
            (_("Of them recorded by a system"), found.captured_trials),
            (_("Recorded by a system and answered in time"), found.captured_successes),
        )
    if judged.gate.code == "H1" and evidence.ways is not None:
        yes, no = _("yes"), _("no")
        rows += (
            (_("A way without the internet was always open"), yes if evidence.ways.offline else no),
            (_("An online way was always open"), yes if evidence.ways.online else no),
        )
    return rows


def _asked(judged: Judged, evidence: Evidence, reader: Reader) -> Rows:
    shown = reader.share(evidence.asked.successes, evidence.asked.trials)
    return _counts_of_share(shown, (_("Cases concluded"), _("Citizen was asked")))


def _ratings(judged: Judged, evidence: Evidence, reader: Reader) -> Rows:
    found = evidence.ratings
    rows: Rows = (
        (_("Judgements"), _number(found.ratings, reader)),
        (_("Different citizens"), found.raters if reader is OFFICIAL else reader.part(found.raters, found.ratings)),
    )
    if reader is OFFICIAL:
        rows += (
            (_("Judgements without a name"), found.anonymous),
            (_("Taken down by an official"), found.taken_down),
            (_("Left out: judgements of staff"), found.staff),
            (_("Bad ones whose follow-up still has time"), found.waiting),
        )
    return rows + _counts_of_share(
        reader.share(found.followed, found.bad), (_("Bad ones (1 or 2 of 5)"), _("Followed up"))
    )


def _plain(judged: Judged, reader: Reader) -> Rows:
    if judged.trials is None:
        return ((_("Cases"), None),)
    texts = (_("Cases"), _("Of them as they should be"))
    return _counts_of_share(reader.share(judged.successes or 0, judged.trials), texts)


_COUNTS: dict[str, Callable[[Judged, Evidence, Reader], Rows]] = {
    "M1": _answers,
    "H1": _answers,
    "M3": _asked,
    "H2": _ratings,
}


def _picture(judged: Judged, reader: Reader, sentence: str) -> SafeString | None:
    """The share beside its threshold, where it is one of cases enough and may be told."""
    interval, threshold = judged.interval, judged.threshold
    if interval is None or threshold is None or not judged.trials or judged.verdict == Verdict.NO_DATA:
        return None
    shown = reader.share(judged.successes or 0, judged.trials)
    if not shown.exact or judged.trials < FEWEST_FOR_A_RATE:
        return None
    said = _("{share}: {k} of {n}").format(share=isolated(shown.share), k=isolated(shown.on_time), n=isolated(shown.n))
    bar = ShareBar(gate_name(judged.gate), said, (judged.successes or 0) / judged.trials, interval)
    words = Words(f"gate-{judged.gate.code}", str(judged.gate.question), sentence, get_language_bidi())
    written = _("threshold {share}").format(share=isolated(percents(percent(float(threshold)))))
    return charts.gate(words, bar, float(threshold), written)
