"""Who this process is: role, release, instance and secrets, taken from systemd credentials.

An image holds no role and no secret. They arrive when a VM boots, as files in the folder that
systemd names in ``CREDENTIALS_DIRECTORY``. Where there is no such folder, the image is being baked:
its checks and `collectstatic` then run under the strictest settings, with a secret key that nobody keeps.
"""

from __future__ import annotations

import enum
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


class Role(enum.Enum):
    """Whether an instance serves the public, or rehearses on a copy."""

    LIVE = "live"
    TEST = "test"


@dataclass(frozen=True)
class Deployment:
    """One instance's identity and secrets."""

    role: Role
    release: str
    instance: str
    image: str
    #: True while the image is baked: nothing here has been deployed yet.
    baking: bool = False
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def current(cls, environ: Mapping[str, str]) -> Deployment:
        """The deployment that the process environment points to."""
        directory = environ.get("CREDENTIALS_DIRECTORY")
        return cls.at_bake() if directory is None else cls.from_credentials(Path(directory))

    @classmethod
    def at_bake(cls) -> Deployment:
        """As strict as live, and of no use for anything but checks."""
        return cls(
            role=Role.LIVE,
            release="unreleased",
            instance="none",
            image="none",
            baking=True,
            environment={
                "DJANGO_SECRET_KEY": secrets.token_urlsafe(64),
                "ALLOWED_HOSTS": "bake.invalid",
            },
        )

    @classmethod
    def from_credentials(cls, directory: Path) -> Deployment:
        """Reads the credentials; a missing one is an error that says its name."""
        role = _read(directory, "hardtack.role")
        try:
            parsed_role = Role(role)
        except ValueError:
            raise ImproperlyConfigured(
                f"credential hardtack.role: expected live or test, found {role!r}"
            ) from None
        return cls(
            role=parsed_role,
            release=_read(directory, "hardtack.release"),
            instance=_read(directory, "hardtack.instance"),
            image=_read(directory, "hardtack.image"),
            environment=parse_environment(_read(directory, "app.env"), name="app.env"),
        )

    def secret(self, name: str) -> str:
        """A value of `app.env` that must be there and not be empty."""
        if value := self.environment.get(name, ""):
            return value
        raise ImproperlyConfigured(f"credential app.env: {name} is missing or empty")

    def option(self, name: str, default: str = "") -> str:
        """A value of `app.env` that may be absent or empty."""
        return self.environment.get(name, "") or default

    def hosts(self) -> list[str]:
        """The names under which the site may be called."""
        return [host.strip() for host in self.secret("ALLOWED_HOSTS").split(",") if host.strip()]


def parse_environment(text: str, name: str) -> dict[str, str]:
    """Reads ``KEY=VALUE`` lines. Values are taken as they stand: no quotes, no expansion.

    Error messages give the line's number and never its content, which may be secret.
    """
    values: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, equals, value = line.partition("=")
        key = key.strip()
        if not equals or not key.isidentifier():
            raise ImproperlyConfigured(f"credential {name}, line {number}: expected KEY=VALUE")
        if key in values:
            raise ImproperlyConfigured(f"credential {name}, line {number}: {key} is given twice")
        values[key] = value.strip()
    return values


def _read(directory: Path, name: str) -> str:
    try:
        return (directory / name).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"credential {name}: {error.strerror}") from error
