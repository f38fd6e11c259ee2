"""Marks that a swap's own traffic leaves: each exactly once, whichever release took it."""

from __future__ import annotations

from django.db import models


class Mark(models.Model):
    """A request that was answered with 201."""

    identifier = models.CharField(max_length=64, primary_key=True)
    release = models.CharField(max_length=100)
    instance = models.CharField(max_length=100)
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.identifier
