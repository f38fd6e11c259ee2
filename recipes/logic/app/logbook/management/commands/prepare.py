"""Makes the instance's own database ready to be served."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Migrates the database if it belongs to this instance alone, and makes the first administrator."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.OWNS_DATABASE:
            # Several instances share it, two releases during a swap: migrating is the swap's step.
            self.stdout.write("the database is shared: migrations are left to the release")
            return
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        self.make_administrator(settings.DEPLOYMENT.option("ADMIN_PASSWORD"))

    def make_administrator(self, password: str) -> None:
        """Makes the account `admin` unless it exists or no password was given."""
        users = get_user_model().objects
        if password and not users.filter(username="admin").exists():
            users.create_superuser("admin", password=password)
            self.stdout.write("made the account admin")
