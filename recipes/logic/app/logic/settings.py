"""Settings of the logic VM. Everything that differs between instances comes from `DEPLOYMENT`."""

from __future__ import annotations

import os
import re
from pathlib import Path

from kombu import Queue

from logic import database
from logic.deployment import Deployment, Role

BASE_DIR = Path(__file__).resolve().parent.parent
DEPLOYMENT = Deployment.current(os.environ)
LIVE = DEPLOYMENT.role is Role.LIVE

# Security

SECRET_KEY = DEPLOYMENT.secret("DJANGO_SECRET_KEY")
DEBUG = False
# nginx asks for the health page under the last name, whatever the prober called it.
ALLOWED_HOSTS = [*DEPLOYMENT.hosts(), "localhost"]

# nginx sets the header itself from what the load balancer said, so a client cannot forge it past the balancer.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = LIVE
# Load balancers and `hardtack boot` ask over plain HTTP from inside.
SECURE_REDIRECT_EXEMPT = [r"^healthz/(web/)?$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if LIVE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = LIVE
SESSION_COOKIE_SECURE = LIVE
CSRF_COOKIE_SECURE = LIVE
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    # Entering the browsers' preload list binds the whole domain: its owner's decision, not the image's.
    "security.W021",
]

# Application

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "logbook",
    "health",
    "witness",
]
MIDDLEWARE = [
    "logic.middleware.name_release",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "logic.urls"
WSGI_APPLICATION = "logic.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "logic.context.deployment",
            ],
        },
    },
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{validator}"}
    for validator in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEST_RUNNER = "logic.testing.OfflineRunner"

# Static files: hashed names, so that nginx may tell browsers to keep them for ever

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}

# Database

STATE_DIRECTORY = Path(os.environ["STATE_DIRECTORY"]) if "STATE_DIRECTORY" in os.environ else None
DATABASE_URL = DEPLOYMENT.option("DATABASE_URL")
#: Whether the data belongs to this instance alone, so that it migrates it by itself.
OWNS_DATABASE = not DATABASE_URL
DATABASES = {
    "default": database.postgresql(DATABASE_URL) if DATABASE_URL else database.sqlite(STATE_DIRECTORY)
}

# Standby: what the unit of that name has written, where there is one

RUNTIME_DIRECTORY = Path(os.environ["RUNTIME_DIRECTORY"]) if "RUNTIME_DIRECTORY" in os.environ else None
STANDBY_FILE = RUNTIME_DIRECTORY / "standby" if RUNTIME_DIRECTORY else None

# Celery

CELERY_BROKER_URL = DEPLOYMENT.option("BROKER_URL", "amqp://guest:guest@127.0.0.1:5672//")
CELERY_BROKER_CONNECTION_TIMEOUT = 3
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A queue a release: during a swap, no task is run by code that did not send it.
CELERY_TASK_DEFAULT_QUEUE = "logic." + re.sub(r"[^A-Za-z0-9._-]", "-", DEPLOYMENT.release)
# A queue an instance: its health is a round trip through its own worker, not a neighbour's.
HEALTH_QUEUE = "health." + re.sub(r"[^A-Za-z0-9._-]", "-", DEPLOYMENT.instance)
CELERY_TASK_QUEUES = [
    Queue(CELERY_TASK_DEFAULT_QUEUE),
    Queue(HEALTH_QUEUE, durable=False, auto_delete=True),
]
CELERY_TASK_ROUTES = {"health.tasks.echo": {"queue": HEALTH_QUEUE}}
# Tasks may safely run twice, so one that a dying worker held is given to the next.
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A page must not hang on a broker that is away; what could not be sent is found by the sweep.
BROKER_PATIENCE = {"max_retries": 1, "interval_start": 0.1, "interval_step": 0, "interval_max": 0.1}
CELERY_TASK_PUBLISH_RETRY_POLICY = BROKER_PATIENCE
# The broker confirms what it took, so that a task which was sent is one that will run.
CELERY_BROKER_TRANSPORT_OPTIONS = {"confirm_publish": True, **BROKER_PATIENCE}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "logbook.tasks.sweep", "schedule": 30.0, "options": {"expires": 30}},
    "tally": {"task": "logbook.tasks.tally", "schedule": 60.0, "options": {"expires": 60}},
}

# Logging: one line an event to standard error, which the journal keeps

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # Two lines a task, and every probe is one.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}

# Witness: the token of the traffic that a swap sends; without one there is no such page

WITNESS_TOKEN = DEPLOYMENT.option("WITNESS_TOKEN")

# Health

#: Seconds that a task may take through the broker and back before the instance counts as ill.
HEALTH_TIMEOUT = 5.0
