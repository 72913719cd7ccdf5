"""Who is answered, and who less: by channel, language, district and help in filing, as it is and as if all had brought
the same; whether critics are answered less, and whether the queue is jumped (measurement 2.8, 2.10)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagement import charts
from engagement.charts import ShareBar
from engagement.dashboard.exhibits import Asked, Audience, Cell, Exhibit, Report, Table
from engagement.dashboard.reports.naming import by_name, dimension_title, names, points, words
from engagement.equity import GROUPINGS, cells_of
from engagement.figures import Counted, counted
from engagement.newcombe import Rate
from engagement.showing import between, isolated, number, percent, percents
from engagement.standardising import (
    FEWEST_COMPARED,
    JUMPED,
    RATIO,
    Comparison,
    Group,
    Selection,
    Selective,
    compare,
    selection,
)
from engagement.survival import curve, median
from engagement.waiting import waits_of
from engagement.wilson import wilson


def build(asked: Asked) -> Sequence[Exhibit]:
    """Return the exhibits of one department, or of all beside each other."""
    found = [each for each in counted("equity", asked.departments, asked.quarter, asked.now, asked.at) if each.counts]
    found = [each for each in found if each.counts["channel"]]
    if not found:
        return ()
    if len(asked.departments) > 1:
        found = [by_department for each in by_name([f.department for f in found])
                 for by_department in found if by_department.department == each]  # fmt: skip
        return (*(_side_by_side(grouping, found, asked) for grouping in GROUPINGS), _all_selections(found, asked))
    (mine,) = found
    (waiting,) = counted("waiting", asked.departments, asked.quarter, asked.now, asked.at)
    medians = _medians(waiting.counts["by"]["channel"], asked) if waiting.counts else {}
    return (
        *(_grouping(name, mine.counts[name], medians if name == "channel" else {}, asked) for name in GROUPINGS),
        _selections(mine.counts, asked),
    )


def _medians(histograms: Mapping[str, Any], asked: Asked) -> dict[str, str]:
    """Within how many working days half of each channel had an answer."""
    found = {}
    for channel, histogram in histograms.items():
        waits = waits_of(histogram)
        if waits.n >= max(asked.reader.judged_from, 1):
            half = median(waits, curve(waits))
            days = number(half.followed if half.day is None else half.day)
            found[channel] = _("more than {days} days").format(days=days) if half.day is None else days
    return found


def _grouping(name: str, counts: Mapping[str, Any], medians: Mapping[str, str], asked: Asked) -> Exhibit:
    found = compare(cells_of(counts))
    named = names(name, counts)
    sentence = _sentence(found, named)
    more = (_("Half within (days)"),) if name == "channel" else ()
    head = (dimension_title(name), _("People"), _("As it is"), _("With the same mix"), _("Likely between"), *more)
    rows = []
    sizes = asked.reader.parts([group.n for group in found.groups])
    for group, size in zip(found.groups, sizes, strict=True):
        row: list[Cell] = [named(group.name), size, *_rates(group, size, asked)]
        rows.append((*row, medians.get(group.name, "")) if more else tuple(row))
    return Exhibit(
        f"by-{name}",
        _grouping_title(name),
        sentence,
        Table(head, tuple(sorted(rows, key=lambda row: str(row[0])))),
        formula(),
        n=asked.reader.count(sum(group.n for group in found.groups)),
        picture=_picture(name, found, named, sentence, asked),
        notes=tuple(_notes(found)),
    )


def _grouping_title(name: str) -> str:
    return {
        "channel": _("Answered within 10 working days, by channel"),
        "language": _("Answered within 10 working days, by language"),
        "district": _("Answered within 10 working days, by district"),
        "assisted": _("Answered within 10 working days, by who wrote it down"),
    }[name]


def _rates(group: Group, size: Cell, asked: Asked) -> tuple[str, str, str]:
    """The rate as it is, standardised, and the interval of the standardised one; empty where it may not be told."""
    if size is None or group.n < asked.reader.judged_from:
        return ("", "", "")
    shown = asked.reader.share(group.successes, group.n)
    if group.standardised is None:
        alone = _("too few") if group.n < FEWEST_COMPARED else ""
        return (shown.share, alone, "")
    rate = group.standardised
    if not shown.exact:
        return (shown.share, "", "")
    return (shown.share, percents(percent(rate.share)), between(rate.lower, rate.upper))


def _sentence(found: Comparison, named: Any) -> str:
    """Say how far the two groups furthest apart are from each other, and whether chance alone could make it."""
    if found.lowest is None or found.highest is None or found.apart is None:
        return _("There are too few cases to compare: two groups of {n} or more are needed.").format(
            n=isolated(number(FEWEST_COMPARED))
        )
    places = {
        "highest": named(found.highest.name),
        "lowest": named(found.lowest.name),
        "points": points(found.apart),
    }
    if found.is_flagged:
        return _(
            "Records under review: with the same mix of cases, “{lowest}” is answered less often than “{highest}”, "
            "by {points}."
        ).format(**places)
    if found.apart.excludes_none:
        return _(
            "With the same mix of cases, “{highest}” is answered more often than “{lowest}”, by {points}; that is "
            "below what is flagged."
        ).format(**places)
    return _("With the same mix of cases the difference may be chance: “{highest}” less “{lowest}”, {points}.").format(
        **places
    )


def _notes(found: Comparison) -> Sequence[str]:
    notes = []
    if found.ratio is not None:
        notes.append(
            _("The lowest rate is {ratio} of the highest; below {limit} beyond chance it is flagged.").format(
                ratio=isolated(f"{found.ratio:.2f}"), limit=isolated(f"{RATIO:.2f}")
            )
        )
    if found.lowest is not None and found.covered < 1:
        notes.append(
            _("Compared are the reasons that every group brought: {share} of the cases.").format(
                share=isolated(percents(percent(found.covered)))
            )
        )
    return notes


def _picture(name: str, found: Comparison, named: Any, sentence: str, asked: Asked) -> SafeString | None:
    bars = [
        ShareBar(named(group.name), _said(group.standardised), group.standardised.share,
                 (group.standardised.lower, group.standardised.upper))
        for group in found.groups
        if group.standardised is not None and asked.reader.share(group.successes, group.n).exact
    ]  # fmt: skip
    bars.sort(key=lambda bar: bar.label)
    title = _("Answered within 10 working days, with the same mix of cases")
    return charts.spans(words(f"by-{name}", title, sentence), bars) if len(bars) > 1 else None


def _said(rate: Rate) -> str:
    return _("{share}, likely between {low} and {high}").format(
        share=isolated(percents(percent(rate.share))),
        low=isolated(percents(percent(rate.lower))),
        high=isolated(percents(percent(rate.upper))),
    )


def _side_by_side(name: str, found: Sequence[Counted], asked: Asked) -> Exhibit:
    head = (
        *(_("Department"), _("People"), _("Lowest"), _("Highest"), _("Lowest of highest")),
        *(_("Difference"), _("What it says")),
    )
    compared = [(each, compare(cells_of(each.counts[name]))) for each in found]
    named = names(name, {group.name for _each, comparison in compared for group in comparison.groups})
    sizes = asked.reader.parts([sum(group.n for group in comparison.groups) for _each, comparison in compared])
    rows: list[tuple[Cell, ...]] = []
    for (each, comparison), size in zip(compared, sizes, strict=True):
        lowest, highest, apart = comparison.lowest, comparison.highest, comparison.apart
        if lowest is None or highest is None or apart is None:
            rows.append((str(each.department.name), size, "", "", None, "", _("Too few to say")))
            continue
        ratio = f"{comparison.ratio:.2f}" if comparison.ratio is not None else None
        says = _("Records under review") if comparison.is_flagged else _("Not flagged")
        row = (named(lowest.name), named(highest.name), ratio, points(apart), says)
        rows.append((str(each.department.name), size, *row))
    flagged = sum(comparison.is_flagged for _each, comparison in compared)
    return Exhibit(
        f"by-{name}",
        _grouping_title(name),
        _("{n} of {of} departments are flagged.").format(n=isolated(number(flagged)), of=isolated(number(len(found)))),
        Table(head, tuple(rows)),
        formula(),
        n=asked.reader.count(sum(group.n for _each, comparison in compared for group in comparison.groups)),
        notes=(_("In the order of the alphabet. Departments have different work: this is no ranking."),),
    )


def _tone(counts: Mapping[str, Any]) -> Selection:
    tone = cells_of(counts["tone"])
    return selection(tone.get("other", {}), tone.get("critical", {}))


def _selections(counts: Mapping[str, Any], asked: Asked) -> Exhibit:
    found = _tone(counts)
    jumped, answers = counts["jumps"]
    rows = (
        (_("Others less complaints"), *_differences(found)),
        (_("Comments in public less private messages"), "", "", _("No records yet")),
        (_("Prominent accounts less others"), "", "", _("No records yet")),
        (_("Answers out of turn"), _jump_share(jumped, answers, asked), "", _jump_verdict(jumped, answers, asked)),
    )
    return Exhibit(
        "selective-reply",
        _("Selective reply"),
        _tone_sentence(found),
        Table((_("Sign"), _("As it is"), _("With the same mix"), _("What it says")), rows),
        selection_formula(),
        n=asked.reader.count(answers),
        notes=(
            _jump_sentence(jumped, answers, asked),
            _("Comments in public are not recorded yet."),
            _("Which accounts are prominent is not recorded yet."),
        ),
    )


def _differences(found: Selection) -> tuple[str, str, str]:
    raw = points(found.raw) if found.raw else ""
    return raw, points(found.standardised) if found.standardised else "", str(found.verdict.label)


def _tone_sentence(found: Selection) -> str:
    if found.raw is None:
        return _("Too few queries were recorded by systems to say whether complaints are answered less often.")
    places = {"points": points(found.standardised or found.raw)}
    if found.verdict is Selective.FLAGGED:
        return _("Records under review: complaints are answered less often than other queries, by {points}.").format(
            **places
        )
    if found.verdict is Selective.POSSIBLE:
        return _("Complaints are perhaps answered less often than other queries, by {points}; not flagged.").format(
            **places
        )
    return _("There is no sign that complaints are answered less often than other queries: {points}.").format(**places)


def _jump_share(jumped: int, answers: int, asked: Asked) -> str:
    shown = asked.reader.share(jumped, answers)
    return shown.share if shown.has_rate else ""


def _jump_verdict(jumped: int, answers: int, asked: Asked) -> str:
    if not asked.reader.share(jumped, answers).has_rate:
        return str(Selective.TOO_FEW.label)
    return _("Records under review") if jumped > JUMPED * answers else _("Not flagged")


def _jump_sentence(jumped: int, answers: int, asked: Asked) -> str:
    shown = asked.reader.share(jumped, answers)
    if not shown.has_rate:
        return _("Too few answers to say whether the queue is jumped.")
    if not shown.exact:
        return _("{share} of {n} answers were given while an older query of the same queue was past due.").format(
            share=isolated(shown.share), n=isolated(shown.n)
        )
    low, high = wilson(jumped, answers)
    return _(
        "{k} of {n} answers were given while an older query of the same queue was past due ({share}; likely between "
        "{low} and {high}). Above {limit} it is flagged."
    ).format(
        k=isolated(shown.on_time),
        n=isolated(shown.n),
        share=isolated(shown.share),
        low=isolated(percents(percent(low))),
        high=isolated(percents(percent(high))),
        limit=isolated(percents(percent(JUMPED))),
    )


def _all_selections(found: Sequence[Counted], asked: Asked) -> Exhibit:
    rows = []
    for each in found:
        jumped, answers = each.counts["jumps"]
        tone = _differences(_tone(each.counts))
        share = _jump_share(jumped, answers, asked)
        rows.append((str(each.department.name), *tone, share, _jump_verdict(jumped, answers, asked)))
    head = (
        *(_("Department"), _("Others less complaints"), _("With the same mix"), _("What it says")),
        *(_("Answers out of turn"), _("What that says")),
    )
    flagged = sum(_tone(each.counts).verdict is Selective.FLAGGED for each in found)
    return Exhibit(
        "selective-reply",
        _("Selective reply"),
        _("In {n} of {of} departments complaints are answered so much less often that it is flagged.").format(
            n=isolated(number(flagged)), of=isolated(number(len(found)))
        ),
        Table(head, tuple(rows)),
        selection_formula(),
        n=asked.reader.count(sum(each.counts["jumps"][1] for each in found)),
        notes=(
            _("In the order of the alphabet. Departments have different work: this is no ranking."),
            _("Comments in public are not recorded yet."),
            _("Which accounts are prominent is not recorded yet."),
        ),
    )


def formula() -> str:
    """How the rates are made and compared, in words."""
    return _(
        "Answered within 10 working days ÷ all whose 10 days have passed or that ended. With the same mix: the rate of "
        "each reason, weighted by its share in all contacts of the groups compared: Σ w·p. Groups of fewer than 30 are "
        "not compared. The difference has Newcombe's 95-percent interval. Flagged: the lowest rate is below 0.80 of "
        "the highest and the interval of the difference excludes 0."
    )


def selection_formula() -> str:
    """How selective reply is found, in words."""
    return _(
        "Only what systems recorded counts, not what officials wrote down. Critical is what the citizen called a "
        "complaint. Others less complaints: the difference of the two rates of answers within 10 working days, as it "
        "is and with the same mix of channels, with Newcombe's 95-percent interval; flagged when its lower end is "
        "above 10 points, possible when it is above 0. Out of turn: answers given while an older query of the same "
        "section and quarter was past the date promised for its first answer; flagged above 20 %."
    )


REPORT = Report(
    "equity",
    gettext_lazy("Equity of answers"),
    gettext_lazy("Is everybody answered alike, whatever the channel, the language, the district and the tone?"),
    Audience.EVERYBODY,
    build,
)
