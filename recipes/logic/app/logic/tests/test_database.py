from __future__ import annotations

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase

from logic import database


class PostgresqlTests(SimpleTestCase):
    def test_reads_every_part_of_the_url(self) -> None:
        settings = database.postgresql("postgres://log:p%40ss%2F@db.example.org:5433/ship?sslmode=require")
        self.assertEqual(settings["USER"], "log")
        self.assertEqual(settings["PASSWORD"], "p@ss/")
        self.assertEqual(settings["HOST"], "db.example.org")
        self.assertEqual(settings["PORT"], "5433")
        self.assertEqual(settings["NAME"], "ship")
        self.assertEqual(settings["OPTIONS"]["sslmode"], "require")

    def test_needs_neither_port_nor_password(self) -> None:
        settings = database.postgresql("postgresql://log@db/ship")
        self.assertEqual((settings["PORT"], settings["PASSWORD"]), ("", ""))

    def test_refuses_without_repeating_the_url(self) -> None:
        for url in ("mysql://u:hunter2@h/n", "postgres://u:hunter2@h/", "postgres://u:hunter2@h:port/n", "hunter2"):
            with self.subTest(url), self.assertRaises(ImproperlyConfigured) as caught:
                database.postgresql(url)
            self.assertNotIn("hunter2", str(caught.exception))


class SqliteTests(SimpleTestCase):
    def test_lives_under_the_state_path(self) -> None:
        self.assertEqual(database.sqlite(Path("/var/lib/logic"))["NAME"], "/var/lib/logic/logic.sqlite3")

    def test_leaves_no_file_where_there_is_no_state(self) -> None:
        self.assertEqual(database.sqlite(None)["NAME"], ":memory:")
