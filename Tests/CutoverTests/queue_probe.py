"""Tasks that write down each run of theirs, and a producer of them.

As a program: queue_probe.py COUNT FIRST sends that many tasks as the release that CREDENTIALS_DIRECTORY names: a third
plain, a third that ask to be tried again twice, a third for an hour some seconds away.
"""

from __future__ import annotations

import os
import random
import sys

from celery import shared_task

KINDS = ("plain", "retry", "later")


def note(identifier: int, kind: str, attempt: int) -> None:
    """A line a run; one write, so that lines of several processes don't mix."""
    from django.conf import settings

    line = f"{identifier} {kind} {attempt} {settings.DEPLOYMENT.release}\n"
    file = os.open(os.environ["QUEUE_PROBE_RUNS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)


@shared_task(bind=True, name="queue_probe.run", max_retries=2)
def run(self, identifier: int, kind: str) -> None:
    attempt = self.request.retries
    note(identifier, kind, attempt)
    if kind == "retry" and attempt < 2:
        raise self.retry(countdown=0.5)


def main() -> None:
    import logic.celery  # noqa: F401  the application that tasks are sent with

    count, first = int(sys.argv[1]), int(sys.argv[2])
    dice = random.Random(first)
    for identifier in range(first, first + count):
        kind = KINDS[identifier % 3]
        run.apply_async((identifier, kind), countdown=dice.uniform(0, 15) if kind == "later" else None)


if __name__ == "__main__":
    main()
