"""Orders far larger than usual, and what a person said of them."""

from django.db import models

from forecasting.models.catalogue import figure
from tenants.isolation import TenantModel, link


class OneOff(TenantModel):
    """An order line that stands out; kept apart from demand unless a person says that it is normal.

    It names its line by the order, as uploads do, so that it outlives a line that is uploaded again.
    """

    class Decision(models.TextChoices):
        """What was decided; nothing yet means: kept apart."""

        OPEN = ""
        APART = "apart"
        NORMAL = "normal"

    order_id = models.CharField(max_length=100)
    line_id = models.CharField(max_length=200)
    product = link("forecasting.Product")
    sold_on = models.DateField()
    units = models.FloatField()
    usual = figure()
    customer_ref = models.CharField(max_length=200, blank=True)
    decision = models.CharField(max_length=6, choices=Decision.choices, default=Decision.OPEN, blank=True)
    by = models.CharField(max_length=254, blank=True)
    decided_at = models.DateTimeField(null=True)
    found_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "order_id", "line_id"], name="one_off_once"),
        ]
        indexes = [models.Index(fields=["organisation", "product"], name="one_off_by_product")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.line_id}: {self.units}"
