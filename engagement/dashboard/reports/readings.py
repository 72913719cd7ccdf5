"""Three readings of each department on one axis, never blended: what the records say, where its officials place it, and
where citizens do (measurement 2.5)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language_bidi, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from complaints.desk.queue import name_of
from departments.models import Department
from engagement import charts
from engagement.charts import Reading, Words
from engagement.dashboard.exhibits import Asked, Audience, Cell, Exhibit, Opening, Report, Table
from engagement.dashboard.panels import OFFICIAL
from engagement.dashboard.reports.shares import count_cell, distribution, sentence, told
from engagement.difference import Difference, RecordsReading, difference
from engagement.figures import counted
from engagement.heard import Heard, at_least_medium, at_level, level
from engagement.hearing import FEWEST_OFFICIALS, is_read, officials, remarks
from engagement.scale import Level
from engagement.sealing import reading_shown_from
from engagement.showing import between, isolated, percent, percents, unstopped
from engagement.stated import levels_at


def records(asked: Asked) -> Mapping[int, RecordsReading]:
    """What the records say of each department (by primary key); one that is not rated, or not counted yet, is not in
    it."""
    stated = levels_at(asked.departments, asked.quarter, asked.now, asked.at)
    return {
        each.department.pk: RecordsReading(each.reading.proven, each.reading.possible)
        for each in stated
        if each.reading is not None and each.reading.is_rated
    }


@dataclass(frozen=True)
class Three:
    """One department's readings; each None where there is none, or none for the reader."""

    department: Department
    is_open: bool  # whether the quarter is read yet
    records: RecordsReading | None
    officials: Counter[Level] | None
    citizens: Heard | None

    @property
    def difference(self) -> Difference | None:
        """Between officials and records, where there are both."""
        both = self.records is not None and self.officials is not None
        return difference(self.officials, self.records) if both else None  # type: ignore[arg-type]


def build(asked: Asked) -> list[Exhibit]:
    """Return the one exhibit; none where nobody said or recorded anything."""
    rows = _three(asked)
    if all(row.is_open and row.records is None and row.officials is None and not _asked(row) for row in rows):
        return []
    rows.sort(key=lambda row: str(row.department.name))
    drawn = [_reading(row, asked) for row in rows]
    title = _("Three readings: records, officials, citizens")
    if len(rows) == 1:
        only = drawn[0]
        said = " ".join(filter(None, (only.records_said, only.officials_said, only.citizens_said, _gap(rows[0]))))
    else:
        said = _("Each department by name, not by rank. What lies between the readings is a difference, not a verdict.")
    spoken = " ".join(f"{r.label}: {r.records_said} {r.officials_said} {r.citizens_said}" for r in drawn)
    words = Words("readings", title, spoken, get_language_bidi())
    levels = (str(Level.LOW.label), str(Level.MEDIUM.label), str(Level.HIGH.label))
    return [
        Exhibit(
            "readings",
            title,
            said,
            Table(_head(), tuple(cells for row in rows for cells in _rows(row, asked))),
            _formula(),
            n=str(len(rows)),
            picture=charts.readings(words, drawn, levels),
            notes=tuple(_remarks(rows, asked)),
            more=_more(rows, asked),
        )
    ]


def _asked(row: Three) -> int:
    return row.citizens.asked if row.citizens is not None else 0


def _three(asked: Asked) -> list[Three]:
    """Read all three of each department, in a fixed number of queries."""
    said = officials(asked.departments, asked.quarter, asked.moment)
    heard = {
        each.department.pk: each.counts
        for each in counted("citizens", asked.departments, asked.quarter, asked.now, asked.at)
    }
    found = records(asked)
    rows = []
    for each in asked.departments:
        is_open = is_read(each, asked.quarter, asked.moment)
        counts = heard[each.pk]
        called = Heard.read(counts["called"]) if is_open and counts and counts["called"] else None
        rows.append(Three(each, is_open, found.get(each.pk) if is_open else None, said[each.pk], called))
    return rows


def _reading(row: Three, asked: Asked) -> Reading:
    places = row.officials
    shares = _citizens_drawn(row, asked)
    return Reading(
        str(row.department.name),
        (row.records.proven.rank, row.records.possible.rank) if row.records else None,
        _records_said(row, asked),
        (places[Level.LOW], places[Level.MEDIUM], places[Level.HIGH]) if places else None,
        _officials_said(row),
        shares,
        _citizens_said(row, asked),
    )


def _records_said(row: Three, asked: Asked) -> str:
    if not row.is_open:
        day = date_format(reading_shown_from(asked.quarter), "DATE_FORMAT")
        return _("Sealed until {day}: officials judge the quarter before its readings are shown.").format(
            day=isolated(day)
        )
    return _("Records: {level}.").format(level=_level_of(row.records))


def _level_of(found: RecordsReading | None) -> str:
    if found is None:
        return _("no level yet")
    if found.proven is found.possible:
        return str(found.proven.label)
    return _("at least {low}, at most {high}").format(low=found.proven.label, high=found.possible.label)


def _officials_said(row: Three) -> str:
    if not row.is_open:
        return ""
    if row.officials is None:
        return _("Officials: too few to show without naming persons.")
    spread = _(", ").join(
        f"{isolated(str(row.officials[each]))} {each.label}" for each in reversed(Level) if row.officials[each]
    )
    n = row.officials.total()
    return ngettext("Of {n} official: {spread}.", "Of {n} officials: {spread}.", n).format(
        n=isolated(str(n)), spread=spread
    )


