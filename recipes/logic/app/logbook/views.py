from __future__ import annotations

import logging

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from kombu.exceptions import OperationalError

from logbook.forms import EntryForm
from logbook.models import Entry, Tally
from logbook.tasks import analyse

logger = logging.getLogger(__name__)

#: Entries on the page; older ones are in the admin.
SHOWN = 40


@require_http_methods(["GET", "HEAD", "POST"])
def log(request: HttpRequest) -> HttpResponse:
    """The log: the newest entries, and a form that adds one."""
    form = EntryForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            entry = form.save()
            transaction.on_commit(lambda: send_for_analysis(entry))
        return redirect("log")
    entries = list(Entry.objects.select_related("analysis")[:SHOWN])
    context = {
        "form": form,
        "entries": entries,
        "pending": any(not hasattr(entry, "analysis") for entry in entries),
        "tally": Tally.objects.first(),
    }
    return render(request, "logbook/log.html", context, status=422 if form.errors else 200)


def send_for_analysis(entry: Entry) -> None:
    """Hands an entry to the worker. The entry is stored already, so a broker that is away is no reason to fail."""
    try:
        analyse.delay(entry.pk)
    except OperationalError as error:
        logger.warning("entry %s waits for the sweep: %s", entry.pk, error)
