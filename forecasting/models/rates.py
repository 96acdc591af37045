"""What foreign money is worth."""

from django.db import models
from django.db.models import Q

from tenants.isolation import TenantModel, link


class Rate(TenantModel):
    """From this day on, one unit of a foreign currency is worth this much of the firm's own."""

    currency = models.CharField(max_length=3)
    day = models.DateField()
    rate = models.DecimalField(max_digits=20, decimal_places=10)
    by = models.CharField(max_length=254, blank=True)  # who entered it by hand; else a file or a program brought it
    upload = link("forecasting.Upload", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "currency", "day"], name="rate_once"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.day}: {self.rate}"
