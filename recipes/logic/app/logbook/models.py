"""Entries of the log, what the worker found out about each, and the day's tally."""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """What somebody wrote down, as they wrote it."""

    class Kind(models.TextChoices):
        ARRIVAL = "arrival", "Arrival"
        DEPARTURE = "departure", "Departure"
        CARGO = "cargo", "Cargo"
        WEATHER = "weather", "Weather"
        NOTE = "note", "Note"

    vessel = models.CharField(max_length=60)
    port = models.CharField("port or position", max_length=60)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.NOTE)
    text = models.TextField(max_length=4000)
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-written_at", "-pk"]
        indexes = [models.Index(fields=["-written_at", "-id"], name="entry_newest_first")]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.vessel}, {self.port}"


class Analysis(models.Model):
    """What the Celery worker computed from an entry's text."""

    entry = models.OneToOneField(Entry, on_delete=models.CASCADE, related_name="analysis")
    words = models.PositiveIntegerField()
    reading_seconds = models.PositiveIntegerField()
    frequent = models.JSONField("most frequent words", default=list)
    sha256 = models.CharField("SHA-256 of the text", max_length=64)
    release = models.CharField("release whose worker did it", max_length=100)
    computed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "analyses"

    def __str__(self) -> str:
        return f"{self.words} words, {self.sha256[:12]}"


class Tally(models.Model):
    """The sums of one day, kept up to date by Celery beat."""

    day = models.DateField(unique=True)
    entries = models.PositiveIntegerField()
    vessels = models.PositiveIntegerField()
    words = models.PositiveIntegerField()
    computed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-day"]
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"{self.day}: {self.entries} entries"
