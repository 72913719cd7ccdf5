"""How long people wait for the first real answer, those who still wait included (measurement 2.7, 2.10)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from engagement import charts
from engagement.charts import Axis, ShareBar, Step
from engagement.dashboard.exhibits import Asked, Audience, Cell, Exhibit, Report, Table
from engagement.dashboard.forms import name_of
from engagement.dashboard.reports.naming import (
    answered_of,
    by_name,
    dimension_title,
    is_exact,
    names,
    of_cases,
    words,
)
from engagement.figures import Counted, counted
from engagement.gates import HORIZON_DAYS
from engagement.showing import between, isolated, number
from engagement.survival import Median, Point, Waits, curve, incidence, median, merged, restricted_mean, within
from engagement.waiting import DIMENSIONS, still_open, waits_of
from engagement.wilson import wilson

# Measurement 2.7: within how many working days citizens ask whether they were answered.
WITHIN = (2, 5, 10, 20)
MEAN_OF_DAYS = 20


def build(asked: Asked) -> Sequence[Exhibit]:
    """Return the exhibits of one department, or of all beside each other."""
    found = [each for each in counted("waiting", asked.departments, asked.quarter, asked.now, asked.at) if each.counts]
    found = [each for each in found if waits_of(each.counts["all"]).n]
    if not found:
        return ()
    if len(asked.departments) > 1:
        return (_side_by_side(found, asked),)
    counts = found[0].counts
    return (_curve(counts, asked), *(_groups(dimension, counts, asked) for dimension in DIMENSIONS))


def _curve(counts: Mapping[str, Any], asked: Asked) -> Exhibit:
    group = counts["all"]
    waits = waits_of(group)
    points = curve(waits)
    sentence = answered_of(group["successes"], group["trials"], asked, name_of(asked.quarter))
    told = waits.n >= asked.reader.judged_from
    if told:
        sentence = f"{sentence} {_half_sentence(median(waits, points))}"
    return Exhibit(
        "time",
        _("Time to the first real answer"),
        sentence,
        Table(
            (_("What is counted"), _("Figure"), _("Likely between")),
            tuple(_measures(waits, points, counts, asked)),
        ),
        formula(),
        n=asked.reader.count(waits.n),
        picture=_picture(points, sentence, asked) if told else None,
        notes=tuple(_notes(waits, points, counts, asked)),
    )


def _half_sentence(found: Median) -> str:
    """Say within how many days half had an answer, as far as it can be said."""
    if found.day is None:
        return _("Fewer than half had one yet: the middle wait is more than {days} working days.").format(
            days=isolated(number(found.followed))
        )
    return ngettext(
        "Half had one within {days} working day.", "Half had one within {days} working days.", found.day
    ).format(days=isolated(number(found.day)))


def _half(found: Median) -> str:
    if found.day is None:
        return isolated(_("more than {days} days").format(days=number(found.followed)))
    return isolated(ngettext("{days} day", "{days} days", found.day).format(days=number(found.day)))


def _half_between(found: Median) -> str:
    if found.lower is None:
        return ""
    upper = _("open") if found.upper is None else number(found.upper)
    return isolated(_("{low} to {high}").format(low=number(found.lower), high=upper))


def _measures(
    waits: Waits, points: tuple[Point, ...], counts: Mapping[str, Any], asked: Asked
) -> Sequence[tuple[Cell, ...]]:
    """The rows of the first table; only the count where it is too small for more."""
    reader = asked.reader
    rows: list[tuple[Cell, ...]] = [(_("People who wrote"), reader.count(waits.n), "")]
    if waits.n < reader.judged_from:
        return rows
    for days in WITHIN:
        share, low, high = within(points, days)
        said = of_cases(share, waits.n, reader)
        rows.append((_within(days), said, between(low, high) if is_exact(share, waits.n, reader) else ""))
    half = median(waits, points)
    rows.append((_("Half answered within (working days)"), _half(half), _half_between(half)))
    rows.append((_("Average wait in the first 20 working days"), restricted_mean(points, MEAN_OF_DAYS), ""))
    withdrawn = sum(waits.withdrawn.values())
    fates = reader.parts([sum(waits.answered.values()), still_open(waits), waits.never, withdrawn])
    labels = (_("Answered so far"), _("Waiting now"), _("Closed without a real answer"), _("Withdrawn by the citizen"))
    rows.extend((label, fate, "") for label, fate in zip(labels, fates, strict=True))
    rows.append((_("Longest waiting now (working days)"), counts["all"]["longest"], ""))
    own = waits_of(counts["own"])
    if counts["passed_on"]:
        office = median(own, curve(own))
        label = _("Half answered within, on the department's own clock")
        rows.append((label, _half(office), _half_between(office)))
    return rows


def _within(days: int) -> str:
    return _("Answered within {days} working days").format(days=isolated(number(days)))


def _notes(waits: Waits, points: tuple[Point, ...], counts: Mapping[str, Any], asked: Asked) -> Sequence[str]:
    notes = [_("This is the time to the first real answer, not to the end of the matter.")]
    if (left := waits.n - counts["all"]["trials"]) and waits.n >= asked.reader.judged_from:
        notes.append(
            ngettext(
                "{n} more wrote, whose 10 working days are not over.",
                "{n} more wrote, whose 10 working days are not over.",
                left,
            ).format(n=isolated(asked.reader.count(left)))
        )
    if waits.withdraw_too_often and waits.n >= asked.reader.judged_from:
        notes.append(
            _(
                "More than 5 % withdrew. Counting a withdrawal as an end of its own, {share} were answered within 10 "
                "working days."
            ).format(share=isolated(of_cases(incidence(waits, HORIZON_DAYS), waits.n, asked.reader)))
        )
    if counts["beyond"]:
        notes.append(
            ngettext(
                "{n} more query is not counted here: of one citizen the first five of a quarter count.",
                "{n} more queries are not counted here: of one citizen the first five of a quarter count.",
                counts["beyond"],
            ).format(n=isolated(asked.reader.count(counts["beyond"])))
        )
    return notes


def _picture(points: tuple[Point, ...], sentence: str, asked: Asked) -> Any:
    told = merged(points, asked.reader.together)
    last = min(max([MEAN_OF_DAYS, *(point.day for point in told)]), 60)
    steps = [Step(point.day, float(point.still), point.lower, point.upper) for point in told]
    title = _("How many still wait, by working days since they wrote")
    axis = Axis(last, tuple(day for day in (0, 10, 20, 40, 60) if day <= last), HORIZON_DAYS, title)
    return charts.falling(words("time", title, sentence), steps, axis)


def _groups(dimension: str, counts: Mapping[str, Any], asked: Asked) -> Exhibit:
    groups = counts["by"][dimension]
    named = names(dimension, groups)
    title = {
        "channel": _("Time to answer by channel"),
        "reason": _("Time to answer by reason"),
        "language": _("Time to answer by language"),
        "district": _("Time to answer by district"),
    }[dimension]
    called = sorted(((named(group), histogram) for group, histogram in groups.items()), key=lambda pair: pair[0])
    return Exhibit(
        f"by-{dimension}",
        title,
        _spread_sentence([(name, waits_of(histogram)) for name, histogram in called], asked),
        Table(_head(dimension_title(dimension)), tuple(_rows(called, asked))),
        formula(),
        n=asked.reader.count(waits_of(counts["all"]).n),
    )


def _spread_sentence(groups: Sequence[tuple[str, Waits]], asked: Asked) -> str:
    """Say how far apart the groups lie that have enough cases and may be told in full: that one of the others has the
    lowest or the highest share would tell more of it than its bound. Without two of them, say that they are too few."""
    from_n = max(asked.reader.judged_from, 10)
    of_groups = [(within(curve(waits), HORIZON_DAYS)[0], waits.n) for _name, waits in groups if waits.n >= from_n]
    shares = [(share, n) for share, n in of_groups if is_exact(share, n, asked.reader)]
    if len(shares) < 2:
        return _("There are too few cases to set groups side by side.")
    (low, of_low), (high, of_high) = min(shares), max(shares)
    return _("Between {low} and {high} of a group were answered within 10 working days.").format(
        low=isolated(of_cases(low, of_low, asked.reader)), high=isolated(of_cases(high, of_high, asked.reader))
    )


def _head(first: str) -> tuple[str, ...]:
    shares = (_("Within {days} days").format(days=isolated(number(days))) for days in WITHIN)
    more = (_("Half within"), _("Average of the first 20 days"), _("Waiting now"), _("Longest waiting (days)"))
    return (first, _("People"), *shares, *more)


def _rows(groups: Sequence[tuple[str, Mapping[str, Any]]], asked: Asked) -> Sequence[tuple[Cell, ...]]:
    """One row for a group: what may be told of it."""
    reader = asked.reader
    waits = [waits_of(histogram) for _name, histogram in groups]
    sizes = reader.parts([each.n for each in waits])
    open_now = reader.parts([still_open(each) for each in waits])
    rows: list[tuple[Cell, ...]] = []
    for (name, histogram), each, size, waiting in zip(groups, waits, sizes, open_now, strict=True):
        if each.n < reader.judged_from or size is None:
            rows.append((name, size, *[None] * len(WITHIN), None, None, waiting, None))
            continue
        points = curve(each)
        shares = (of_cases(within(points, days)[0], each.n, reader) for days in WITHIN)
        half, mean = _half(median(each, points)), restricted_mean(points, MEAN_OF_DAYS)
        rows.append((name, size, *shares, half, mean, waiting, histogram["longest"]))
    return rows


def _side_by_side(found: Sequence[Counted], asked: Asked) -> Exhibit:
    by_department = {each.department: each.counts["all"] for each in found}
    groups = [(str(each.name), by_department[each]) for each in by_name(by_department)]
    successes, trials = (sum(counts[name] for counts in by_department.values()) for name in ("successes", "trials"))
    sentence = answered_of(successes, trials, asked, name_of(asked.quarter))
    return Exhibit(
        "departments",
        _("Time to the first real answer, department by department"),
        sentence,
        Table(_head(_("Department")), tuple(_rows(groups, asked))),
        formula(),
        n=asked.reader.count(trials),
        picture=charts.spans(
            words("departments", _("Answered within 10 working days"), sentence),
            [_span(name, counts, asked) for name, counts in groups],
        ),
        notes=(_("In the order of the alphabet. Departments have different work: this is no ranking."),),
    )


def _span(name: str, counts: Mapping[str, Any], asked: Asked) -> ShareBar:
    k, n = counts["successes"], counts["trials"]
    shown = asked.reader.share(k, n)
    if not shown.has_rate:
        return ShareBar(name, _("{n} cases, too few for a rate.").format(n=isolated(shown.n)))
    if not shown.exact:
        return ShareBar(name, _("{share} of {n}").format(share=isolated(shown.share), n=isolated(shown.n)))
    said = _("{share}: {k} of {n}").format(share=isolated(shown.share), k=isolated(shown.on_time), n=isolated(shown.n))
    return ShareBar(name, said, k / n, wilson(k, n))


def formula() -> str:
    """How the figures of waiting are made, in words."""
    return _(
        "Kaplan-Meier: from day to day, the share of those still waiting who were not answered on that day is "
        "multiplied: S(t) = Π (1 − d/n). Day 0 is the day of receipt; only the department's working days count, and a "
        "transfer never restarts the clock. Whoever still waits counts until now, whoever withdrew until then; whoever "
        "was closed without a real answer waits for ever. Half answered within: the first day with S(t) ≤ 0.5. The "
        "band is the 95-percent log-log band. The average wait is the area under S in the first 20 working days."
    )


REPORT = Report(
    "time-to-answer",
    gettext_lazy("Time to answer"),
    gettext_lazy("How long do people wait for a real answer, those who still wait included?"),
    Audience.EVERYBODY,
    build,
)
