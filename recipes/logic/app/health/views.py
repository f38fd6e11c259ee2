from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from health import checks


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Whether the whole instance is well, its worker and broker too."""
    return answer(checks.CHECKS)


@never_cache
@require_safe
def web(request: HttpRequest) -> JsonResponse:
    """Whether the instance can answer requests."""
    return answer(checks.WEB)


def answer(names: Iterable[str]) -> JsonResponse:
    """200 if every one of these checks passes, else 503; the same JSON either way."""
    results = {name: checks.run(checks.CHECKS[name]) for name in names}
    healthy = all(result.ok for result in results.values())
    deployment = settings.DEPLOYMENT
    return JsonResponse(
        {
            "status": "ok" if healthy else "failing",
            "checks": {name: result.as_json() for name, result in results.items()},
            "release": deployment.release,
            "role": deployment.role.value,
            "instance": deployment.instance,
            "image": deployment.image,
        },
        status=200 if healthy else 503,
    )
