"""Celery's part: it only rings the bell. Each task reads the clock and makes calls that may run 0, 1 or many times."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from complaints.pulling import pull_arrivals, pull_bounces, pull_deliveries
from complaints.sweep import sweep as sweep_overdue
from complaints.telling import mail_notices
from messaging import heartbeats


@shared_task(name="complaints.sweep", time_limit=600)
def sweep() -> None:
    """Every minute (config/settings.py): flag what is overdue and climb the ladder."""
    at = timezone.now()
    swept = sweep_overdue(at=at)
    heartbeats.beat("sweep", at=at, detail=f"{swept.overdue} overdue, {swept.escalated} escalated")


@shared_task(name="complaints.pull", time_limit=300)
def pull() -> None:
    """Every ten seconds: learn of deliveries, file what waits in the inbox, mail officials their notices."""
    at = timezone.now()
    noted, read = pull_deliveries(at=at) + pull_bounces(at=at), pull_arrivals(at=at)
    mail_notices(at=at)
    heartbeats.beat("pull", at=at, detail=f"{noted} deliveries, {read} arrivals")


@shared_task(name="complaints.forget", time_limit=300)
def forget() -> None:
    """Every ten minutes: delete the sessions that ended, and with them what citizens typed and did not send."""
    SessionStore.clear_expired()
