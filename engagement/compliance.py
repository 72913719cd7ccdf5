"""Was the procedure kept? Counted by department, stage and step, for any period and as of any moment (measurement 2.6).

A duty belongs to the period in which it starts and to the department that owes it; an answer and a closure belong to
the period in which they were made and to the department that held the query then. Periods are whole local days of each
department's zone, both ends included. Everything is read as of `at`, so that a figure can be had again on any later
day. Whether a duty is on time is `complaints/deadlines.py`'s word alone. Reads only, in a fixed number of queries.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import or_
from functools import reduce
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, CharField, Count, Exists, F, Max, Min, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from complaints.deadlines import LATE, NOT_YET_DUE, ON_TIME, Standing
from complaints.models import Approval, Closure, Complaint, Duty, Flag, Letter, Transfer
from complaints.models.letters import ANSWERS, LetterKind
from complaints.outcomes import held_closure, standing_closure
from complaints.steps import ESCALATION, RESOLUTION
from departments import worktime
from departments.errors import Invalid
from departments.models import Calendar, Department, Step
from departments.sops import Stage
from departments.worktime import Worktime
from engagement.rollup import Met, StageFigure, StepFigure, in_one_order, met

# Steps that no duty stands for: they are counted from records.
TWO_PERSONS, THEIR_LANGUAGE, TOLD_BEFORE, CLOSURE_HELD = "C1", "C3", "R5", "R7"
# The steps whose missed dates are to be announced to the citizen (R5).
ANNOUNCED = ("R3", RESOLUTION)
# A missed date that nobody flagged for so long counts as not escalated in time (M2): silence is not data.
UNFLAGGED = timedelta(days=1)
# Years in which any zone's days can be told as UTC.
FIRST_YEAR, LAST_YEAR = 1900, 2999

SIDES: dict[str, str] = {
    **dict.fromkeys(ON_TIME, "on_time"),
    **dict.fromkeys(LATE, "late"),
    **dict.fromkeys(NOT_YET_DUE, "not_yet_due"),
    Standing.RELEASED: "released",
}
