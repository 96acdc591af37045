"""Who wants to be told of what happens, what is to be told, and when."""

import uuid

from django.db import models

from tenants.isolation import TenantModel, link


class WebhookEndpoint(TenantModel):
    """An address that is told of some events; failing: the last delivery was given up. secret: encrypted."""

    class State(models.TextChoices):
        """Whether the address answers."""

        ACTIVE = "active"
        FAILING = "failing"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    url = models.CharField(max_length=500)
    events = models.JSONField(default=list)
    secret = models.TextField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.ACTIVE)
    failing_since = models.DateTimeField(null=True)
    made_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "created_at"], name="webhook_oldest")]

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(TenantModel):
    """One message to one endpoint, written in the transaction of what it tells; log: each try and its outcome."""

    class State(models.TextChoices):
        """How far the message came."""

        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = link("tenants.WebhookEndpoint")
    message_id = models.CharField(max_length=64)
    event = models.CharField(max_length=40)
    body = models.TextField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    tries = models.SmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    log = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "endpoint", "-created_at"], name="webhook_delivery_newest")]

    def __str__(self) -> str:
        return f"{self.event} {self.message_id}: {self.state}"


class WebhookTurn(models.Model):
    """When a delivery is due, and whose it is. No policy: the postman must find it before a tenant is known."""

    delivery = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey("tenants.Organisation", on_delete=models.CASCADE, related_name="+", db_index=False)
    due_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="webhook_turn_due"),
            models.Index(fields=["organisation"], name="webhook_turn_of"),
        ]

    def __str__(self) -> str:
        return f"{self.delivery} at {self.due_at:%Y-%m-%d %H:%M}"
