"""Order lines."""

from django.db import models
from django.db.models import Q

from forecasting.models.catalogue import amount
from tenants.isolation import TenantModel, link

MOST_UNITS = 1e9


class Sale(TenantModel):
    """One order line: a date, a product, units (negative for a return), money, channel, location, order."""

    order_id = models.CharField(max_length=100)
    line_id = models.CharField(max_length=200)
    product = link("forecasting.Product")
    sold_at = models.DateTimeField()
    sold_on = models.DateField()
    units = models.FloatField()
    unit_price = amount()
    discount = amount()
    currency = models.CharField(max_length=3, blank=True)
    channel = link("forecasting.Channel", null=True)
    location = link("forecasting.Location", null=True)
    customer_ref = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=60, blank=True)
    upload = link("forecasting.Upload", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "order_id", "line_id"], name="sale_once"),
            models.CheckConstraint(condition=Q(units__gte=-MOST_UNITS, units__lte=MOST_UNITS), name="sale_units_sane"),
        ]
        indexes = [
            models.Index(fields=["organisation", "product", "sold_on"], name="sale_by_product"),
            models.Index(fields=["organisation", "sold_on"], name="sale_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.line_id}"
