"""The worker's half of the round trip."""

from __future__ import annotations

from celery import Task, shared_task


@shared_task(bind=True, name="health.tasks.echo", acks_late=False)
def echo(self: Task, token: str) -> None:
    """Sends `token` back to the queue that the caller listens on."""
    with self.app.amqp.producer_pool.acquire(block=True) as producer:
        producer.publish(
            {"token": token},
            exchange="",
            routing_key=self.request.reply_to,
            serializer="json",
            delivery_mode="transient",
        )
