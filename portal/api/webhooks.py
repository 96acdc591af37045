"""Who is told of what happens, what was told, and telling it again."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from portal.api.bodies import JsonObject
from portal.api.calls import Call
from portal.api.lists import Lists, One
from tenants.models import WebhookDelivery, WebhookEndpoint
from tenants.services import webhooks as service


class WebhookIn(serializers.Serializer[Any]):
    """A public HTTPS address, and the events that it is told of."""

    url = serializers.CharField(max_length=500)
    events = serializers.ListField(child=serializers.ChoiceField(choices=service.EVENTS), min_length=1, max_length=20)


class WebhookOut(serializers.Serializer[Any]):
    """An endpoint; failing: a message to it was given up after its last try."""

    id = serializers.UUIDField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(choices=service.EVENTS))
    state = serializers.ChoiceField(choices=WebhookEndpoint.State.values)
    created_at = serializers.DateTimeField()
    failing_since = serializers.DateTimeField(allow_null=True)


class WebhookMade(WebhookOut):
    """A fresh endpoint, with the secret that its messages are signed with: it is told once."""

    secret = serializers.CharField()


class TryOut(serializers.Serializer[Any]):
    """One try: the status that came back, or why nothing did."""

    at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(required=False)
    answer = serializers.CharField(required=False, allow_blank=True)
    seconds = serializers.FloatField(required=False)


class DeliveryOut(serializers.Serializer[Any]):
    """One message to the endpoint; message_id is its webhook-id, due_at the next try."""

    id = serializers.UUIDField()
    message_id = serializers.CharField()
    event = serializers.ChoiceField(choices=service.EVENTS)
    state = serializers.ChoiceField(choices=WebhookDelivery.State.values)
    tries = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    log = TryOut(many=True)


class Webhooks(Lists):
    """All endpoints."""

    serializer_class = WebhookOut
    parser_classes = [JsonObject]

    def found(self, asked: Any) -> Any:
        """Return the endpoints."""
        return WebhookEndpoint.objects.all()

    @extend_schema(request=WebhookIn, responses={201: WebhookMade})
    def create(self, request: Call) -> Response:
        """Add an endpoint; its secret is in this answer and in no other."""
        said = WebhookIn(data=request.data)
        said.is_valid(raise_exception=True)
        endpoint, secret = service.add(**said.validated_data, by=request.user)
        endpoint.secret = secret
        return Response(WebhookMade(endpoint).data, status=201)


class OneWebhook(One):
    """One endpoint."""

    @extend_schema(responses={204: None})
    def destroy(self, request: Call, endpoint_id: UUID) -> Response:
        """Remove the endpoint and its messages."""
        service.remove(endpoint_id=endpoint_id, by=request.user)
        return Response(status=204)


class Deliveries(Lists):
    """The messages to one endpoint of the last 30 days."""

    serializer_class = DeliveryOut

    def found(self, asked: Any) -> Any:
        """Return the messages."""
        return WebhookDelivery.objects.filter(endpoint=service.get(self.kwargs["endpoint_id"]))

    @extend_schema(responses=DeliveryOut(many=True))
    def list(self, request: Call, endpoint_id: UUID) -> Response:
        """List the messages."""
        return super().list(request)

    @extend_schema(request=None, responses={202: DeliveryOut})
    def redeliver(self, request: Call, endpoint_id: UUID, delivery_id: UUID) -> Response:
        """Send a message once more, under its own webhook-id."""
        sent = service.redeliver(endpoint_id=endpoint_id, delivery_id=delivery_id, by=request.user)
        return Response(DeliveryOut(sent).data, status=202)
