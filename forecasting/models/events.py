"""What happens on some days: promotions, price changes, days when nothing is sold or delivered."""

from django.db import models
from django.db.models import F, Q

from forecasting.models.catalogue import amount, figure
from tenants.isolation import TenantModel, link


class Event(TenantModel):
    """Something planned or past, of all products, of some, or of some categories; taken back, it stays written down.

    percent: the change of the price, -20 = 20 % off; price: the new price, where one product is meant.
    """

    class Kind(models.TextChoices):
        """What happens."""

        PROMOTION = "promotion"
        PRICE = "price"
        CLOSURE = "closure"
        SUPPLIER = "supplier"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=100)
    first_day = models.DateField()
    last_day = models.DateField()
    skus = models.JSONField(default=list, blank=True)
    categories = models.JSONField(default=list, blank=True)
    supplier = link("forecasting.Supplier", null=True)
    percent = figure()
    price = amount()
    by = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="event_days"),
            models.CheckConstraint(condition=Q(percent=None) | Q(percent__gt=-100), name="event_percent"),
        ]
        indexes = [models.Index(fields=["organisation", "last_day"], name="event_by_day")]

    def __str__(self) -> str:
        return f"{self.name} {self.first_day}"
