"""Was the procedure kept, and by whom: the weakest step of each stage, owners, days with somebody responsible, the same
roles everywhere, codes, the time to a resolution beside what was taken off it, closures that held (measurement 2.6)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi, gettext_lazy
from django.utils.translation import gettext as _

from departments.models import Department
from departments.roles import Role
from departments.sops import Stage
from engagement import charts
from engagement.charts import CountBar, Words
from engagement.clocks import median
from engagement.dashboard.exhibits import Asked, Audience, Cell, Exhibit, Report, Table
from engagement.dashboard.panels import Reader, panel
from engagement.figures import Figures, counted, figures_at, figures_now
from engagement.showing import isolated, number, percent, percents, sentences

Conduct = Mapping[str, Any]


@dataclass(frozen=True)
class Counts:
    """What was counted of one department."""

    department: Department
    conduct: Conduct


def build(asked: Asked) -> Sequence[Exhibit]:
    """Make the page; what was not counted yet is left out."""
    if asked.at is None:
        figures = figures_now(asked.departments, asked.quarter, asked.now)
    else:
        figures = figures_at(asked.departments, asked.quarter, asked.at)
    with_data = [each for each in figures if each.compliance and each.compliance.stages]
    kept = counted("conduct", asked.departments, asked.quarter, asked.now, asked.at)
    found = [Counts(each.department, each.counts) for each in kept if each.counts is not None]
    exhibits = [_weakest(with_data, asked)] if with_data else []
    if any(each.conduct["owned"][1] for each in found):
        exhibits += [
            _owners(found, asked.reader), _coverage(found), _uniform(found[0].conduct), _tracked(found, asked.reader),
            _time(found, asked.reader), _held(found, asked.reader),
        ]  # fmt: skip
    return exhibits


def _weakest(figures: Sequence[Figures], asked: Asked) -> Exhibit:
    one = panel(figures[0], asked.reader) if len(asked.departments) == 1 else None
    rows: list[tuple[Cell, ...]] = []
    for each in figures:
        for stage in each.compliance.stages if each.compliance else ():
            speaks = asked.reader.stage(stage).weakest
            name = f"{each.department.name}: {Stage(stage.stage).label}"
            rows.append(
                (name, f"{speaks.figure.code} {speaks.figure.title}", speaks.shown.n, speaks.shown.share)
                if speaks
                else (name, None, None, None)
            )
    return Exhibit(
        name="weakest-steps",
        title=_("The weakest step of each stage"),
        sentence=one.met_sentence if one else _("A stage is as good as its weakest mandatory step, never a mean."),
        table=Table((_("Stage"), _("Weakest mandatory step"), _("Cases"), _("On time")), tuple(rows)),
        formula=_(
            "On time of what fell due: what is open past its date, and what was closed without being done, is late. "
            "The weakest mandatory step speaks for its stage, and a step meets the standard when four in five are on "
            "time."
        ),
        picture=one.picture if one else None,
        notes=tuple(f"{stage.stage.label}: {stage.sentence}" for stage in one.stages) if one else (),
    )


def _owners(found: Sequence[Counts], reader: Reader) -> Exhibit:
    def shown(each: Counts) -> str:
        valid, opened, stays = each.conduct["owned"]
        return percents(percent(valid / opened)) if opened and stays >= reader.judged_from else ""

    rows = tuple(
        (str(each.department.name), shown(each) or None, reader.count(each.conduct["owned"][2])) for each in found
    )
    return Exhibit(
        name="owners",
        title=_("Did everything open have an owner?"),
        sentence=_of_one(
            found, shown,
            _("Of all the time in which queries of {department} were open, {share} had an owner in a post for it."),
            _("The share of the time in which open queries had an owner in a post for it."),
        ),
        table=Table((_("Department"), _("Time with an owner"), _("Stays in a stage")), rows),
        formula=_(
            "O1: time with a valid owner ÷ open time, inside the quarter. An owner is valid while holding a post that "
            "may answer (for monitoring: that may monitor) in the section, the department or the centre."
        ),
        picture=_bars("owners", _("Time with an owner"), found, shown,
                      lambda each: (each.conduct["owned"][0], each.conduct["owned"][1])),
    )  # fmt: skip


def _of_one(found: Sequence[Counts], shown: Callable[[Counts], str], wording: str, other: str) -> str:
    """The sentence about one department; about several, or where there are too few cases, what the table holds."""
    if len(found) != 1:
        return other
    share = shown(found[0])
    if not share:
        return _("Too few cases for a rate.")
    return wording.format(department=str(found[0].department.name), share=isolated(share))


def _bars(
    name: str,
    title: str,
    found: Sequence[Counts],
    shown: Callable[[Counts], str],
    pair: Callable[[Counts], tuple[int, int]],
) -> SafeString | None:
    """Draw one bar of a hundred for each department with a share that may be told: hatched is what is missing."""
    bars = []
    for each in found:
        said = shown(each)
        if said and said.strip("\u2066\u2069").replace("\u00a0", "").rstrip("%").isdecimal():
            k, n = pair(each)
            bars.append(CountBar(str(each.department.name), isolated(said), 100, 100 - percent(k / n)))
    if not bars:
        return None
    description = sentences(f"{bar.label}: {bar.said}" for bar in bars)
    return charts.counts(Words(name, title, description, get_language_bidi()), bars)


def _coverage(found: Sequence[Counts]) -> Exhibit:
    rows = tuple(
        (f"{each.department.name}: {Stage(stage).label}", covered, days)
        for each in found
        for stage, (covered, days) in each.conduct["covered"].items()
    )
    full = sum(covered == days for _name, covered, days in rows)
    return Exhibit(
        name="coverage",
        title=_("Did every stage have somebody responsible?"),
        sentence=_("In {k} of {n} stages section, lead and deputy were named on every day.").format(
            k=isolated(number(full)), n=isolated(number(len(rows)))
        ),
        table=Table((_("Stage"), _("Days with section, lead and deputy"), _("Days")), rows),
        formula=_("Days at whose end section, lead and deputy were named ÷ days of the quarter that have ended."),
    )


def _uniform(conduct: Conduct) -> Exhibit:
    rows: list[tuple[Cell, ...]] = []
    for stage, roles in conduct["roles"].items():
        departments = sum(roles.values())
        named = {role: n for role, n in roles.items() if role}
        most = max(named, key=lambda role: named[role]) if named else ""
        label = str(Role(most).label) if most else None
        rows.append((str(Stage(stage).label), label, named.get(most, 0), departments))
    same = sum(row[2] == row[3] for row in rows)
    return Exhibit(
        name="uniform",
        title=_("Is a stage in the same hands everywhere?"),
        sentence=_("In {k} of {n} stages all departments give the lead to the same role.").format(
            k=isolated(number(same)), n=isolated(number(len(rows)))
        ),
        table=Table((_("Stage"), _("Most frequent role of the lead"), _("Departments with it"), _("Departments")),
                    tuple(rows)),
        formula=_(
            "U: the departments whose lead of the stage holds the most frequent role ÷ all departments that take "
            "queries, at the end of the quarter or at the moment asked for. The survey found no two departments alike."
        ),
    )  # fmt: skip


def _tracked(found: Sequence[Counts], reader: Reader) -> Exhibit:
    def shown(each: Counts) -> str:
        return reader.share(*each.conduct["tracked"]).share

    rows = tuple(
        (str(each.department.name), one.on_time or None, one.n, one.share or None)
        for each in found
        for one in [reader.share(*each.conduct["tracked"])]
    )
    return Exhibit(
        name="trackable",
        title=_("Could citizens follow their query?"),
        sentence=_of_one(
            found, shown, _("Of the queries that {department} received, {share} came with a code that reached the "
                            "citizen."),
            _("The share of queries whose code reached the citizen."),
        ),
        table=Table((_("Department"), _("Code delivered"), _("Queries"), _("Share")), rows),
        formula=_(
            "T: queries whose citizen got the tracking code, at once on the page, at the counter or on the telephone, "
            "or with an acknowledgement that was delivered ÷ queries received."
        ),
        picture=_bars("trackable", _("Code delivered"), found, shown, lambda each: tuple(each.conduct["tracked"])),
    )  # fmt: skip


def _time(found: Sequence[Counts], reader: Reader) -> Exhibit:
    rows = tuple(_time_row(each, reader) for each in found)
    one = found[0].conduct["clocks"] if len(found) == 1 else None
    sentence = _("Half of the resolutions took at most so many working days, with and without what is taken off.")
    if one is not None and _may_tell(one, reader):
        sentence = _(
            "Half of the citizens of {department} had a resolution within {gross} working days; net of pauses and of "
            "closures that did not hold, within {net}. Pauses were {share} of the time."
        ).format(
            department=str(found[0].department.name), gross=isolated(str(_median(one, "gross"))),
            net=isolated(str(_median(one, "net"))), share=isolated(_paused(one)),
        )  # fmt: skip
    elif one is not None:
        sentence = _("Too few resolutions for a median.")
    head = (
        _("Department"), _("Resolutions"), _("Citizen's clock"), _("Net of pauses and lapsed closures"),
        _("Department's own clock"), _("Share of pauses"),
    )  # fmt: skip
    return Exhibit(
        name="time",
        title=_("How long did a resolution take?"),
        sentence=sentence,
        table=Table(head, rows),
        formula=_(
            "Medians in working days, the day of receipt being day 0; never means. Citizen's clock: W, from the first "
            "receipt through all transfers to the closure that stands. Net: W − P − G, without admissible pauses and "
            "without the time from a closure that did not hold to its reopening. Own clock: the net time while the "
            "resolving department held the query. Share of pauses: ΣP ÷ ΣW. Withdrawals and “not reached” are left "
            "out; closures that may still be objected to are in."
        ),
        picture=_time_picture(found, reader),
    )


def _may_tell(clocks: Conduct, reader: Reader) -> bool:
    return int(clocks["n"]) >= max(reader.judged_from, 1)


def _median(clocks: Conduct, name: str) -> int | None:
    return median({int(days): n for days, n in clocks[name].items()})


def _paused(clocks: Conduct) -> str:
    return percents(percent(clocks["P"] / clocks["W"])) if clocks["W"] else percents(0)


def _time_row(each: Counts, reader: Reader) -> tuple[Cell, ...]:
    clocks = each.conduct["clocks"]
    n = reader.count(clocks["n"])
    if not _may_tell(clocks, reader):
        return (str(each.department.name), n, None, None, None, None)
    medians = (_median(clocks, name) for name in ("gross", "net", "own"))
    return (str(each.department.name), n, *medians, _paused(clocks))


def _time_picture(found: Sequence[Counts], reader: Reader) -> SafeString | None:
    bars = []
    for each in found:
        clocks = each.conduct["clocks"]
        if _may_tell(clocks, reader):
            gross, net = _median(clocks, "gross") or 0, _median(clocks, "net") or 0
            said = _("{gross} working days, net {net}").format(gross=isolated(str(gross)), net=isolated(str(net)))
            bars.append(CountBar(str(each.department.name), said, gross, gross - net))
    if not bars:
        return None
    description = sentences(f"{bar.label}: {bar.said}" for bar in bars)
    title = _("Time to a resolution; hatched: what is taken off")
    return charts.counts(Words("time", title, description, get_language_bidi()), bars)


def _held(found: Sequence[Counts], reader: Reader) -> Exhibit:
    def pair(each: Counts) -> tuple[int, int]:
        voided, n = each.conduct["voided"]
        return n - voided, n

    def shown(each: Counts) -> str:
        return reader.share(*pair(each)).share

    rows = tuple(
        (str(each.department.name), one.on_time or None, one.n, one.share or None)
        for each in found
        for one in [reader.share(*pair(each))]
    )
    return Exhibit(
        name="held",
        title=_("Did closures hold?"),
        sentence=_of_one(
            found, shown, _("Of the closures of {department}, {share} have not been undone."),
            _("The share of closures that have not been undone."),
        ),
        table=Table((_("Department"), _("Not undone"), _("Closures"), _("Share")), rows),
        formula=_(
            "Held rate: 1 − voided closures ÷ closures of the quarter. A citizen, a failed call-back or the monitor "
            "voids a closure; until 30 days have passed without objection, one may still be voided."
        ),
        picture=_bars("held", _("Closures that have not been undone"), found, shown, pair),
    )  # fmt: skip


REPORT = Report(
    slug="procedure",
    title=gettext_lazy("Was the procedure kept?"),
    lead=gettext_lazy(
        "Who answers for each stage, whether the steps are kept, and how long citizens wait for the end."
    ),
    audience=Audience.EVERYBODY,
    build=build,
)
