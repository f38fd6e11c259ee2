from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest import mock

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import OperationalError
from django.test import TestCase, override_settings

from health import checks
from logic.celery import worker_ready
from logic.deployment import Deployment, Role

DEPLOYMENT = Deployment(role=Role.TEST, release="2026.11", instance="logic-7", image="sha256:c0ffee")


@override_settings(DEPLOYMENT=DEPLOYMENT)
class HealthzTests(TestCase):
    """The broker is stood in for here: `test_round_trip` has a real one, in memory."""

    def setUp(self) -> None:
        patch = mock.patch("health.checks.round_trip")
        self.round_trip = patch.start()
        self.addCleanup(patch.stop)

    def healthz(self, status: int) -> dict[str, Any]:
        response = self.client.get("/healthz/")
        self.assertEqual(response.status_code, status, response.content)
        return response.json()

    def assert_fails_alone(self, name: str, detail: str) -> None:
        answer = self.healthz(503)
        self.assertEqual(answer["status"], "failing")
        failed = {check for check, result in answer["checks"].items() if not result["ok"]}
        self.assertEqual(failed, {name})
        self.assertIn(detail, answer["checks"][name]["detail"])

    def test_answers_over_plain_http_with_all_that_holds(self) -> None:
        answer = self.healthz(200)
        self.assertEqual(answer["status"], "ok")
        self.assertEqual(set(answer["checks"]), {"credentials", "database", "migrations", "celery"})

    def test_says_who_answered_whether_well_or_ill(self) -> None:
        identity = {"release": "2026.11", "role": "test", "instance": "logic-7", "image": "sha256:c0ffee"}
        self.assertLessEqual(identity.items(), self.healthz(200).items())
        self.round_trip.side_effect = TimeoutError("timed out")
        self.assertLessEqual(identity.items(), self.healthz(503).items())

    def test_a_task_that_does_not_come_back(self) -> None:
        self.round_trip.side_effect = TimeoutError("timed out")
        with self.assertLogs("health.checks", "WARNING"):
            self.assert_fails_alone("celery", "TimeoutError")

    def test_answers_requests_while_no_task_comes_back(self) -> None:
        self.round_trip.side_effect = TimeoutError("timed out")
        response = self.client.get("/healthz/web/")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(set(response.json()["checks"]), {"credentials", "database", "migrations"})
        self.round_trip.assert_not_called()
        MigrationRecorder(connection).record_unapplied("logbook", "0001_initial")
        self.assertEqual(self.client.get("/healthz/web/").status_code, 503)

    def standby(self, word: str, age: float = 0) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        file = Path(folder.name) / "standby"
        file.write_text(word)
        os.utime(file, (time.time() - age, time.time() - age))
        override = override_settings(STANDBY_FILE=file)
        override.enable()
        self.addCleanup(override.disable)

    def test_asks_no_worker_on_standby_but_the_broker(self) -> None:
        self.standby("resting\n", age=3600)
        self.round_trip.side_effect = TimeoutError("timed out")
        with mock.patch("health.checks.reach") as reach:
            self.assertEqual(self.healthz(200)["checks"]["celery"]["detail"], "standby")
            reach.side_effect = OSError("refused")
            with self.assertLogs("health.checks", "WARNING"):
                self.assert_fails_alone("celery", "OSError")

    def test_lets_the_worker_start_after_standby_but_not_for_ever(self) -> None:
        self.round_trip.side_effect = TimeoutError("timed out")
        with mock.patch("health.checks.reach"):
            self.standby("waking\n")
            self.healthz(200)
            self.standby("waking\n", age=601)
            with self.assertLogs("health.checks", "WARNING"):
                self.assert_fails_alone("celery", "TimeoutError")

    def test_a_worker_that_takes_tasks_ends_standby_unless_that_began_again(self) -> None:
        self.standby("resting\n")
        worker_ready()
        self.assertTrue(settings.STANDBY_FILE.exists())
        self.standby("waking\n")
        worker_ready()
        self.assertFalse(settings.STANDBY_FILE.exists())
        worker_ready()

    def test_a_database_that_does_not_answer(self) -> None:
        failure = OperationalError("connection to host secret-db.example.org failed")
        with (
            mock.patch.dict(checks.CHECKS, database=mock.Mock(side_effect=failure, __name__="database")),
            self.assertLogs("health.checks", "WARNING"),
        ):
            self.assert_fails_alone("database", "OperationalError")
            self.assertNotIn("secret-db", self.client.get("/healthz/").content.decode())

    def test_a_migration_that_is_not_applied(self) -> None:
        MigrationRecorder(connection).record_unapplied("logbook", "0001_initial")
        self.assert_fails_alone("migrations", "logbook.0001_initial")

    def test_a_migration_of_a_newer_release_does_no_harm(self) -> None:
        MigrationRecorder(connection).record_applied("logbook", "9999_from_the_next_release")
        self.healthz(200)

    @override_settings(DEPLOYMENT=Deployment.at_bake())
    def test_a_process_without_credentials(self) -> None:
        self.assert_fails_alone("credentials", "no credentials")

    def test_only_reads_the_database(self) -> None:
        with self.assertNumQueries(3) as queries:
            self.healthz(200)
        for query in queries.captured_queries:
            self.assertTrue(query["sql"].lstrip().startswith("SELECT"), query["sql"])

    def test_is_never_cached_and_never_written_to(self) -> None:
        self.assertIn("no-store", self.client.get("/healthz/")["Cache-Control"])
        self.assertEqual(self.client.post("/healthz/").status_code, 405)
