"""A task's way through the broker to the worker and back.

Celery's own ``rpc://`` results keep one connection a process, and do not get over a broker that restarts.
A probe must judge the broker as it is now: it opens a connection, and leaves nothing behind.
"""

from __future__ import annotations

import secrets
import time

from celery import Celery
from kombu import Connection, Consumer, Message, Producer, Queue

from health.tasks import echo


def connection_to(app: Celery, timeout: float) -> Connection:
    """A connection that was made at the first attempt, whatever patience the application's own have."""
    connection = app.connection_for_write(connect_timeout=timeout)
    return connection.ensure_connection(max_retries=0)


def reach(app: Celery, timeout: float) -> None:
    """Returns once the broker has opened a channel, which takes a login; raises as `round_trip` does."""
    with connection_to(app, timeout) as connection:
        connection.default_channel.close()


def round_trip(app: Celery, timeout: float) -> None:
    """Returns once the worker has sent back what it was sent.

    Raises an `OSError` (a `TimeoutError` among them) or an error of kombu's if that takes longer
    than `timeout` seconds, or if the broker refuses.
    """
    deadline = time.monotonic() + timeout
    token = secrets.token_hex(8)
    answers: list[str] = []

    def receive(body: dict[str, str], message: Message) -> None:
        answers.append(body["token"])

    with connection_to(app, timeout) as connection:
        channel = connection.default_channel
        replies = Queue(f"health.reply.{token}", durable=False, exclusive=True, auto_delete=True)
        with Consumer(channel, [replies], callbacks=[receive], accept=["json"], no_ack=True):
            app.send_task(
                echo.name,
                args=[token],
                producer=Producer(channel),
                reply_to=replies.name,
                delivery_mode="transient",
                expires=timeout,
                retry=False,
            )
            while token not in answers:
                connection.drain_events(timeout=max(deadline - time.monotonic(), 0.001))
