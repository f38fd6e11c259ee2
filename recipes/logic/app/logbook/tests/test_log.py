from __future__ import annotations

from unittest import mock

from django.contrib.auth import get_user_model
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from kombu.exceptions import OperationalError

from logbook.models import Entry
from logic.deployment import Deployment, Role

FORM = {"vessel": "Fram", "port": "Tromsø", "kind": "arrival", "text": "Moored <safely> at dawn"}
DEPLOYMENT = Deployment(role=Role.TEST, release="2026.11", instance="logic-7", image="sha256:c0ffee")


class LogTests(TestCase):
    def get(self) -> str:
        response = self.client.get("/", secure=True)
        self.assertEqual(response.status_code, 200)
        return response.content.decode()

    def post(self, **changes: str):
        with self.captureOnCommitCallbacks(execute=True):
            return self.client.post("/", {**FORM, **changes}, secure=True)

    def test_is_inviting_when_empty(self) -> None:
        self.assertIn("No entries yet", self.get())

    @override_settings(DEPLOYMENT=DEPLOYMENT)
    def test_says_which_instance_answered(self) -> None:
        page = self.get()
        for part in ("2026.11", "test", "logic-7", "sha256:c0ffee"):
            self.assertIn(part, page)

    @override_settings(DEPLOYMENT=DEPLOYMENT)
    def test_names_the_release_in_every_answer(self) -> None:
        for path, secure in (("/", True), ("/", False), ("/healthz/", False), ("/nowhere/", True)):
            self.assertEqual(self.client.get(path, secure=secure)["X-Release"], "2026.11", path)

    def test_an_entry_is_stored_analysed_and_shown(self) -> None:
        self.assertRedirects(self.post(), "/", fetch_redirect_response=False)
        page = self.get()
        self.assertIn("Moored &lt;safely&gt; at dawn", page)
        self.assertIn("4 words", page)
        self.assertNotIn('http-equiv="refresh"', page)

    def test_a_faulty_form_comes_back_with_its_errors(self) -> None:
        response = self.post(vessel="", text="x" * 4001)
        self.assertEqual(response.status_code, 422)
        self.assertContains(response, "This field is required", status_code=422)
        self.assertContains(response, "at most 4000 characters", status_code=422)
        self.assertFalse(Entry.objects.exists())

    def test_a_broker_that_is_away_costs_only_the_statistics(self) -> None:
        with (
            mock.patch("logbook.views.analyse.delay", side_effect=OperationalError("refused")),
            self.assertLogs("logbook.views", "WARNING"),
        ):
            self.assertEqual(self.post().status_code, 302)
        page = self.get()
        self.assertIn("With the worker", page)
        self.assertIn('http-equiv="refresh"', page)

    def test_shows_the_newest_first(self) -> None:
        self.post(vessel="Older")
        self.post(vessel="Newer")
        page = self.get()
        self.assertLess(page.index("Newer"), page.index("Older"))

    def test_costs_the_same_few_queries_however_many_entries(self) -> None:
        for _ in range(5):
            self.post()
        with self.assertNumQueries(2):
            self.get()

    def test_refuses_a_post_without_its_token(self) -> None:
        strict = Client(enforce_csrf_checks=True)
        self.assertEqual(strict.post("/", FORM, secure=True).status_code, 403)
        self.assertFalse(Entry.objects.exists())

    def test_sends_plain_http_to_https(self) -> None:
        self.assertRedirects(
            self.client.get("/"), "https://testserver/", status_code=301, fetch_redirect_response=False
        )

    def test_the_admin_finds_an_entry(self) -> None:
        self.post()
        self.client.force_login(get_user_model().objects.create_superuser("officer", password="x"))
        listing = self.client.get(reverse("admin:logbook_entry_changelist"), {"q": "tromsø"}, secure=True)
        self.assertContains(listing, "Fram")
