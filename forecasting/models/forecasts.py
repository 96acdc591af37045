"""One computation, and what it says of each product."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from forecasting.models.uploads import UUIDv7
from tenants.isolation import TenantModel, link


class Run(TenantModel):
    """One computation of forecasts, plan and money; published whole or not at all."""

    id = models.UUIDField(primary_key=True, db_default=UUIDv7(), editable=False)
    freq = models.CharField(max_length=1)
    as_of = models.DateField()
    starts_on = models.DateField()
    horizon = models.IntegerField()
    levels = ArrayField(models.FloatField())
    seed = models.BigIntegerField()
    data_hash = models.CharField(max_length=64)
    engine_version = models.CharField(max_length=40)
    summary = models.JSONField(default=dict)
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "-published_at"], name="run_newest")]

    def __str__(self) -> str:
        return f"run of {self.as_of}"


class ProductForecast(TenantModel):
    """The quantiles of one product's demand in one run."""

    run = link("forecasting.Run")
    product = link("forecasting.Product")
    model = models.CharField(max_length=60)
    reason = models.JSONField()
    scores = models.JSONField(default=dict)
    value_added = models.FloatField(null=True)
    mean = ArrayField(models.FloatField())
    quantiles = ArrayField(ArrayField(models.FloatField()))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "run", "product"], name="forecast_once"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.model}"
