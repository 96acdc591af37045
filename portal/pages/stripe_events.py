"""Where Stripe tells us that something happened: no person comes here, and nobody learns anything."""

from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from redis import RedisError

from tenants.payments.provider import ProviderError
from tenants.services import audit, payments, provider_events

LARGEST = 256 * 1024  # bytes; Stripe's messages have some thousand
MOST, MINUTE = 600, 60  # of one address


@csrf_exempt  # the signature over the body is the proof, and Stripe knows no token of ours
@transaction.non_atomic_requests
@require_POST
def events(request: HttpRequest) -> HttpResponse:
    """Keep a message whose signature is Stripe's, and answer at once; a worker looks at what it is about."""
    if not payments.has_desk():
        return HttpResponse(status=404)
    if _too_many():
        return HttpResponse(status=429)
    if _length(request) > LARGEST:
        return HttpResponse(status=413)
    try:
        provider_events.take(body=request.body, signature=request.headers.get("Stripe-Signature", ""))
    except (ProviderError, RawPostDataException, UnreadablePostError, RequestDataTooBig):
        return HttpResponse(status=400)
    return HttpResponse(status=200)


def _length(request: HttpRequest) -> int:
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isdigit() else LARGEST + 1


def _too_many() -> bool:
    key = f"stripe-events-{audit.now_acting().address}"
    try:
        cache.add(key, 0, MINUTE)
        return int(cache.incr(key)) > MOST
    except (RedisError, ValueError):  # the cache is away, or forgot it in between: the signature decides
        return False
