"""The Celery application. Its settings are the CELERY_ ones of `logic.settings`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "logic.settings")

app = Celery("logic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
