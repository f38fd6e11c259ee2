from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from celery import Celery
from django.conf import settings
from django.test import SimpleTestCase
from kombu import Message
from kombu.exceptions import OperationalError

from health.round_trip import reach, round_trip


def application(broker: str) -> Celery:
    """A Celery application like the project's own, with another broker."""
    app = Celery("round-trip", broker=broker, set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.broker_url = broker
    if broker == "memory://":
        # It looks for messages once a second otherwise.
        app.conf.broker_transport_options = {"polling_interval": 0.01}
    return app


@contextmanager
def worker(app: Celery) -> Iterator[None]:
    """Runs the tasks that come in while the block runs. Celery's own worker takes seconds to stop."""
    ended = Event()

    def receive(message: Message) -> None:
        task = app.tasks[message.headers["task"]]
        args, kwargs, _ = message.payload
        task.push_request(reply_to=message.properties["reply_to"])
        try:
            task(*args, **kwargs)
        finally:
            task.pop_request()

    def work() -> None:
        queues = list(app.amqp.queues.values())
        with app.connection() as connection:
            with connection.Consumer(queues, on_message=receive, accept=["json"], no_ack=True):
                while not ended.is_set():
                    with suppress(TimeoutError):
                        connection.drain_events(timeout=0.01)

    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def closed_port() -> Iterator[int]:
    """A port of this machine on which nobody listens."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


class RoundTripTests(SimpleTestCase):
    def test_returns_when_a_worker_answers(self) -> None:
        app = application("memory://")
        with worker(app):
            round_trip(app, timeout=10)
            round_trip(app, timeout=10)

    def test_reaches_a_broker_without_a_worker(self) -> None:
        reach(application("memory://"), timeout=10)
        with closed_port() as port, self.assertRaises(OperationalError):
            reach(application(f"amqp://guest:guest@127.0.0.1:{port}//"), timeout=5)

    def test_fails_in_time_when_no_worker_does(self) -> None:
        started = time.monotonic()
        with self.assertRaises(TimeoutError):
            round_trip(application("memory://"), timeout=0.05)
        self.assertLess(time.monotonic() - started, 5)

    def test_fails_at_once_when_there_is_no_broker(self) -> None:
        with closed_port() as port, self.assertRaises(OperationalError):
            started = time.monotonic()
            round_trip(application(f"amqp://guest:guest@127.0.0.1:{port}//"), timeout=5)
        self.assertLess(time.monotonic() - started, 2)

    def test_has_a_queue_of_the_instance_s_own(self) -> None:
        names = [queue.name for queue in settings.CELERY_TASK_QUEUES]
        self.assertIn(settings.HEALTH_QUEUE, names)
