"""What every answer carries."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def name_release(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Adds `X-Release`, so that whoever watches a swap sees which release answered."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["X-Release"] = settings.DEPLOYMENT.release
        return response

    return answer
