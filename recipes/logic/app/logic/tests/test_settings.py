from __future__ import annotations

import os
import runpy
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase

SETTINGS = str(Path(__file__).parent.parent / "settings.py")
SECRET = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnop"


def settings_for(role: str, secrets: str = "", state: str | None = "/var/lib/logic") -> dict[str, Any]:
    """The settings module, executed afresh as it would be in a VM of that role."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        (directory / "hardtack.role").write_text(role)
        (directory / "hardtack.release").write_text("2026.11/blue")
        (directory / "hardtack.instance").write_text("logic-1")
        (directory / "hardtack.image").write_text("sha256:0123")
        (directory / "app.env").write_text(
            secrets or f"DJANGO_SECRET_KEY={SECRET}\nALLOWED_HOSTS=log.example.org\n"
        )
        environment = {"CREDENTIALS_DIRECTORY": folder, "PATH": os.environ["PATH"]}
        if state is not None:
            environment["STATE_DIRECTORY"] = state
        with mock.patch.dict(os.environ, environment, clear=True):
            return runpy.run_path(SETTINGS)


class SettingsTests(SimpleTestCase):
    def test_live_insists_on_https(self) -> None:
        settings = settings_for("live")
        for name in ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
            self.assertIs(settings[name], True, name)
        self.assertGreaterEqual(settings["SECURE_HSTS_SECONDS"], 365 * 24 * 3600)
        self.assertEqual(settings["SECURE_PROXY_SSL_HEADER"], ("HTTP_X_FORWARDED_PROTO", "https"))

    def test_test_can_be_looked_at_over_http(self) -> None:
        settings = settings_for("test")
        for name in ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
            self.assertIs(settings[name], False, name)
        self.assertEqual(settings["SECURE_HSTS_SECONDS"], 0)

    def test_debug_is_off_whatever_the_role(self) -> None:
        for role in ("live", "test"):
            self.assertIs(settings_for(role)["DEBUG"], False)

    def test_without_credentials_is_as_strict_as_live(self) -> None:
        with mock.patch.dict(os.environ, {}, clear=True):
            settings = runpy.run_path(SETTINGS)
        self.assertIs(settings["SECURE_SSL_REDIRECT"], True)
        self.assertEqual(settings["DATABASES"]["default"]["NAME"], ":memory:")

    def test_secrets_come_from_the_credential(self) -> None:
        settings = settings_for("live")
        self.assertEqual(settings["SECRET_KEY"], SECRET)
        self.assertIn("log.example.org", settings["ALLOWED_HOSTS"])

    def test_a_missing_secret_fails_the_start_by_name(self) -> None:
        with self.assertRaisesMessage(ImproperlyConfigured, "DJANGO_SECRET_KEY"):
            settings_for("live", secrets="ALLOWED_HOSTS=log.example.org\n")

    def test_an_own_database_is_sqlite_under_the_state_path(self) -> None:
        settings = settings_for("test")
        self.assertIs(settings["OWNS_DATABASE"], True)
        self.assertEqual(settings["DATABASES"]["default"]["NAME"], "/var/lib/logic/logic.sqlite3")

    def test_a_database_url_means_a_shared_postgresql(self) -> None:
        settings = settings_for(
            "test",
            f"DJANGO_SECRET_KEY={SECRET}\nALLOWED_HOSTS=x\nDATABASE_URL=postgres://u:p@db.example.org/ship\n",
        )
        self.assertIs(settings["OWNS_DATABASE"], False)
        self.assertEqual(settings["DATABASES"]["default"]["ENGINE"], "django.db.backends.postgresql")

    def test_queues_are_named_after_release_and_instance(self) -> None:
        settings = settings_for("test")
        self.assertEqual(settings["CELERY_TASK_DEFAULT_QUEUE"], "logic.2026.11-blue")
        self.assertEqual(settings["HEALTH_QUEUE"], "health.logic-1")
