"""Who is answered in time, by channel, language, district and help in filing, each by reason; whether critics are
answered less, and whether the queue is jumped (measurement 2.8). Counts fit for JSON; engagement/standardising.py
judges them.

Today's records know neither comments in public nor prominent accounts, so two of the three selections have no counts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from complaints.models import Duty, StageEntry
from departments.models import Department
from departments.sops import Reason, Stage
from engagement.compliance import period
from engagement.contacts import Contact, Fate, Sources, cohort, sources
from engagement.periods import Quarter
from engagement.standardising import Cells, Queued, jumps

# The step whose date makes a query past due in its queue.
FIRST_RESPONSE = "R3"

GROUPINGS = ("channel", "language", "district", "assisted")


def equity(departments: Sequence[Department], quarter: Quarter, at: datetime) -> dict[int, Any]:
    """Return for each department (primary key), by grouping, group and reason, how many queries of the quarter were
    answered within the horizon, and of how many. `tone` is by channel, of what systems recorded only; `jumps` are the
    answers given out of turn, and all answers."""
    found = cohort(departments, quarter.start, quarter.end, at).contacts
    contacts: dict[int, list[Contact]] = defaultdict(list)
    for contact in found:
        contacts[contact.department].append(contact)
    queues = _queues(sources(period(departments, quarter.start, quarter.end)), found, at)
    return {each.pk: _cells(contacts[each.pk]) | {"jumps": queues.get(each.pk, [0, 0])} for each in departments}


def _cells(contacts: Iterable[Contact]) -> dict[str, Any]:
    cells: dict[str, dict[str, dict[str, list[int]]]] = {name: {} for name in (*GROUPINGS, "tone")}
    # Most contacts are like many others: each kind of them is added once.
    alike = Counter(
        (contact.captured, contact.in_time, *contact[2:6])
        for contact in contacts
        if contact.in_time is not None and contact.counts
    )
    for (captured, in_time, channel, reason, language, district), n in alike.items():
        k = n if in_time else 0
        _add(cells["channel"], channel, reason, k, n)
        _add(cells["language"], language, reason, k, n)
        _add(cells["district"], district, reason, k, n)
        _add(cells["assisted"], "alone" if captured else "assisted", reason, k, n)
        if captured:
            _add(cells["tone"], "critical" if reason == Reason.COMPLAINT else "other", channel, k, n)
    return cells


def _add(groups: dict[str, dict[str, list[int]]], group: str, kind: str, k: int, n: int) -> None:
    counts = groups.setdefault(group, {}).setdefault(kind, [0, 0])
    counts[0] += k
    counts[1] += n


def cells_of(counts: Mapping[str, Mapping[str, Sequence[int]]]) -> dict[str, Cells]:
    """Read the groups of one grouping as engagement/standardising.py takes them."""
    return {group: {kind: (k, n) for kind, (k, n) in kinds.items()} for group, kinds in counts.items()}


def _queues(there: Sources, contacts: Iterable[Contact], at: datetime) -> dict[int, list[int]]:
    """The jumps and answers of each department, section by section. A query queues in the section that was to answer
    it last, and is past due by the date that was first promised. What was brought before the quarter is not seen here,
    so that the true share can only be higher."""
    promised = dict(
        there.rows(
            Duty.objects.filter(code=FIRST_RESPONSE, follows__isnull=True).values_list("complaint", "promised_at")
        )
    )
    earlier = _sections_then(there, at)
    queues: dict[tuple[int, int], list[Queued]] = defaultdict(list)
    for contact in contacts:
        due_at = promised.get(contact.pk)
        queues[contact.department, earlier.get(contact.pk, contact.section)].append(
            Queued(
                contact.received_at.timestamp(),
                due_at.timestamp() if due_at else None,
                contact.left_at.timestamp() if contact.left_at else None,
                contact.fate is Fate.ANSWERED,
            )
        )
    found: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for (department, _section), queue in queues.items():
        jumped, answers = jumps(queue)
        found[department][0] += jumped
        found[department][1] += answers
    return found


def _sections_then(there: Sources, at: datetime) -> dict[int, int]:
    """The section that was to answer each query, as of `at`, where it may be another one today: that of its last stay
    in content creation, for those that entered it after `at`."""
    entries = StageEntry.objects.filter(stage=Stage.CONTENT)
    later = entries.filter(entered_at__gt=at).values("complaint")
    stays = entries.filter(entered_at__lte=at, complaint__in=later).order_by("entered_at", "pk")
    return dict(there.rows(stays.values_list("complaint", "section")))
