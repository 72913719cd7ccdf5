"""All that the gates of a department's quarter are judged by, gathered from the records as of a moment.

M1, M3 and the doors of H1 look at the quarter. M2 and the share of H1 add the three quarters before where the quarter
has too few cases: M1 quarter by quarter, because of one citizen five count in each. H2 to H6 look at twelve months at
once. Reads only, in a number of queries that does not depend on how many departments or cases there are.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from departments.models import Department
from engagement.cohorts import answered, asked
from engagement.compliance import period
from engagement.evidence import Cases, Did, Evidence, summed
from engagement.gates import Answered
from engagement.ladder import BY_CODE, QUARTER, YEAR
from engagement.openings import ways_open
from engagement.outreach_records import participation
from engagement.participation import (
    Participation,
    co_produced,
    entered_a_decision,
    had_a_say,
    invites,
    loops_closed,
    published_in,
)
from engagement.periods import Quarter, day_in
from engagement.ratings import rated, year_ending


def level(departments: Sequence[Department], quarter: Quarter, at: datetime) -> dict[int, Any]:
    """Return the evidence of each department (primary key) as plain values: a family of engagement/tallies.py."""
    return {pk: each.as_json() for pk, each in gathered(departments, quarter, at).items()}


def gathered(departments: Sequence[Department], quarter: Quarter, at: datetime) -> dict[int, Evidence]:
    """Return the evidence of each department (primary key) for `quarter`, as of `at` (aware)."""
    answers = answered(departments, quarter.start, quarter.end, at)
    asking = asked(departments, quarter.start, quarter.end, at)
    queries = _widened(departments, quarter, at, answers)
    ways = ways_open(departments, quarter, at)
    ratings = rated(departments, quarter, at)
    shared = _participation(departments, quarter, at)
    return {
        each.pk: Evidence(
            answered=answers[each.pk],
            asked=asking[each.pk],
            queries=queries[each.pk][0],
            queries_months=queries[each.pk][1],
            ways=ways[each.pk],
            ratings=ratings[each.pk],
            **shared[each.pk],
        )
        for each in departments
    }


def _widened(
    departments: Sequence[Department], quarter: Quarter, at: datetime, answers: Mapping[int, Answered]
) -> dict[int, tuple[Answered, int]]:
    """The cases of H1: of the quarter, or, where they are too few, of it and the three before."""
    fewest = BY_CODE["H1"].widened_below
    few = [each for each in departments if answers[each.pk].trials < fewest]
    found = {pk: (each, QUARTER) for pk, each in answers.items()}
    if not few:
        return found
    before = [quarter.previous, quarter.previous.previous, year_ending(quarter)]
    parts = [answered(few, each.start, each.end, at) for each in before]
    for each in few:
        found[each.pk] = (summed([answers[each.pk], *(part[each.pk] for part in parts)]), YEAR)
    return found


def _participation(departments: Sequence[Department], quarter: Quarter, at: datetime) -> dict[int, dict[str, Any]]:
    year = {
        pk: days for days in period(departments, year_ending(quarter).start, quarter.end) for pk in days.departments
    }
    begins = {pk: days.after for days in period(departments, quarter.start, quarter.end) for pk in days.departments}
    last = max((days.until for days in year.values()), default=at)
    records = participation(departments, min((days.after for days in year.values()), default=at), min(last, at))
    return {
        each.pk: counted(records[each.pk], each, (year[each.pk].after, begins[each.pk], min(year[each.pk].until, at)))
        for each in departments
    }


def counted(
    records: Participation, department: Department, moments: tuple[datetime, datetime, datetime]
) -> dict[str, int | Cases | Did | None]:
    """Return what `records` come to, by the names of Evidence. `moments` are those after which the twelve months and
    the quarter begin, and the last one looked at."""
    year, quarter, until = moments
    worktime, items, chances = department.calendar.worktime(), records.items, records.opportunities
    return {
        "published": len(published_in(items, quarter, until)) if items is not None else 0,
        "invites": invites(items, quarter, until) if items is not None else None,
        "input": had_a_say(chances, worktime, until) if chances is not None else None,
        "loops": loops_closed(chances, worktime, year, until) if chances is not None else None,
        "co_produced": co_produced(records.contributed) if records.contributed is not None else None,
        "decided": entered_a_decision(records.decisions, day_in(department.calendar.zone, until))
        if records.decisions is not None
        else None,
    }
