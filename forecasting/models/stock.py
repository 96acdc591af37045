"""What is there, and what is on its way."""

from django.db import models
from django.db.models import Q

from forecasting.models.sales import MOST_UNITS
from tenants.isolation import TenantModel, link


class StockCount(TenantModel):
    """How many were there at the end of a day."""

    product = link("forecasting.Product")
    location = link("forecasting.Location")
    counted_at = models.DateField()
    on_hand = models.FloatField()
    reserved = models.FloatField(default=0)
    upload = link("forecasting.Upload", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "product", "location", "counted_at"], name="stock_count_once"
            ),
            models.CheckConstraint(
                condition=Q(on_hand__gte=-MOST_UNITS, on_hand__lte=MOST_UNITS), name="stock_on_hand_sane"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.counted_at}: {self.on_hand}"


class Inbound(TenantModel):
    """A quantity on order."""

    order_ref = models.CharField(max_length=100)
    product = link("forecasting.Product")
    location = link("forecasting.Location")
    units = models.FloatField()
    ordered_on = models.DateField(null=True)
    expected_on = models.DateField()
    received_on = models.DateField(null=True)
    upload = link("forecasting.Upload", null=True)
    line = link("forecasting.OrderLine", null=True)  # of an order that was made here; else it was uploaded

    class Meta:
        indexes = [models.Index(fields=["organisation", "line"], name="inbound_by_line")]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "order_ref", "product", "location"], name="inbound_once"),
            models.CheckConstraint(condition=Q(units__gte=0, units__lte=MOST_UNITS), name="inbound_units_sane"),
        ]

    def __str__(self) -> str:
        return f"{self.order_ref} {self.units}"
