"""Migrates the database that several instances share."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

#: Any number, as long as it stays the same: the advisory lock of whoever migrates.
LOCK = 0x6C6F_6769_63


class Command(BaseCommand):
    help = "Migrates the shared database, one instance at a time, while the application goes on to use it."

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                # A migration that waits for a table makes all wait that come after it: it gives up soon instead.
                cursor.execute("SET lock_timeout = '5s'")
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
                if cursor.fetchone() != (True,):
                    raise CommandError("another instance migrates the database at this moment")
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
