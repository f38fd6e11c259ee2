"""Celery tasks. Each may run twice, or late, and leaves the same result."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db.models import Count, Sum
from django.utils import timezone

from logbook.models import Analysis, Entry, Tally
from logbook.prose import study

#: Entries taken up by one sweep; the next comes soon.
SWEEP_LIMIT = 200


@shared_task
def analyse(entry_id: int) -> None:
    """Stores the statistics of an entry. An entry deleted meanwhile needs none."""
    entry = Entry.objects.filter(pk=entry_id).first()
    if entry is None:
        return
    prose = study(entry.text)
    Analysis.objects.update_or_create(
        entry=entry,
        defaults={
            "words": prose.words,
            "reading_seconds": prose.reading_seconds,
            "frequent": prose.frequent,
            "sha256": prose.sha256,
            "release": settings.DEPLOYMENT.release,
        },
    )


@shared_task
def sweep() -> int:
    """Takes up entries whose task never ran, for instance because the broker was away."""
    overdue = Entry.objects.filter(
        analysis=None, written_at__lt=timezone.now() - timedelta(seconds=15)
    ).order_by("pk")
    identifiers = list(overdue.values_list("pk", flat=True)[:SWEEP_LIMIT])
    for identifier in identifiers:
        analyse(identifier)
    return len(identifiers)


@shared_task
def tally() -> None:
    """Sums up today's entries."""
    today = timezone.now().date()
    sums = Entry.objects.filter(written_at__date=today).aggregate(
        entries=Count("pk"),
        vessels=Count("vessel", distinct=True),
        words=Sum("analysis__words", default=0),
    )
    Tally.objects.update_or_create(day=today, defaults=sums)
