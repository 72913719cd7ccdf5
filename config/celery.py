"""The Celery application. It is only the alarm clock: every task is one idempotent call that `manage.py` offers too."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init
from django.core.management.base import SystemCheckError

from config.checks import refuse_unfit_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("jawab")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def _refuse_unfit_start(**_: Any) -> None:
    # Celery logs and forgets an ordinary exception of a receiver; only SystemExit stops the program.
    try:
        refuse_unfit_start()
    except SystemCheckError as refusal:
        raise SystemExit(f"{refusal}") from refusal
