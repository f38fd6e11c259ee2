"""The project: settings, URLs and the Celery application."""

# Imported with the project, so that `shared_task` finds its application in gunicorn too.
from logic.celery import app as celery_app

__all__ = ["celery_app"]
