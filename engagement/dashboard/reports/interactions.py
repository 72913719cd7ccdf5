"""How deep contacts go, and what citizens and departments have to do with each other (measurement 2.4, 2.10)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagement import charts
from engagement.charts import CountBar
from engagement.dashboard.exhibits import Asked, Audience, Cell, Exhibit, Report, Table
from engagement.dashboard.forms import name_of
from engagement.dashboard.reports.naming import by_name, who, words
from engagement.depth import Depth, Relation
from engagement.figures import Counted, counted
from engagement.interactions import high_of
from engagement.showing import between, isolated, number, percent, percents
from engagement.wilson import wilson


def build(asked: Asked) -> Sequence[Exhibit]:
    """Return the exhibits of one department, or of all beside each other."""
    found = [
        each
        for each in counted("interactions", asked.departments, asked.quarter, asked.now, asked.at)
        if each.counts and (sum(each.counts["depth"]) or each.counts["exclusive"] or each.counts["anonymous"])
    ]
    if not found:
        return ()
    if len(asked.departments) > 1:
        return _side_by_side(found, asked)
    counts = found[0].counts
    return (
        _depths(counts["depth"], asked),
        _high(counts["depth"], asked),
        _relations("relations", counts["exclusive"], counts, asked),
        _relations("all-relations", counts["multiple"], counts, asked),
    )


def _depth_names() -> dict[Depth, str]:
    return {
        Depth.UNANSWERED: _("0: no answer"),
        Depth.TOLD: _("1: only acknowledged or put off"),
        Depth.ANSWERED: _("2: answered"),
        Depth.TALKED: _("3: answered, and rated or talked over"),
        Depth.DISPOSED: _("4: contribution judged, with the reason"),
        Depth.ADOPTED: _("5: contribution adopted"),
    }


def _level(depth: Depth) -> str:
    if depth <= Depth.TOLD:
        return _("low")
    return _("medium") if depth <= Depth.TALKED else _("high")


def _depths(depths: Sequence[int], asked: Asked) -> Exhibit:
    called = _depth_names()
    n = sum(depths)
    written = asked.reader.parts(depths)
    low = sum(depths[: Depth.ANSWERED])
    shown = asked.reader.share(n - low, n)
    places = {"n": isolated(shown.n), "department": who(asked), "quarter": isolated(name_of(asked.quarter))}
    if shown.has_rate and n >= asked.reader.judged_from:
        sentence = _(
            "Of {n} contacts of citizens with {department} in {quarter}, {share} were answered or went deeper."
        ).format(share=isolated(shown.share), **places)
    else:
        sentence = _("{n} contacts of citizens with {department} in {quarter}: too few for a rate.").format(**places)
    rows = tuple((called[depth], _level(depth), cell) for depth, cell in zip(Depth, written, strict=True))
    return Exhibit(
        "depth",
        _("How deep contacts went"),
        sentence,
        Table((_("Depth"), _("Level in the paper"), _("Contacts")), rows),
        depth_formula(),
        n=asked.reader.count(n),
        picture=_bars("depth", _("How deep contacts went"), sentence, [(name, cell) for name, _l, cell in rows]),
        notes=(
            _("What is deeper than a talk needs consultations and decisions; these are not recorded yet."),
            _("What departments publish is no contact and stands in no share."),
        ),
    )


def _bars(name: str, title: str, sentence: str, cells: Sequence[tuple[str, Cell]]) -> SafeString:
    """Bars of counts; what may not be told has no bar."""
    bars = [
        CountBar(label, number(cell), cell, 0)
        if isinstance(cell, int)
        else CountBar(label, cell if isinstance(cell, str) else _("not told"), 0, 0)
        for label, cell in cells
    ]
    return charts.counts(words(name, title, sentence), bars)


def _high(depths: Sequence[int], asked: Asked) -> Exhibit:
    n, high = sum(depths), high_of(depths)
    shown = asked.reader.share(high, n)
    low_end, high_end = wilson(high, n)
    may = shown.has_rate and n >= asked.reader.judged_from
    if not may:
        sentence = _("Too few contacts to say how many were of the level high.")
    elif not shown.exact:
        sentence = _("{share} of {n} contacts were of the level high.").format(
            share=isolated(shown.share), n=isolated(shown.n)
        )
    else:
        sentence = _(
            "{k} of {n} contacts were of the level high ({share}; likely between {low} and {high}). {verdict}"
        ).format(
            k=isolated(shown.on_time),
            n=isolated(shown.n),
            share=isolated(shown.share),
            low=isolated(percents(percent(low_end))),
            high=isolated(percents(percent(high_end))),
            verdict=_more_than_half(low_end, high_end),
        )
    interval = between(low_end, high_end) if may and shown.exact else ""
    row = (_("Of the level high"), shown.on_time or None, shown.n, shown.share if may else "", interval)
    return Exhibit(
        "share-high",
        _("Share of high engagement"),
        sentence,
        Table(("", _("Contacts"), _("Of all"), _("Share"), _("Likely between")), (row,)),
        depth_formula(),
        n=shown.n,
    )


def _more_than_half(low: float, high: float) -> str:
    """The claim that it is tested against: high in more than half of all interactions."""
    if low > 0.5:
        return _("That is more than half.")
    return _("That is not more than half.") if high <= 0.5 else _("Whether that is more than half cannot be said.")


def _relations(name: str, classes: Mapping[str, int], counts: Mapping[str, Any], asked: Asked) -> Exhibit:
    title, sentence = _relation_words(name, counts, asked)
    written = asked.reader.parts([classes.get(relation, 0) for relation in Relation])
    rows = [(str(relation.label), cell) for relation, cell in zip(Relation, written, strict=True)]
    anonymous = counts["anonymous"].get("contacts", 0)
    alone = (_("Anonymous contacts: cannot be linked"), asked.reader.parts([anonymous])[0])
    return Exhibit(
        name,
        title,
        sentence,
        Table((_("Relation"), _("Citizens")), (*rows, alone)),
        relation_formula(),
        n=asked.reader.count(sum(counts["exclusive"].values())),
        picture=_bars(name, title, sentence, [*rows, alone]),
    )


def _relation_words(name: str, counts: Mapping[str, Any], asked: Asked) -> tuple[str, str]:
    citizens = sum(counts["exclusive"].values())
    once = counts["exclusive"].get(Relation.ONE_OFF, 0)
    shown = asked.reader.share(once, citizens)
    places = {"n": isolated(shown.n), "department": who(asked), "quarter": isolated(name_of(asked.quarter))}
    if name == "all-relations":
        return (
            _("Relations over a year, all that apply"),
            _("Each citizen stands at every relation that applies, as in the survey's form."),
        )
    title = _("Relations over a year, the highest that applies")
    if not shown.has_rate or citizens < asked.reader.judged_from:
        return title, _("{n} citizens who can be told apart: too few for a rate.").format(**places)
    sentence = _(
        "Of {n} citizens known to {department} in the year that ends with {quarter}, {share} wrote one single time and "
        "gave no feedback."
    )
    return title, sentence.format(share=isolated(shown.share), **places)


def _side_by_side(found: Sequence[Counted], asked: Asked) -> Sequence[Exhibit]:
    by_department = {each.department: each.counts for each in found}
    ordered = [(str(each.name), by_department[each]) for each in by_name(by_department)]
    called = _depth_names()
    deep = [
        (name, *asked.reader.parts(counts["depth"]), _share_high(counts["depth"], asked)) for name, counts in ordered
    ]
    totals = [sum(column) for column in zip(*(counts["depth"] for _name, counts in ordered), strict=True)]
    related = [
        (
            name,
            *asked.reader.parts([counts["exclusive"].get(relation, 0) for relation in Relation]),
            asked.reader.parts([counts["anonymous"].get("contacts", 0)])[0],
        )
        for name, counts in ordered
    ]
    no_rank = _("In the order of the alphabet. Departments have different work: this is no ranking.")
    return (
        Exhibit(
            "depth",
            _("How deep contacts went"),
            _depths(totals, asked).sentence,
            Table((_("Department"), *called.values(), _("Share of high")), tuple(deep)),
            depth_formula(),
            n=asked.reader.count(sum(totals)),
            notes=(no_rank,),
        ),
        Exhibit(
            "relations",
            _("Relations over a year, the highest that applies"),
            _("What citizens and each department had to do with each other in the year that ends with this quarter."),
            Table(
                (_("Department"), *(str(relation.label) for relation in Relation), _("Anonymous contacts")),
                tuple(related),
            ),
            relation_formula(),
            notes=(no_rank,),
        ),
    )


def _share_high(depths: Sequence[int], asked: Asked) -> str:
    n, high = sum(depths), high_of(depths)
    shown = asked.reader.share(high, n)
    if not shown.has_rate or n < asked.reader.judged_from:
        return ""
    return f"{shown.share} ({between(*wilson(high, n))})" if shown.exact else shown.share


def depth_formula() -> str:
    """What the depths are, in words."""
    return _(
        "Each query is one contact: 0 without any word from the office, 1 only acknowledged, put off or asked back, 2 "
        "with a real answer, 3 answered and rated, or with two full exchanges (citizen, office, citizen, office). A "
        "contribution is 4 when it was judged and the reason told, 5 when it was adopted. Share of high: 4 and 5 of "
        "all contacts, with the Wilson 95-percent interval. Of one citizen the first five queries of a quarter count."
    )


def relation_formula() -> str:
    """What the relations are, in words."""
    return _(
        "Citizens who can be told apart, over the twelve months that end with the quarter. Collaborative dialogue: a "
        "contribution that was judged, or a conversation of three full exchanges. Feedback: a rating or input on a "
        "project. Came again: two conversations or more. One single contact: exactly one. Anonymous contacts cannot be "
        "linked and are never counted as a single contact."
    )


REPORT = Report(
    "interactions",
    gettext_lazy("Interactions"),
    gettext_lazy("Do citizens write once, come again, give feedback, or work with the office?"),
    Audience.EVERYBODY,
    build,
)