def _citizens_said(row: Three, asked: Asked) -> str:
    if not row.is_open:
        return ""
    if row.citizens is None:
        return _("Citizens: no call-back yet.")
    said = sentence(
        row.citizens.share(at_least_medium),
        asked.reader,
        _("{share} of {n} citizens in the random call-back say MEDIUM or HIGH"),
    )
    return _("Citizens: {sentence}.").format(sentence=unstopped(said))


def _citizens_drawn(row: Three, asked: Asked) -> tuple[float, float, float] | None:
    if row.citizens is None:
        return None
    given = row.citizens.counts(level)
    cells = distribution([given[each] for each in Level], asked.reader)
    if not given or any(cell is None or not cell.replace(",", "").isdecimal() for cell in cells):
        return None
    low, medium, high = (row.citizens.share(at_level(each)).share or 0.0 for each in Level)
    return low, medium, high


def _gap(row: Three) -> str:
    found = row.difference
    if found is None:
        return ""
    low, high = (isolated(percents(percent(end))) for end in found.interval)
    return _(
        "Difference: {k} of {n} officials place the department higher than its records allow ({share}; likely between "
        "{low} and {high})."
    ).format(
        k=isolated(str(found.above)),
        n=isolated(str(found.n)),
        share=isolated(percents(percent(found.above / found.n))),
        low=low,
        high=high,
    )


def _head() -> tuple[str, ...]:
    levels = (str(each.label) for each in Level)
    return (_("Reading"), _("What it says"), *levels, _("n"), _("Likely between"), _("Bounds"))


def _rows(row: Three, asked: Asked) -> Iterator[tuple[Cell, ...]]:
    """The three readings of one department, a row each."""
    before = f"{row.department.name}: " if len(asked.departments) > 1 else ""
    is_told = row.is_open and row.records is not None
    records, officials, citizens = (before + word for word in (_("Records"), _("Officials"), _("Citizens")))
    yield (records, _level_of(row.records) if is_told else None, *[None] * 6)
    yield (officials, *_of_officials(row))
    yield (citizens, *_of_citizens(row, asked))


def _of_officials(row: Three) -> tuple[Cell, ...]:
    if row.officials is None:
        return (None,) * 7
    places: list[Cell] = [row.officials[each] for each in Level]
    gap = row.difference
    if gap is None:
        return (None, *places, row.officials.total(), None, None)
    said = _("{share} above what the records allow").format(share=percents(percent(gap.above / gap.n)))
    return (said, *places, gap.n, between(*gap.interval), None)


def _of_citizens(row: Three, asked: Asked) -> tuple[Cell, ...]:
    if row.citizens is None:
        return (None,) * 7
    share = row.citizens.share(at_least_medium)
    given = row.citizens.counts(level)
    said = told(share, asked.reader)
    places = distribution([given[each] for each in Level], asked.reader)
    words = _("{share} MEDIUM or HIGH").format(share=said.share) if said.share else None
    return (words, *places, count_cell(share.answered, asked.reader), said.interval or None, said.bounds or None)


def _remarks(rows: Sequence[Three], asked: Asked) -> list[str]:
    there = remarks([row.department for row in rows if row.is_open], asked.quarter, asked.moment)
    return [
        _("Remark of {department}: “{text}” Signed by {name}, {day}.").format(
            department=row.department.name,
            text=isolated(there[row.department.pk].text),
            name=isolated(name_of(there[row.department.pk].signed_by)),
            day=isolated(date_format(there[row.department.pk].signed_at, "DATE_FORMAT")),
        )
        for row in rows
        if row.department.pk in there
    ]


def _more(rows: Sequence[Three], asked: Asked) -> tuple[tuple[str, str], ...]:
    if asked.reader is not OFFICIAL or len(rows) > 1:
        return ()
    code = rows[0].department.code
    query = f"?quarter={asked.quarter}"
    links = [(reverse("dashboard_calls", args=[code]), _("The call list"))]
    if rows[0].is_open:
        links.append((f"{reverse('dashboard_remark', args=[code])}{query}", _("The department's remark")))
    return tuple(links)


def _formula() -> str:
    return _(
        "Records: the level that the gates prove, and the highest that they leave possible. Officials: everybody in a "
        "post of the department may choose LOW, MEDIUM or HIGH in the last week of the quarter, before the records are "
        "read; the last choice of each counts, nobody is shown who chose what, and of fewer than {few} nothing is "
        "shown. Citizens: who answered the random call-back, weighted by channel; LOW when the office did not answer "
        "or took no opinion, MEDIUM when it answered and an opinion could be given, HIGH when that was used or "
        "explained. Difference: the share of officials who place the department above what the records leave possible, "
        "with Wilson's 95-percent interval. The three are never averaged."
    ).format(few=FEWEST_OFFICIALS)


REPORT = Report(
    "readings",
    gettext_lazy("Three readings"),
    gettext_lazy(
        "How high is the engagement, by the records, by the officials and by the citizens? Side by side, never blended."
    ),
    Audience.EVERYBODY,
    build,
    opens_on=Opening.FINISHED,
)
