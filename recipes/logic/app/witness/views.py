from __future__ import annotations

import re
from secrets import compare_digest

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from witness.models import Mark

IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@never_cache
@csrf_exempt
@require_POST
def mark(request: HttpRequest) -> HttpResponse:
    """Stores the mark `id`: 201, or 409 where it was there. Doing it twice is not the same as once, as with an order.

    The header X-Witness-Token must hold the secret value `witness_token`; without such a value there is no such page.
    """
    token = settings.WITNESS_TOKEN
    if not token:
        raise Http404
    if not compare_digest(request.headers.get("X-Witness-Token", "").encode(), token.encode()):
        return answer(403, "X-Witness-Token is not the value of witness_token")
    identifier = request.POST.get("id", "")
    if not IDENTIFIER.fullmatch(identifier):
        return answer(400, "id: 1 to 64 letters, digits and . _ : -")
    deployment = settings.DEPLOYMENT
    try:
        with transaction.atomic():
            Mark.objects.create(
                identifier=identifier, release=deployment.release, instance=deployment.instance
            )
    except IntegrityError:
        return answer(409, "this mark was made before")
    return answer(201, "made")


def answer(status: int, text: str) -> HttpResponse:
    return HttpResponse(text + "\n", status=status, content_type="text/plain")
