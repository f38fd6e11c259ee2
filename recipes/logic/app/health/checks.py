"""What must hold for the instance to be of use. None of it writes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from health.round_trip import reach, round_trip
from logic import standby
from logic.celery import app

logger = logging.getLogger(__name__)


class Unhealthy(Exception):
    """A check's finding, fit to be shown to anyone."""


@dataclass(frozen=True)
class Result:
    """What one check found, and how long it took."""

    ok: bool
    milliseconds: float
    detail: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def credentials() -> None:
    """The process has an identity: it is not running as it would at bake."""
    if settings.DEPLOYMENT.baking:
        raise Unhealthy("no credentials were given to this process")


def database() -> None:
    """The database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def migrations() -> None:
    """Every migration of this release is applied. One that only a newer release knows does no harm."""
    applied = MigrationRecorder(connection).applied_migrations()
    pending = sorted(f"{label}.{name}" for label, name in known_migrations() - applied.keys())
    if pending:
        raise Unhealthy(f"{len(pending)} not applied, the first is {pending[0]}")


def celery() -> str | None:
    """A task goes through the broker to this instance's worker and back; on standby, the broker answers."""
    if standby.worker_rests():
        reach(app, timeout=settings.HEALTH_TIMEOUT)
        return "standby"
    round_trip(app, timeout=settings.HEALTH_TIMEOUT)
    return None


#: Each returns what there is to say, if anything.
CHECKS: dict[str, Callable[[], str | None]] = {
    "credentials": credentials,
    "database": database,
    "migrations": migrations,
    "celery": celery,
}

#: Those without which no request is answered.
WEB = ("credentials", "database", "migrations")


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """The migrations in the image, which do not change while the process lives."""
    return frozenset(MigrationLoader(None).graph.nodes)


def run(check: Callable[[], str | None]) -> Result:
    """Runs a check. Of an unforeseen error only the kind is told: its message may hold addresses or names."""
    started = time.monotonic()
    try:
        said = check()
    except Unhealthy as finding:
        ok, detail = False, str(finding)
    except Exception as error:
        logger.warning("health check %s: %s: %s", check.__name__, type(error).__name__, error)
        ok, detail = False, type(error).__name__
    else:
        ok, detail = True, said or "ok"
    return Result(ok, round((time.monotonic() - started) * 1000, 1), detail)
