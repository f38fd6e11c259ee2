from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from celery import Celery
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.test import SimpleTestCase
from kombu.exceptions import OperationalError

from health.round_trip import round_trip


def application(broker: str) -> Celery:
    """A Celery application like the project's own, with another broker."""
    app = Celery("round-trip", broker=broker, set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.broker_url = broker
    return app


@contextmanager
def closed_port() -> Iterator[int]:
    """A port of this machine on which nobody listens."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


class RoundTripTests(SimpleTestCase):
    def test_returns_when_a_worker_answers(self) -> None:
        app = application("memory://")
        with start_worker(app, pool="solo", perform_ping_check=False, loglevel="CRITICAL"):
            round_trip(app, timeout=10)
            round_trip(app, timeout=10)

    def test_fails_in_time_when_no_worker_does(self) -> None:
        started = time.monotonic()
        with self.assertRaises(TimeoutError):
            round_trip(application("memory://"), timeout=0.2)
        self.assertLess(time.monotonic() - started, 5)

    def test_fails_at_once_when_there_is_no_broker(self) -> None:
        with closed_port() as port, self.assertRaises(OperationalError):
            started = time.monotonic()
            round_trip(application(f"amqp://guest:guest@127.0.0.1:{port}//"), timeout=5)
        self.assertLess(time.monotonic() - started, 2)

    def test_has_a_queue_of_the_instance_s_own(self) -> None:
        names = [queue.name for queue in settings.CELERY_TASK_QUEUES]
        self.assertIn(settings.HEALTH_QUEUE, names)
