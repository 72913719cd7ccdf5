"""Freezes finished quarters, once, as of exactly the 45th day after their end; and writes down what a later count has
otherwise (measurement 2.3, status of a period). Both may be called any number of times."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from departments.models import Department
from engagement.compliance import compliance
from engagement.evidence import Evidence
from engagement.figures import counted, procedures_now
from engagement.freezing import differences, frozen_at, results
from engagement.gathering import gathered
from engagement.methods import METHODS, Method, methods_for
from engagement.models import Restatement, Snapshot
from engagement.periods import Quarter, day_in
from engagement.tallies import quarters_since
from engagement.trails import inputs_hashes, written_since


@dataclass(frozen=True)
class Due:
    """A quarter of departments whose moment has come and that is not frozen yet."""

    quarter: Quarter
    moment: datetime
    departments: tuple[Department, ...]


def due_to_freeze(departments: Sequence[Department], at: datetime) -> Iterator[Due]:
    """Yield what is to be frozen at `at` (aware), the oldest quarter first: of each department every quarter in which
    it took queries."""
    there = set(Snapshot.objects.values_list("department", "quarter", "method_version"))
    for quarter in reversed(quarters_since(departments, at)):
        by_moment: dict[datetime, list[Department]] = defaultdict(list)
        versions = [method.version for method in methods_for(quarter)]
        for each in departments:
            zone = each.calendar.zone
            moment = frozen_at(quarter, zone)
            if each.live_since is None or day_in(zone, each.live_since) > quarter.end or moment > at:
                continue
            if any((each.pk, str(quarter), version) not in there for version in versions):
                by_moment[moment].append(each)
        for moment, those in sorted(by_moment.items()):
            yield Due(quarter, moment, tuple(those))


def freeze(due: Due, *, at: datetime) -> int:
    """Keep what the quarter of these departments came to as of its moment, under every version of the method that is
    shown for it; return how many snapshots were not there yet."""
    evidence = gathered(due.departments, due.quarter, due.moment)
    kept = compliance(due.departments, due.quarter.start, due.quarter.end, due.moment)
    hashes = inputs_hashes(due.departments, due.quarter, due.moment)
    fresh = [
        Snapshot(
            department=each.department,
            quarter=str(due.quarter),
            method_version=method.version,
            calendar_revision=each.department.calendar.revision,
            inputs_hash=hashes[each.department.pk],
            results=results(evidence[each.department.pk], method, each.stages),
            frozen_at=due.moment,
            written_at=at,
        )
        for method in methods_for(due.quarter)
        for each in kept
    ]
    with transaction.atomic():
        before = Snapshot.objects.count()
        Snapshot.objects.bulk_create(fresh, ignore_conflicts=True)
        return Snapshot.objects.count() - before


def restate(departments: Sequence[Department], *, at: datetime) -> int:
    """Compare every frozen quarter of these departments with what it comes to now (or came to when it was counted
    last), and write down what is otherwise than was known; return how many restatements that were."""
    there = {each.pk: each for each in departments}
    by_quarter: dict[str, list[Snapshot]] = defaultdict(list)
    for each in Snapshot.objects.filter(department__in=there, frozen_at__lt=at).order_by("quarter", "pk"):
        by_quarter[each.quarter].append(each)
    return sum(_restate(there, Quarter.read(quarter), some, at) for quarter, some in by_quarter.items())


def _restate(departments: dict[int, Department], quarter: Quarter, snapshots: Sequence[Snapshot], at: datetime) -> int:
    those = [departments[pk] for pk in sorted({each.department_id for each in snapshots})]
    now = _counted_now(those, quarter, at)
    last = _last_results(snapshots)
    written = 0
    for each in snapshots:
        if each.department_id not in now:
            continue
        counted_at, evidence, stages = now[each.department_id]
        if counted_at <= each.frozen_at:
            continue
        found = results(evidence, _method(each.method_version), stages)
        if differences(last[each.pk], found):
            _write(each, departments[each.department_id], quarter, found, counted_at)
            written += 1
    return written


def _counted_now(
    departments: Sequence[Department], quarter: Quarter, at: datetime
) -> dict[int, tuple[datetime, Evidence, Any]]:
    levels = counted("level", departments, quarter, at)
    figures = procedures_now(departments, quarter, at)
    return {
        each.department.pk: (
            max(level.counted_at, each.counted_at),
            Evidence.from_json(level.counts),
            each.compliance.stages,
        )
        for level, each in zip(levels, figures, strict=True)
        if level.counted_at is not None and each.counted_at is not None and each.compliance is not None
    }


def _last_results(snapshots: Sequence[Snapshot]) -> dict[int, Any]:
    """What is known of each snapshot (primary key): its own results, or those of its last restatement."""
    last = {each.pk: each.results for each in snapshots}
    for restated in Restatement.objects.filter(snapshot__in=snapshots).order_by("counted_at"):
        last[restated.snapshot_id] = restated.results
    return last


def _write(
    snapshot: Snapshot, department: Department, quarter: Quarter, found: dict[str, Any], counted_at: datetime
) -> None:
    later = asdict(written_since(department, quarter, snapshot.frozen_at, counted_at))
    later["calendar_changed"] = department.calendar.revision != snapshot.calendar_revision
    Restatement.objects.get_or_create(
        snapshot=snapshot,
        counted_at=counted_at,
        defaults={
            "results": found,
            "differences": [asdict(each) for each in differences(snapshot.results, found)],
            "reasons": later,
        },
    )


def _method(version: int) -> Method:
    return next(each for each in METHODS if each.version == version)
