"""The stock plan, and the rules it follows."""

from django.db import models

from forecasting.models.catalogue import amount, figure
from tenants.isolation import TenantModel, link


class Policy(TenantModel):
    """What the organisation holds for all products unless a product says otherwise."""

    class Freq(models.TextChoices):
        """How long a period is."""

        DAY = "D"
        WEEK = "W"
        MONTH = "M"

    freq = models.CharField(max_length=1, choices=Freq.choices, default=Freq.WEEK)
    service_level = models.FloatField(default=0.95)
    review_days = models.FloatField(default=7)
    lead_time_days = figure()
    capital_rate = models.FloatField(default=0.10)
    storage_rate = models.FloatField(default=0.04)
    risk_rate = models.FloatField(default=0.06)
    receivable_days = figure()
    payable_days = figure()
    level_a = figure()
    level_b = figure()
    level_c = figure()
    lean = models.FloatField(default=1.0)
    cushion = models.FloatField(default=1.0)
    tuned = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="policy_once")]

    def __str__(self) -> str:
        return f"policy of {self.organisation_id}"

    @property
    def holding_rate(self) -> float:
        """Return what it costs to hold a unit for a year, as a share of its cost."""
        return self.capital_rate + self.storage_rate + self.risk_rate


class Proposal(TenantModel):
    """Order or make this many, by this date, because …

    pace: demand expected per day. Without a location while the firm's stock lies in one place, else one for each place
    of the product. unit_cost, value: in the product's own currency; home_value: the same in the firm's. interval_days:
    until the order after this one arrives; level: the service level used. changes: one packed sentence on what changed
    since the plan before, with its steps.
    """

    run = link("forecasting.Run")
    product = link("forecasting.Product")
    location = link("forecasting.Location", null=True)
    supplier = link("forecasting.Supplier", null=True)
    on_hand = figure()
    inbound = figure()
    pace = figure()
    safety_stock = figure()
    reorder_point = figure()
    order_up_to = figure()
    units = figure()
    order_on = models.DateField(null=True)
    arrives_on = models.DateField(null=True)
    lasts_until = models.DateField(null=True)
    value = amount()
    home_value = amount()
    expected_cost = amount()
    lost_margin = amount()
    lost_margin_idle = amount()
    risk = figure()
    rank = models.IntegerField(null=True)
    unit_cost = amount()
    made = models.BooleanField(db_default=False, default=False)  # in the own works, not bought
    abc = models.CharField(max_length=1, blank=True)
    xyz = models.CharField(max_length=1, blank=True)
    level = figure()
    interval_days = figure()
    sensitivity = models.JSONField(default=dict)
    changes = models.JSONField(default=list)
    passport = models.JSONField(default=list)
    missing = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "run", "product", "location"], name="proposal_once", nulls_distinct=False
            )
        ]
        indexes = [models.Index(fields=["organisation", "run", "order_on"], name="proposal_by_date")]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.units}"


class Transfer(TenantModel):
    """Move this many from one place to another before buying more."""

    run = link("forecasting.Run")
    product = link("forecasting.Product")
    origin = link("forecasting.Location")
    destination = link("forecasting.Location")
    units = models.FloatField()
    send_on = models.DateField()
    arrives_on = models.DateField()
    reason = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "run", "product", "origin", "destination"], name="transfer_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.units}"


class Recipe(TenantModel):
    """All that the newest plan was computed from, as the shell's files in a ZIP, and the command that plans them.

    Kept for the newest run alone. inputs_hash: of the files.
    """

    run = link("forecasting.Run")
    command = models.TextField()
    inputs_hash = models.CharField(max_length=64)
    archive = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "run"], name="recipe_once")]

    def __str__(self) -> str:
        return f"recipe of {self.run_id}"
