"""What a department promises: the limits of the procedures in force, in words."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from departments.models import Department, Step
from departments.sops import CountsFrom, Reason, Stage, Unit, in_force


@dataclass(frozen=True)
class Promise:
    """One step: its limit, for every reason alike or reason by reason, and from which fact it is counted."""

    code: str
    title: str
    stage: Stage
    counts_from: str
    limits: tuple[tuple[int, str, tuple[str, ...]], ...]  # number, unit, reasons; no reasons: all


def promises(department: Department, now: datetime) -> list[Promise]:
    """Return the mandatory steps with a limit, in the procedure's order, in one query. Where a department has a
    procedure of its own for a reason, that is what it promises."""
    mine = Q(version__sop__department=department) | Q(version__sop__department__isnull=True)
    steps = Step.objects.filter(in_force(now, "version__"), mine, mandatory=True, limit__isnull=False)
    by_reason: dict[str, dict[bool, list[Step]]] = defaultdict(lambda: defaultdict(list))
    for step in steps.select_related("version__sop").order_by("pk"):
        by_reason[step.version.sop.reason][step.version.sop.department_id is not None].append(step)
    chosen = {reason: own.get(True) or own[False] for reason, own in by_reason.items()}
    by_code: dict[str, list[tuple[str, Step]]] = defaultdict(list)
    for reason in Reason.values:
        for step in chosen.get(reason, []):
            if step.counts_from != CountsFrom.ELSEWHERE:
                by_code[step.code].append((reason, step))
    found = [_promise(some) for some in by_code.values()]
    return sorted(found, key=lambda each: list(Stage).index(each.stage))


def _promise(some: list[tuple[str, Step]]) -> Promise:
    limits: dict[tuple[int, str], list[str]] = defaultdict(list)
    for reason, step in some:
        limits[step.limit or 0, step.unit].append(str(Reason(reason).label))
    step = some[0][1]
    same = len(limits) == 1
    return Promise(
        step.code,
        str(step.title),
        Stage(step.stage),
        str(CountsFrom(step.counts_from).label),
        tuple((n, str(Unit(unit).label), () if same else tuple(reasons)) for (n, unit), reasons in limits.items()),
    )
