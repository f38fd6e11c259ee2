from __future__ import annotations

import dataclasses
from io import StringIO

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import TestCase, override_settings


def prepare(password: str = "") -> str:
    output = StringIO()
    deployment = dataclasses.replace(settings.DEPLOYMENT, environment={"ADMIN_PASSWORD": password})
    with override_settings(DEPLOYMENT=deployment):
        call_command("prepare", verbosity=0, stdout=output)
    return output.getvalue()


class PrepareTests(TestCase):
    def test_makes_an_administrator_once(self) -> None:
        prepare("first-mate")
        prepare("second-mate")
        self.assertTrue(get_user_model().objects.get(username="admin").check_password("first-mate"))

    def test_makes_none_without_a_password(self) -> None:
        prepare()
        self.assertFalse(get_user_model().objects.exists())

    @override_settings(OWNS_DATABASE=False)
    def test_leaves_a_shared_database_alone(self) -> None:
        self.assertIn("left to the release", prepare("first-mate"))
        self.assertFalse(get_user_model().objects.exists())
