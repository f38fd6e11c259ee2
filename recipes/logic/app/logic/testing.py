"""How the project's tests run: with nothing but Python, on a laptop or in the sandbox of a bake."""

import logging
from typing import Any

from django.conf import settings
from django.test.runner import DiscoverRunner

from logic.celery import app


class OfflineRunner(DiscoverRunner):
    """Runs tasks in the caller, and serves static files under their plain names."""

    def setup_test_environment(self, **kwargs: Any) -> None:
        super().setup_test_environment(**kwargs)
        app.conf.task_always_eager = True
        app.conf.task_eager_propagates = True
        # Failures are provoked here; a test that cares for what is logged asks with assertLogs.
        for name in (None, "django"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        # The manifest exists only after `collectstatic`, which tests must not need.
        settings.STORAGES["staticfiles"] = {
            "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        }
        # Hashing passwords slowly protects users, of whom there are none here.
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
