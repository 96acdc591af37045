"""One computation, and what it says of each product."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from forecasting.models.catalogue import figure
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
    """The quantiles of one product's demand in one run, and how good such forecasts of it were in the past.

    weight: units a period that it sells; rmsse, bias_units and coverage: of the engine in its test, tested: periods;
    naive_rmsse: of the better of the two naive forecasts, which value_added is held against too (pinball loss).
    backtest: who -> metric -> figure. recovered: periods in which stock was out or seems to have been, as
    [first day, units that would have been sold, whether it is inferred].
    own_mean: the engine's own, where a person's change (changes: the ids of overrides) moved the mean.
    """

    run = link("forecasting.Run")
    product = link("forecasting.Product")
    model = models.CharField(max_length=60)
    reason = models.JSONField()
    scores = models.JSONField(default=dict)
    value_added = models.FloatField(null=True)
    weight = figure()
    rmsse = figure()
    naive_rmsse = figure()
    bias_units = figure()
    coverage = figure()
    tested = figure()
    backtest = models.JSONField(default=dict)
    refusals = models.JSONField(default=list)
    recovered = models.JSONField(default=list)
    refused = models.BooleanField(default=False)
    changes = models.JSONField(default=list)
    own_mean = ArrayField(models.FloatField(), null=True)
    mean = ArrayField(models.FloatField())
    quantiles = ArrayField(ArrayField(models.FloatField()))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "run", "product"], name="forecast_once"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.model}"


class FittedModel(TenantModel):
    """What the engine learned from all products together, kept so that the runs of a week need not learn it anew.

    key: names all that must be the same for it to be used again; starts_on: the first day of the history it knows.
    """

    freq = models.CharField(max_length=1)
    places = models.BooleanField(default=False)  # learned from each product in each place
    key = models.CharField(max_length=64)
    starts_on = models.DateField()
    as_of = models.DateField()
    data_hash = models.CharField(max_length=64)
    fitted_at = models.DateTimeField(auto_now_add=True)
    body = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "freq", "places"], name="fitted_model_once")]

    def __str__(self) -> str:
        return f"model of {self.as_of}"
