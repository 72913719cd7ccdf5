"""Did procedures become softer? Versions that came into force in a period, each beside the one that it took the place
of (measurement 5, row 16)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from departments.models import Department, Rung, SopVersion, Step
from departments.strictness import laxer_rungs, laxer_steps
from engagement.compliance import Window

SOFTER, STRICTER, SAME, FIRST = "softer", "stricter", "same", "first"


def softened(departments: Iterable[Department], days: Window, at: datetime) -> Mapping[int, dict[str, int]]:
    """Return by department (primary key) how many versions that came into force for it in the period, until `at`, were
    softer than the one before, stricter, the same or the first. The uniform procedures count for all. Three queries."""
    versions = list(
        SopVersion.objects.filter(in_force_from__isnull=False, in_force_from__lte=min(days.until, at))
        .select_related("sop")
        .order_by("in_force_from", "pk")
    )
    steps, rungs = _lines(versions)
    found: dict[int, dict[str, int]] = {pk: defaultdict(int) for pk in days.departments}
    live = {each.pk: each.live_since for each in departments if each.live_since}
    by_sop: dict[int, list[SopVersion]] = defaultdict(list)
    for version in versions:
        by_sop[version.sop_id].append(version)
    for own in by_sop.values():
        for number, version in enumerate(own):
            begun = version.in_force_from
            if begun is None or begun <= days.after:
                continue
            before = own[number - 1] if number else _uniform_then(versions, version)
            change = _change(version, before, steps, rungs)
            for pk in days.departments:
                concerns = version.sop.department_id in (None, pk)
                if concerns and (version.sop.department_id == pk or live.get(pk, begun) < begun):
                    found[pk][change] += 1
    return found


def _uniform_then(versions: Sequence[SopVersion], own: SopVersion) -> SopVersion | None:
    """The uniform version in whose place a department's first own one came."""
    if own.sop.department_id is None or own.in_force_from is None:
        return None
    before = [
        each for each in versions
        if each.sop.department_id is None and each.sop.reason == own.sop.reason
        and each.in_force_from is not None and each.in_force_from <= own.in_force_from
    ]  # fmt: skip
    return before[-1] if before else None


def _change(
    version: SopVersion, before: SopVersion | None, steps: Mapping[int, list[Step]], rungs: Mapping[int, list[Rung]]
) -> str:
    if before is None:
        return FIRST
    now, then = version.pk, before.pk
    if laxer_steps(steps[now], steps[then]) or laxer_rungs(rungs[now], rungs[then]):
        return SOFTER
    back = laxer_steps(steps[then], steps[now]) or laxer_rungs(rungs[then], rungs[now])
    return STRICTER if back else SAME


def _lines(versions: Sequence[SopVersion]) -> tuple[Mapping[int, list[Step]], Mapping[int, list[Rung]]]:
    steps: dict[int, list[Step]] = defaultdict(list)
    rungs: dict[int, list[Rung]] = defaultdict(list)
    chosen = [version.pk for version in versions]
    for step in Step.objects.filter(version__in=chosen).order_by("version", "pk"):
        steps[step.version_id].append(step)
    for rung in Rung.objects.filter(version__in=chosen).order_by("version", "level"):
        rungs[rung.version_id].append(rung)
    return steps, rungs
