"""Shops whose data are fetched, addresses at which files are dropped, and what came of it."""

from django.db import models

from forecasting.models.uploads import UUIDv7
from tenants.isolation import TenantModel, link


class Connection(TenantModel):
    """One shop that Lagom fetches from, or one address at which a program drops files.

    address: of the shop. secret: its keys, sealed. cursor: how far each kind of rows has been fetched. version: of the
    drop address; an older one no longer works.
    """

    class Kind(models.TextChoices):
        """What is on the other side."""

        SHOPIFY = "shopify"
        WOOCOMMERCE = "woocommerce"
        DROP = "drop"

    class State(models.TextChoices):
        """Whether it is used."""

        ACTIVE = "active"
        PAUSED = "paused"
        FAILING = "failing"
        REMOVED = "removed"

    id = models.UUIDField(primary_key=True, db_default=UUIDv7(), editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=100)
    address = models.CharField(max_length=200, blank=True)
    secret = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    cursor = models.JSONField(default=dict)
    version = models.IntegerField(default=1)
    by = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "address"],
                condition=~models.Q(kind="drop") & ~models.Q(state="removed"),
                name="connection_once",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ConnectionEntry(TenantModel):
    """One line of a connection's log, that a person can read."""

    connection = link("forecasting.Connection")
    at = models.DateTimeField(auto_now_add=True)
    well = models.BooleanField()
    said = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["organisation", "connection", "-at"], name="connection_newest")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.connection_id}"
