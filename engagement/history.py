"""One department's quarters one after the other: counted now where that is quick, else as they were counted last."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from departments.models import Department
from engagement.cohorts import answered
from engagement.compliance import DepartmentCompliance, compliance, told
from engagement.evidence import Evidence
from engagement.figures import is_quick
from engagement.gates import Answered
from engagement.models import Tally
from engagement.periods import Quarter, quarters
from engagement.rollup import METHOD_VERSION
from engagement.tallies import family, rows_of
from engagement.workload import Workload, workload_at

# So many quarters are looked back upon; as of an earlier moment, where each takes long to count, fewer.
LOOKED_BACK, LOOKED_BACK_SLOWLY = 8, 3


@dataclass(frozen=True)
class Past:
    """A quarter by the method of that version: its answers as of `counted_at`, its procedures as of `procedures_at`.
    Without a count there are only its dates; what was in hand at its end (or at the moment, while it runs) is known
    where counting it is quick."""

    quarter: Quarter
    method: int = METHOD_VERSION
    counted_at: datetime | None = None
    procedures_at: datetime | None = None
    answered: Answered | None = None
    compliance: DepartmentCompliance | None = None
    in_hand: Workload | None = None


def history(department: Department, last: Quarter, now: datetime, at: datetime | None = None) -> list[Past]:
    """Return the quarters up to `last` since the department took queries, the earliest first. The number of queries
    grows with the quarters alone."""
    if is_quick():
        return [_fresh(department, each, at or now) for each in _looked_back(department, last, LOOKED_BACK)]
    if at is not None:
        return [_fresh(department, each, at) for each in _looked_back(department, last, LOOKED_BACK_SLOWLY)]
    return list(_kept(department, _looked_back(department, last, LOOKED_BACK), now))


def _looked_back(department: Department, last: Quarter, most: int) -> list[Quarter]:
    begun = timezone.localdate(department.live_since) if department.live_since else last.start
    return list(quarters(min(begun, last.start), last.start))[-most:]


def _fresh(department: Department, quarter: Quarter, at: datetime) -> Past:
    [found] = compliance([department], quarter.start, quarter.end, at)
    answers = answered([department], quarter.start, quarter.end, at)[department.pk]
    in_hand = workload_at([department], min(at, _end(department, quarter)))[department.pk] if is_quick() else None
    return Past(quarter, METHOD_VERSION, at, at, answers, found, in_hand)


def _end(department: Department, quarter: Quarter) -> datetime:
    """The first moment of the next quarter, where the department is."""
    first = quarter.next.start
    return datetime(first.year, first.month, first.day, tzinfo=department.calendar.worktime().zone)


def _kept(department: Department, chosen: Sequence[Quarter], now: datetime) -> Iterator[Past]:
    names = [str(each) for each in chosen]
    there = Tally.objects.filter(department=department, quarter__in=names).defer("figures")
    tallies = {each.quarter: each for each in there.annotate(level=family("level"))}
    for quarter in chosen:
        kept = tallies.get(str(quarter))
        if kept is None:
            yield Past(quarter)
            continue
        [found] = told([department], rows_of(kept), quarter.start, quarter.end, now)
        answers = Evidence.from_json(kept.level).answered if kept.level else None
        yield Past(quarter, kept.method_version, kept.counted_at, kept.rows_at, answers, found)
