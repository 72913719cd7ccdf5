"""Where the gates get their records of publishing, consulting and deciding: nowhere yet.

Each function returns what one kind of record holds, by department (primary key), for twelve months up to a moment.
Until outreach keeps such records they are empty, and their kinds stand in no KEPT: *not recorded* is not the same as
*nothing done*, so the gates M2, H3, H4, H5 and H6 say that there is no data and what is missing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from departments.models import Department
from engagement.participation import Decision, Opportunity, OutboundItem, Participation, PublishedItem

# The kinds of records that this installation keeps, by the names of the functions below.
KEPT: frozenset[str] = frozenset()


def outbound_items(
    departments: Sequence[Department], after: datetime, until: datetime
) -> Mapping[int, tuple[OutboundItem, ...]]:
    """Return what each department published (M2)."""
    return {each.pk: () for each in departments}


def opportunities(
    departments: Sequence[Department], after: datetime, until: datetime
) -> Mapping[int, tuple[Opportunity, ...]]:
    """Return the opportunities to take part that were open, closed or due for their outcome (H3, H5)."""
    return {each.pk: () for each in departments}


def published_items(
    departments: Sequence[Department], after: datetime, until: datetime
) -> Mapping[int, tuple[PublishedItem, ...]]:
    """Return the published items that citizens contributed to (H4)."""
    return {each.pk: () for each in departments}


def decisions(
    departments: Sequence[Department], after: datetime, until: datetime
) -> Mapping[int, tuple[Decision, ...]]:
    """Return the recorded decisions (H6)."""
    return {each.pk: () for each in departments}


def participation(departments: Sequence[Department], after: datetime, until: datetime) -> dict[int, Participation]:
    """Return all of it for each department, None for the kinds that are not kept."""
    items = outbound_items(departments, after, until) if "outbound_items" in KEPT else {}
    chances = opportunities(departments, after, until) if "opportunities" in KEPT else {}
    contributed = published_items(departments, after, until) if "published_items" in KEPT else {}
    decided = decisions(departments, after, until) if "decisions" in KEPT else {}
    return {
        each.pk: Participation(items.get(each.pk), chances.get(each.pk), contributed.get(each.pk), decided.get(each.pk))
        for each in departments
    }
