"""Waits until no task is left, before an instance is stopped for good."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from kombu import Connection

from logic.celery import app

#: Seconds between two looks.
PAUSE = 1.0


class Command(BaseCommand):
    help = "Waits until this release's queue is empty and this instance's worker has nothing at hand."

    def handle(self, *args: Any, **options: Any) -> None:
        # A message on its way from the queue to the worker is seen by neither look, but not twice in a row.
        quiet = 0
        while quiet < 2:
            quiet = quiet + 1 if self.is_quiet() else 0
            time.sleep(PAUSE)

    @staticmethod
    def is_quiet() -> bool:
        with app.connection_for_read() as connection:
            if waiting(connection) > 0:
                return False
        name = f"worker@{settings.DEPLOYMENT.instance}"
        inspect = app.control.inspect([name], timeout=5)
        # Also those that wait for their hour: the worker has them, and the broker counts them as taken.
        return all(
            answer is not None and not answer.get(name)
            for answer in (inspect.active(), inspect.reserved(), inspect.scheduled())
        )


def waiting(connection: Connection) -> int:
    """The messages of the release's queue that no worker has taken."""
    queue = connection.default_channel.queue_declare(settings.CELERY_TASK_DEFAULT_QUEUE, passive=True)
    return int(queue.message_count)
