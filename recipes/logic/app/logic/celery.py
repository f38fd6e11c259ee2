"""The Celery application. Its settings are the CELERY_ ones of `logic.settings`."""

import os
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "logic.settings")

app = Celery("logic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.worker_ready.connect
def worker_ready(**_: Any) -> None:
    """Ends the standby that the worker's start ended."""
    from logic import standby

    standby.worker_works()
