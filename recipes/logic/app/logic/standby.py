"""Whether this instance's worker rests, by order of a swap.

The unit `logic-standby` writes ``resting`` into a file before it stops the worker, and ``waking`` when it lets it start
again. The worker removes the file once it takes tasks.
"""

from __future__ import annotations

import time

from django.conf import settings

#: Seconds that a worker may take to start before its absence is an illness: on a busy emulated processor, two minutes.
PATIENCE = 600.0


def worker_rests() -> bool:
    """True while no worker is to be expected: on standby, or while it starts after that."""
    if settings.STANDBY_FILE is None:
        return False
    try:
        word = settings.STANDBY_FILE.read_text().strip()
        age = time.time() - settings.STANDBY_FILE.stat().st_mtime
    except OSError:
        return False
    return word == "resting" or (word == "waking" and age < PATIENCE)


def worker_works() -> None:
    """Says that the worker takes tasks. One that came while standby began again is about to be stopped, and says nothing."""
    file = settings.STANDBY_FILE
    if file is not None and file.exists() and file.read_text().strip() == "waking":
        file.unlink(missing_ok=True)
