"""What every template may say about the instance that renders it."""

from django.conf import settings
from django.http import HttpRequest

from logic.deployment import Deployment


def deployment(request: HttpRequest) -> dict[str, Deployment]:
    """Adds `deployment`: role, release, instance and image."""
    return {"deployment": settings.DEPLOYMENT}
