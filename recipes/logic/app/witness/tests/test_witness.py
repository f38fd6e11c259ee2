from __future__ import annotations

from django.http import HttpResponse
from django.test import Client, TestCase, override_settings

from logic.deployment import Deployment, Role
from witness.models import Mark

DEPLOYMENT = Deployment(role=Role.TEST, release="2026.11", instance="logic-7", image="sha256:c0ffee")


@override_settings(DEPLOYMENT=DEPLOYMENT, WITNESS_TOKEN="only-between-us")
class WitnessTests(TestCase):
    def post(self, identifier: str, token: str = "only-between-us") -> HttpResponse:
        strict = Client(enforce_csrf_checks=True)
        return strict.post("/witness/", {"id": identifier}, secure=True, headers={"X-Witness-Token": token})

    def test_makes_each_mark_once_and_says_who_did(self) -> None:
        self.assertEqual(self.post("a-1").status_code, 201)
        self.assertEqual(self.post("a-1").status_code, 409)
        self.assertEqual(self.post("a-2").status_code, 201)
        self.assertEqual(
            list(Mark.objects.order_by("identifier").values_list("identifier", "release", "instance")),
            [("a-1", "2026.11", "logic-7"), ("a-2", "2026.11", "logic-7")],
        )

    def test_refuses_whoever_does_not_know_the_token(self) -> None:
        for token in ("", "only-between-u", "ünlikely"):
            self.assertEqual(self.post("a-1", token).status_code, 403)
        self.assertFalse(Mark.objects.exists())

    @override_settings(WITNESS_TOKEN="")
    def test_is_not_there_without_a_token(self) -> None:
        self.assertEqual(self.post("a-1", "").status_code, 404)

    def test_takes_no_odd_identifiers(self) -> None:
        for identifier in ("", "a b", "a\n", "\N{BULLET}", "x" * 65):
            self.assertEqual(self.post(identifier).status_code, 400)

    def test_is_posted_to_and_costs_one_insert(self) -> None:
        self.assertEqual(self.client.get("/witness/", secure=True).status_code, 405)
        with self.assertNumQueries(3):
            self.post("a-1")
