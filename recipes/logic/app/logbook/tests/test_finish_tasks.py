from __future__ import annotations

from unittest.mock import MagicMock, patch

from django.core.management import call_command
from django.test import SimpleTestCase

from logbook.management.commands import finish_tasks

WORKER = "worker@instance"
IDLE: dict[str, list[str]] = {WORKER: []}


class FinishTasksTests(SimpleTestCase):
    """The command waits for the queue and for the worker. Neither runs here, so both are stand-ins."""

    def looks(self, waiting: list[int], active: list[dict[str, list[str]] | None]) -> int:
        """How often the command looks before it ends."""
        inspect = MagicMock()
        inspect.active.side_effect = active
        inspect.reserved.return_value = inspect.scheduled.return_value = IDLE
        app = MagicMock()
        app.control.inspect.return_value = inspect
        settings = MagicMock()
        settings.DEPLOYMENT.instance = "instance"
        with (
            patch.multiple(finish_tasks, app=app, settings=settings, PAUSE=0),
            patch.object(finish_tasks, "waiting", side_effect=waiting) as look,
        ):
            call_command("finish_tasks")
        return look.call_count

    def test_ends_when_nothing_is_left_twice_in_a_row(self) -> None:
        self.assertEqual(self.looks([0, 0], [IDLE, IDLE]), 2)

    def test_waits_for_messages_in_the_queue(self) -> None:
        self.assertEqual(self.looks([3, 1, 0, 0], [IDLE, IDLE]), 4)

    def test_waits_for_tasks_at_the_worker(self) -> None:
        busy = {WORKER: ["a task"]}
        self.assertEqual(self.looks([0] * 5, [busy, IDLE, busy, IDLE, IDLE]), 5)

    def test_takes_a_silent_worker_for_a_busy_one(self) -> None:
        self.assertEqual(self.looks([0, 0, 0], [None, IDLE, IDLE]), 3)
