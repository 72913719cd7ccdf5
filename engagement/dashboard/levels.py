"""The level in sentences, for the page of a department and for the report that says it all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from departments.models import Department
from engagement.dashboard.forms import name_of
from engagement.dashboard.panels import Reader
from engagement.figures import is_quick
from engagement.freezing import Status, last_provisional_day
from engagement.frozen import frozen, status_of
from engagement.gates import FEWEST
from engagement.periods import Quarter, day_in
from engagement.showing import isolated
from engagement.stated import Stated, levels_at, shown_from


@dataclass(frozen=True)
class LevelLine:
    """What the page of a department says of its level: a sentence and the status of the figures."""

    sentence: str
    status: str = ""


def level_line(department: Department, quarter: Quarter, now: datetime, at: datetime | None) -> LevelLine | None:
    """Return the line for the page of a department; None where counting an earlier moment would take long (the report
    does it)."""
    sealed = shown_from(department, quarter, now)
    if sealed is not None:
        return LevelLine(sealed_sentence(sealed))
    if at is not None and not is_quick():
        return None
    [stated] = levels_at([department], quarter, now, at)
    return LevelLine(level_sentence(stated), status_sentence(stated))


def sealed_sentence(day: date) -> str:
    """Say from which day the reading is shown, and why not before."""
    return _(
        "The level of this quarter and its gates are shown from {day} on: officials first say themselves how high they "
        "hold it, without having seen the records."
    ).format(day=isolated(date_format(day, "DATE_FORMAT")))


def level_sentence(stated: Stated) -> str:
    """Say the level of one department's quarter."""
    reading, quarter = stated.reading, isolated(name_of(stated.quarter))
    if reading is None:
        return _("The level of {quarter} has not been counted yet.").format(quarter=quarter)
    if not reading.is_rated:
        return _(
            "The engagement level of {department} in {quarter} is not rated: fewer than {fewest} queries came in, and "
            "fewer than {fewest} items went out."
        ).format(department=stated.department.name, quarter=quarter, fewest=isolated(str(FEWEST)))
    said = _("Engagement level of {department} in {quarter}: {level} ({robustness}).").format(
        department=stated.department.name,
        quarter=quarter,
        level=isolated(reading.shown),
        robustness=reading.robustness,
    )
    if reading.is_one_way:
        said += " " + _("One-way: queries are not answered, and what is published cannot be answered.")
    return said


def status_sentence(stated: Stated) -> str:
    """Say whether the figures may still change, and what they are the figures of."""
    found, last_day = stated.frozen, last_provisional_day(stated.quarter)
    if found is None and stated.counted_at and day_in(stated.department.calendar.zone, stated.counted_at) > last_day:
        return _("Provisional: the quarter is over for so long that it is frozen in the coming night.")
    if found is None:
        day = isolated(date_format(last_day, "DATE_FORMAT"))
        return _("Provisional until {day}: later facts, such as a reopening, may still change it.").format(day=day)
    moment = isolated(date_format(localtime(found.snapshot.frozen_at), "DATETIME_FORMAT"))
    said = _("Final: frozen as of {moment}.").format(moment=moment)
    if found.status == Status.RESTATED and found.restated is not None:
        later = isolated(date_format(localtime(found.restated.counted_at), "DATE_FORMAT"))
        said += " " + _("Restated: counted on {day} it comes to something else.").format(day=later)
    return said


def basis_sentence(departments: Sequence[Department], quarter: Quarter, at: datetime) -> str:
    """Say whether a page's figures of a quarter may still change, as of `at`."""
    found = frozen(departments, quarter, at)
    statuses = {status_of(found.get(each.pk)) for each in departments}
    if Status.PROVISIONAL in statuses:
        return _("Provisional: later facts, such as a reopening, may still change it.")
    if Status.RESTATED in statuses:
        return _("The quarter is frozen; what was found otherwise since is restated on the page of the level.")
    return _("The quarter is frozen, and a later count comes to the same.")


def reason_sentences(reasons: Mapping[str, Any], reader: Reader) -> tuple[str, ...]:
    """Say what was written after a quarter was frozen."""
    n = reasons["queries"]
    said = [
        ngettext(
            "Since then something was written into the trail of {n} query.",
            "Since then something was written into the trails of {n} queries.",
            n,
        ).format(n=isolated(reader.count(n)))
    ]
    if reasons["calendar_changed"]:
        said.append(_("The calendar of the department was changed since."))
    return tuple(said)
