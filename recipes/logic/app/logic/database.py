"""Where the data lives: PostgreSQL when a URL is given, else SQLite under the state path."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def postgresql(url: str) -> dict[str, Any]:
    """Django's settings for ``postgres://USER:PASSWORD@HOST:PORT/NAME?OPTION=VALUE``.

    The password may hold any character, percent-encoded. Error messages never repeat the URL.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured("DATABASE_URL: not a URL") from None
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"DATABASE_URL: expected postgres://…, found the scheme {parts.scheme!r}"
        )
    name = unquote(parts.path.removeprefix("/"))
    if not name:
        raise ImproperlyConfigured("DATABASE_URL: the name of the database is missing")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 60,
        # A connection that died while the database was paused or moved is replaced, not served as an error.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 3, **dict(parse_qsl(parts.query))},
    }


def sqlite(directory: Path | None) -> dict[str, Any]:
    """Django's settings for a file under `directory`, or for memory where there is none."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(directory / "logic.sqlite3") if directory else ":memory:",
        "OPTIONS": {
            # Web and worker write at the same time: readers never wait, and a writer waits for
            # the lock up front instead of failing half way through its transaction.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
        },
    }
