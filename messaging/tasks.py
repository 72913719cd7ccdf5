"""Celery's alarm clock for transport."""

from celery import shared_task
from django.utils import timezone

from messaging.relay import relay_once


@shared_task(name="messaging.relay")
def relay() -> None:
    """One run of the relay. May run never, once or many times at once; `manage.py relay` does the same without it."""
    relay_once(clock=timezone.now)
