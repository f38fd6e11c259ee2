from __future__ import annotations

import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase

from logic.deployment import Deployment, Role, parse_environment

CREDENTIALS = {
    "hardtack.role": "test\n",
    "hardtack.release": "2026.11",
    "hardtack.instance": "logic-1",
    "hardtack.image": "sha256:0123",
    "app.env": "DJANGO_SECRET_KEY=0123456789\nALLOWED_HOSTS=log.example.org, example.org\n",
}


class DeploymentTests(SimpleTestCase):
    def deployment(self, **changes: str | None) -> Deployment:
        """The deployment read from a folder of credentials, with changes; None leaves one out."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**CREDENTIALS, **changes}.items():
                if text is not None:
                    (Path(folder) / name).write_text(text)
            return Deployment.current({"CREDENTIALS_DIRECTORY": folder})

    def test_reads_who_it_is_from_the_credentials(self) -> None:
        deployment = self.deployment()
        self.assertIs(deployment.role, Role.TEST)
        self.assertEqual(deployment.release, "2026.11")
        self.assertEqual(deployment.instance, "logic-1")
        self.assertEqual(deployment.image, "sha256:0123")
        self.assertEqual(deployment.hosts(), ["log.example.org", "example.org"])
        self.assertFalse(deployment.baking)

    def test_names_a_missing_credential(self) -> None:
        for name in CREDENTIALS:
            with self.subTest(name), self.assertRaisesMessage(ImproperlyConfigured, name):
                self.deployment(**{name: None})

    def test_refuses_an_unknown_role(self) -> None:
        with self.assertRaisesMessage(ImproperlyConfigured, "expected live or test, found 'staging'"):
            self.deployment(**{"hardtack.role": "staging"})

    def test_names_a_missing_secret(self) -> None:
        deployment = self.deployment(**{"app.env": "DJANGO_SECRET_KEY=\n"})
        with self.assertRaisesMessage(ImproperlyConfigured, "DJANGO_SECRET_KEY is missing"):
            deployment.secret("DJANGO_SECRET_KEY")

    def test_takes_an_empty_option_for_an_absent_one(self) -> None:
        deployment = self.deployment(**{"app.env": "BROKER_URL=\n"})
        self.assertEqual(deployment.option("BROKER_URL", "amqp://here"), "amqp://here")
        self.assertEqual(deployment.option("DATABASE_URL"), "")

    def test_is_strict_and_of_nobody_without_credentials(self) -> None:
        first, second = Deployment.current({}), Deployment.current({})
        self.assertTrue(first.baking)
        self.assertIs(first.role, Role.LIVE)
        self.assertNotEqual(first.secret("DJANGO_SECRET_KEY"), second.secret("DJANGO_SECRET_KEY"))

    def test_shows_no_secret(self) -> None:
        self.assertNotIn("0123456789", repr(self.deployment()))


class EnvironmentTests(SimpleTestCase):
    def test_takes_values_as_they_stand(self) -> None:
        text = "# a comment\n\nKEY = a=b # c\nURL=postgres://u:p%40@h/n\nEMPTY=\n"
        self.assertEqual(
            parse_environment(text, "app.env"),
            {"KEY": "a=b # c", "URL": "postgres://u:p%40@h/n", "EMPTY": ""},
        )

    def test_gives_the_line_of_an_error_but_not_its_content(self) -> None:
        for text in ("A=1\nhunter2", "A=1\nhunter 2=x", "A=1\nA=hunter2"):
            with self.subTest(text), self.assertRaises(ImproperlyConfigured) as caught:
                parse_environment(text, "app.env")
            self.assertIn("app.env, line 2", str(caught.exception))
            self.assertNotIn("hunter", str(caught.exception))
