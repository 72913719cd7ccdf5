"""Celery's part: it only rings the bell. Each task reads the clock and makes calls that may run 0, 1 or many times."""

import secrets

from celery import shared_task
from django.utils import timezone

from departments.models import Department
from departments.offices import live_departments
from engagement.calling import draw, to_be_drawn
from engagement.figures import is_quick
from engagement.snapshots import due_to_freeze, freeze, restate
from engagement.tallies import UNDER_WAY, differing, due, keep_up, quarters_since, tally
from messaging import heartbeats


@shared_task(name="engagement.tally", time_limit=3600)
def count_quarters() -> None:
    """Every five minutes (config/settings.py): count the quarters whose turn it is. Quick ones, pages do."""
    at = timezone.now()
    done = 0
    if not is_quick():
        departments = list(live_departments(at))
        for quarter in due(quarters_since(departments, at), at):
            done += tally(departments, [quarter], at=timezone.now() - UNDER_WAY)
    heartbeats.beat("tally", at=timezone.now(), detail=f"{done} quarters counted")


@shared_task(name="engagement.keep_up")
def keep_up_with_the_records() -> None:
    """Every minute: bring the procedures of what is kept up to now, between full counts."""
    at = timezone.now()
    done = 0
    if not is_quick():
        departments = list(live_departments(at))
        done = keep_up(departments, at=at - UNDER_WAY)
    heartbeats.beat("keep_up", at=timezone.now(), detail=f"{done} tallies kept up")


@shared_task(name="engagement.recount", time_limit=4 * 3600)
def recount() -> None:
    """Every night: count all that is kept once more, as of the same moments, and say what differs."""
    differ = [f"{kept.department.code} {kept.quarter}" for kept in differing(list(Department.objects.all()))]
    detail = f"differ: {', '.join(differ)}"[:200] if differ else "nothing differs"
    heartbeats.beat("recount", at=timezone.now(), detail=detail)


@shared_task(name="engagement.freeze", time_limit=4 * 3600)
def freeze_quarters() -> None:
    """Every night: freeze the quarters whose 45 days are over, and restate what a count has otherwise now."""
    at = timezone.now()
    departments = list(live_departments(at))
    done = sum(freeze(due, at=timezone.now()) for due in due_to_freeze(departments, at))
    restated = restate(departments, at=at)
    heartbeats.beat("freeze", at=timezone.now(), detail=f"{done} frozen, {restated} restated")


@shared_task(name="engagement.draw_calls")
def draw_calls() -> None:
    """Every night: draw whom the call-back of the quarter that ended last asks, where that is not done."""
    at = timezone.now()
    done = [draw(department, quarter, seed=secrets.token_hex(16), at=at) for department, quarter in to_be_drawn(at)]
    heartbeats.beat("draw_calls", at=timezone.now(), detail=f"{len(done)} lists drawn")
