"""Departments beside each other: which of them differ from the others by more than chance, among those with about as
many cases. Never a rank (measurement 2.10)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import get_language_bidi, gettext_lazy
from django.utils.translation import gettext as _

from engagement.charts import Words
from engagement.charts.funnel import ALARM, WARNING, Department, funnel, limits
from engagement.dashboard.exhibits import Asked, Audience, Cell, Exhibit, Opening, Report, Span, Table
from engagement.dashboard.reports.records import figures_of, moment_of, sealed, sealed_until
from engagement.showing import isolated, number, percent, percents

# Both the department and all the others need so many cases to be compared (2.10).
FEWEST = 30
# Departments are set beside those with about as many cases: from so many on to the next.
GROUPS = (FEWEST, 100, 1_000, 10_000)


@dataclass(frozen=True)
class Compared:
    """A department that can be compared; `mark` is its number in the order of names."""

    mark: int
    name: str
    successes: int
    n: int

    @property
    def share(self) -> float:
        return self.successes / self.n

    @property
    def group(self) -> int:
        """Where its volume group begins."""
        return max(begin for begin in GROUPS if begin <= self.n)


def comparison(asked: Asked) -> Sequence[Exhibit]:
    """A funnel for each volume group; where nothing can be compared, the sentence that says so."""
    day = sealed_until(asked)
    if day is not None:
        return [sealed(_("All departments"), day)]
    found = figures_of(asked)
    listed, left_out = [], []
    for mark, each in enumerate(found, start=1):
        name, answers = str(each.department.name), each.answered
        shown = asked.reader.share(answers.successes, answers.trials) if answers else None
        if answers and shown and shown.exact and answers.trials >= FEWEST:
            listed.append(Compared(mark, name, answers.successes, answers.trials))
        else:
            left_out.append(name)
    whole = sum(each.n for each in listed)
    comparable = [each for each in listed if whole - each.n >= FEWEST]
    if not comparable:
        return [_nothing(left_out, moment_of(found))] if found else []
    overall = sum(each.successes for each in listed) / whole
    moment = moment_of(found)
    return [
        _group(begin, [each for each in comparable if each.group == begin], (overall, whole), left_out, moment)
        for begin in GROUPS
        if any(each.group == begin for each in comparable)
    ]


def _group(
    begin: int, members: Sequence[Compared], whole: tuple[float, int], left_out: Sequence[str], moment: object
) -> Exhibit:
    overall, cases = whole
    title = _title(begin)
    outside = [each for each in members if _place(each, overall) != _within()]
    sentence = _(
        "Together {share} of {n} queries were answered within 10 working days; {k} of these {of} departments differ "
        "from "
        "that by more than chance."
    ).format(
        share=isolated(percents(percent(overall))), n=isolated(number(cases)), k=isolated(number(len(outside))),
        of=isolated(number(len(members))),
    )  # fmt: skip
    name = f"from-{begin}"
    points = [Department(str(each.mark), each.share, each.n) for each in members]
    said = _("Dashed: all together, {share}. Along: the number of cases.").format(
        share=isolated(percents(percent(overall)))
    )
    notes = [_("The numbers are the order of names in the table, nothing else.")]
    if left_out:
        notes.append(
            _("Too few cases, or too few of one kind to be told: {names}.").format(names=_(", ").join(left_out))
        )
    return Exhibit(
        name, title, sentence,
        Table(
            (_("Department"), _("Number in the picture"), _("Answered in time"), _("Of"), _("Share in %"),
             _("Beside all together")),
            tuple(_row(each, overall) for each in members),
        ),
        _("M1 of the quarter. Dark ground: where 95 of 100 departments would lie that are like all others; pale "
          "ground: "
          "998 of 1,000. The limits are p ± z·√(p(1−p)/n) with the overall share p, and z = 1.96 and 3.09. Only "
          "departments with 30 cases or more are compared, with those that have about as many."),
        number(sum(each.n for each in members)),
        funnel(Words(f"{name}-picture", title, sentence, get_language_bidi()), points, overall, said),
        tuple(notes), counted_at=moment,  # type: ignore[arg-type]
    )  # fmt: skip


def _title(begin: int) -> str:
    following = [each for each in GROUPS if each > begin]
    if following:
        return _("Departments with {low} to {high} cases").format(
            low=isolated(number(begin)), high=isolated(number(following[0] - 1))
        )
    return _("Departments with {low} cases or more").format(low=isolated(number(begin)))


def _row(each: Compared, overall: float) -> tuple[Cell, ...]:
    return each.name, each.mark, each.successes, each.n, round(each.share * 100, 1), _place(each, overall)


def _within() -> str:
    return _("as chance would have it")


def _place(each: Compared, overall: float) -> str:
    for z, above, below in (
        (ALARM, _("above, beyond 99.8 %"), _("below, beyond 99.8 %")),
        (WARNING, _("above, beyond 95 %"), _("below, beyond 95 %")),
    ):
        low, high = limits(overall, each.n, z)
        if each.share > high:
            return above
        if each.share < low:
            return below
    return _within()


def _nothing(left_out: Sequence[str], moment: object) -> Exhibit:
    return Exhibit(
        "none",
        _("Nothing can be compared"),
        _("A comparison needs two departments with 30 cases each whose shares may be told."),
        Table(
            (_("Department"), _("Why not")),
            tuple((name, _("too few cases, or too few of one kind to be told")) for name in left_out),
        ),
        _("Below 30 cases chance alone makes large differences."),
        counted_at=moment,  # type: ignore[arg-type]
    )


COMPARISON = Report(
    "comparison",
    gettext_lazy("Departments beside each other"),
    gettext_lazy("Which departments differ from the others by more than chance; by name, without a rank."),
    Audience.EVERYBODY,
    comparison,
    Span.ALL,
    opens_on=Opening.FINISHED,
)
