"""Who answers for the stages: the days on which a stage had section, lead and deputy, and whether the departments give
it to the same role (measurement 2.6, stage coverage and U; the survey's finding that no two name the same section)."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from departments import worktime
from departments.models import Appointment, Responsibility
from departments.roles import current
from departments.sops import Stage
from departments.worktime import Worktime
from engagement.compliance import Window
from engagement.periods import Quarter


def covered(days: Window, quarter: Quarter, until: datetime) -> dict[int, dict[str, tuple[int, int]]]:
    """Return by department (primary key) and stage on how many days, of those of the quarter that ended by `until`,
    section, lead and deputy were named at the end of the day. One query."""
    zone = Worktime(ZoneInfo(days.zone), (), frozenset())
    length = (quarter.end - quarter.start).days + 1
    ends = [worktime.end_of_day(zone, quarter.start + timedelta(days=number)) for number in range(length)]
    ends = [end for end in ends if end <= until]
    named = Responsibility.objects.filter(
        department__in=days.departments, lead__isnull=False, deputy__isnull=False, since__lte=until
    )
    spans: dict[tuple[int, str], list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for department, stage, since, left in named.values_list("department", "stage", "since", "until"):
        spans[department, stage].append((since, left))
    return {
        pk: {
            stage: (sum(_is_in(end, spans[pk, stage]) for end in ends), len(ends))
            for stage in Stage.values
        }
        for pk in days.departments
    }  # fmt: skip


def _is_in(moment: datetime, spans: list[tuple[datetime, datetime | None]]) -> bool:
    return any(since <= moment and (until is None or moment < until) for since, until in spans)


def lead_roles(quarter: Quarter, at: datetime) -> Mapping[str, dict[str, int]]:
    """Return by stage, of all departments that took queries then, how many leads had each role at the end of the
    quarter, or at `at` where that is earlier; a stage without a lead, or whose lead has no post there, counts as "".
    Two queries."""
    moment = min(at, datetime(quarter.end.year, quarter.end.month, quarter.end.day, tzinfo=UTC) + timedelta(days=1))
    open_then = Q(until__isnull=True) | Q(until__gt=moment)
    rows = Responsibility.objects.filter(open_then, since__lte=moment, department__live_since__lte=moment)
    charges = list(rows.values_list("department", "stage", "lead"))
    posts: dict[tuple[int | None, int], list[Appointment]] = defaultdict(list)
    theirs = Appointment.objects.filter(user__in={lead for _, _, lead in charges if lead}, department__isnull=False)
    for post in theirs.order_by("since", "pk"):
        posts[post.department_id, post.user_id].append(post)
    found: dict[str, Counter[str]] = {stage: Counter() for stage in Stage.values}
    for department, stage, lead in charges:
        held = current(posts[department, lead], moment) if lead else []
        found[stage][held[0].role if held else ""] += 1
    return {stage: dict(sorted(counts.items())) for stage, counts in found.items()}
