"""LOW, MEDIUM or HIGH: which gates the department passed, and how sure that is (measurement 2.3)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language_bidi, gettext_lazy
from django.utils.translation import gettext as _

from engagement import charts
from engagement.charts import Rail, Rung, Words
from engagement.dashboard.exhibits import Asked, Audience, Cell, Exhibit, Opening, Report, Table
from engagement.dashboard.levels import level_sentence, reason_sentences, sealed_sentence, status_sentence
from engagement.dashboard.panels import OFFICIAL, Reader
from engagement.dashboard.reports.gates import WITH_ROWS, gate_exhibit, gate_name, share_written, window_of
from engagement.dashboard.reports.records import sealed as not_shown_yet
from engagement.freezing import Status
from engagement.gates import Verdict
from engagement.ladder import BY_CODE
from engagement.levels import M_GATES, Judged, Reading
from engagement.models import Restatement
from engagement.scale import Level
from engagement.showing import isolated, percent, percents
from engagement.stated import Stated, levels_at, shown_from


def build(asked: Asked) -> Sequence[Exhibit]:
    """Return the level and each gate of one department, or the levels of several by name."""
    sealed = {each.pk: shown_from(each, asked.quarter, asked.now) for each in asked.departments}
    open_ones = [each for each in asked.departments if sealed[each.pk] is None]
    found = {
        each.department.pk: each for each in levels_at(open_ones, asked.quarter, asked.now, asked.at)
    } if open_ones else {}  # fmt: skip
    if len(asked.departments) > 1:
        return [_overview(asked, sealed, found)]
    [department] = asked.departments
    day = sealed[department.pk]
    if day is not None:
        return [not_shown_yet(str(department.name), day)]
    return _of_one(found[department.pk], asked)


def _overview(asked: Asked, sealed: dict[int, date | None], found: dict[int, Stated]) -> Exhibit:
    rows: list[tuple[Cell, ...]] = []
    for each in sorted(asked.departments, key=lambda one: str(one.name)):
        day, stated = sealed[each.pk], found.get(each.pk)
        if day is not None:
            rows.append((str(each.name), _("shown from {day}").format(day=date_format(day, "DATE_FORMAT")), None, None))
        elif stated is None or stated.reading is None:
            rows.append((str(each.name), _("not counted yet"), None, None))
        else:
            reading = stated.reading
            rows.append((str(each.name), reading.shown, reading.robustness or None, str(stated.status.label)))
    days = sorted({day for day in sealed.values() if day is not None})
    return Exhibit(
        "levels",
        _("The level of each department"),
        sealed_sentence(days[-1]) if days else _("By name, not by rank: open a department to see which gate decided."),
        Table((_("Department"), _("Level"), _("Robustness"), _("Status")), tuple(rows)),
        _formula(),
    )


def _of_one(stated: Stated, asked: Asked) -> list[Exhibit]:
    evidence, reading = stated.evidence, stated.reading
    if evidence is None or reading is None:
        return []
    if not (evidence.received or evidence.published or evidence.asked.trials or evidence.ratings.ratings):
        return []
    gates = [gate_exhibit(each, evidence, asked.reader, _rows_behind(each, stated, asked)) for each in reading.gates]
    later = stated.frozen.restated if stated.frozen and stated.status == Status.RESTATED else None
    restated = [_restated(later, asked.reader)] if later else []
    found = [_level(stated, reading, asked.reader.count(evidence.received), asked.reader), *restated, *gates]
    return [replace(each, counted_at=stated.counted_at, status=str(stated.status.label)) for each in found]


def _rows_behind(judged: Judged, stated: Stated, asked: Asked) -> tuple[tuple[str, str], ...]:
    if asked.reader is not OFFICIAL or judged.gate.code not in WITH_ROWS:
        return ()
    address = reverse("level_cases", args=[stated.department.code, judged.gate.code])
    query = f"quarter={stated.quarter}" + (f"&at={asked.at:%Y-%m-%dT%H:%M}" if asked.at else "")
    return ((f"{address}?{query}", _("The rows behind {gate}").format(gate=judged.gate.code)),)


def _level(stated: Stated, reading: Reading, n: str, reader: Reader) -> Exhibit:
    notes = [status_sentence(stated)]
    if stated.frozen is not None:
        notes.append(
            _("Method version {version}, calendar version {calendar}, fingerprint of the records {hash}.").format(
                version=isolated(str(reading.method_version)),
                calendar=isolated(str(stated.frozen.snapshot.calendar_revision)),
                hash=isolated(stated.frozen.snapshot.inputs_hash[:16]),
            )
        )
    notes += [
        _("Under version {version} of the method, which held until this quarter: {level}.").format(
            version=isolated(str(each.method_version)), level=isolated(each.shown)
        )
        for each in stated.readings[1:]
    ]
    sentence = level_sentence(stated)
    return Exhibit(
        "level",
        _("The engagement level"),
        sentence,
        Table(
            (_("Gate"), _("Verdict"), _("Share"), _("Threshold"), _("Looks at")),
            tuple(_row(each, reader) for each in reading.gates),
        ),
        _formula(),
        n=n,
        picture=charts.ladder(_words(sentence), _rungs(reading)),
        notes=tuple(notes),
    )


def _row(judged: Judged, reader: Reader) -> tuple[Cell, ...]:
    threshold = percents(percent(float(judged.threshold))) if judged.threshold is not None else _("yes or no")
    return (
        gate_name(judged.gate),
        str(judged.verdict.label),
        share_written(judged, reader),
        threshold,
        window_of(judged.months),
    )


def _words(sentence: str) -> Words:
    return Words("ladder", _("The ladder from LOW to HIGH and its nine gates"), sentence, get_language_bidi())


def _rungs(reading: Reading) -> list[Rung]:
    rails = {each.gate.code: _rail(each) for each in reading.gates}
    h_gates = tuple(rails[code] for code in rails if code not in M_GATES)
    m_gates = tuple(rails[code] for code in M_GATES)
    return [
        _rung(reading, Level.HIGH, h_gates),
        _rung(reading, Level.MEDIUM, m_gates),
        _rung(reading, Level.LOW, ()),
    ]


def _rail(judged: Judged) -> Rail:
    return Rail(f"{gate_name(judged.gate)}: {judged.verdict.label}", judged.verdict.value)


def _rung(reading: Reading, level: Level, rails: tuple[Rail, ...]) -> Rung:
    is_proven = reading.is_rated and level <= reading.proven
    is_possible = reading.is_rated and level <= reading.possible
    if not reading.is_rated:
        said = _("Not rated")
    elif is_proven:
        said = _("Reached")
    elif is_possible:
        said = _("Not excluded")
    else:
        said = _("Not reached")
    return Rung(str(level.label), said, rails, is_proven, is_possible)


def _restated(restated: Restatement, reader: Reader) -> Exhibit:
    return Exhibit(
        "restated",
        _("What a later count has otherwise"),
        _("The figures below were frozen. Counted again on {day}, these are not the same.").format(
            day=isolated(date_format(restated.counted_at, "DATE_FORMAT"))
        ),
        Table(
            (_("What"), _("As frozen"), _("As counted later")),
            tuple(
                (_named(each["what"]), _written(each["before"], reader), _written(each["now"], reader))
                for each in restated.differences
            ),
        ),
        _("Every night each frozen quarter is counted again and compared. What was frozen stays; what is otherwise is "
          "written down beside it, with what came into the records since."),
        notes=reason_sentences(restated.reasons, reader),
    )  # fmt: skip


def _named(what: str) -> str:
    if what == "level":
        return _("Level")
    kind, _colon, code = what.partition(":")
    return gate_name(BY_CODE[code]) if kind == "g" else _("Step {code}").format(code=isolated(code))


def _written(value: dict[str, object] | None, reader: Reader) -> str:
    """Write a verdict or a level for everybody, counts for officials alone: how few changed would tell on people."""
    if value is None:
        return _("not counted")
    if "proven" in value:
        low, high = (str(Level[str(value[name])].label) for name in ("proven", "possible"))
        return low if low == high else f"{low} – {high}"
    verdict = str(Verdict(str(value["verdict"])).label) if "verdict" in value else ""
    if reader is not OFFICIAL:
        return verdict or _("changed")
    counts = (value.get("k"), value.get("n")) if verdict else (value["on_time"], value["late"])
    said = _("{k} of {n}") if verdict else _("{k} on time, {n} late")
    known = said.format(k=counts[0], n=counts[1]) if None not in counts else ""
    return _(", ").join(part for part in (verdict, known) if part)


def _formula() -> str:
    return _(
        "Proven: HIGH when all nine gates are passed, MEDIUM when M1, M2 and M3 are, else LOW. Possible: HIGH when no "
        "gate fails, MEDIUM when none of M1, M2 and M3 fails, else LOW. Where they differ, there are too few records "
        "to say more. A gate that counts cases (M1, M2, M3, H1) is passed when the whole 95-percent interval lies at "
        "or above its threshold, failed when it lies below, else not proven; it needs ten cases. A gate that asks for "
        "a duty is judged by the plain share. Stable: the same with every threshold ten points lower and higher."
    )


LEVEL = Report(
    "level",
    gettext_lazy("The engagement level"),
    gettext_lazy("LOW, MEDIUM or HIGH: a ladder of nine gates, each a part of what engagement means, none for sale."),
    Audience.EVERYBODY,
    build,
    opens_on=Opening.FINISHED,
)
