"""What stock costs and what sales earn, per run."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from forecasting.models.catalogue import amount, figure
from tenants.isolation import TenantModel, link


class StockMoney(TenantModel):
    """The money in the stock of one product, in the firm's own currency; absent where something is not known.

    average_value: mean over the known days of a year; value_weeks: the mean value of each of its weeks, oldest first.
    """

    run = link("forecasting.Run")
    product = link("forecasting.Product")
    stock_value = amount()
    average_value = amount()
    target_value = amount()
    freed = amount()
    needed = amount()
    dead_value = amount()
    holding_cost = amount()
    holding_capital = amount()
    holding_storage = amount()
    holding_risk = amount()
    days_of_stock = figure()
    floor_days = figure()
    value_weeks = ArrayField(models.FloatField(null=True), default=list)

    class Meta:
        abstract = True


class ProductMoney(StockMoney):
    """The money in one product, all places together; goods: what the units sold in the last year had cost."""

    turns = figure()
    gmroi = figure()
    sell_through = figure()
    revenue = amount()
    goods = amount()
    margin = amount()
    lost_margin = amount()
    missing = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "run", "product"], name="product_money_once")]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.stock_value}"


class ShelfMoney(StockMoney):
    """The money in one product in one place, for firms whose stock lies in several."""

    location = link("forecasting.Location")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "run", "product", "location"], name="shelf_money_once")
        ]

    def __str__(self) -> str:
        return f"{self.product_id} in {self.location_id}: {self.stock_value}"


class SalesSplit(TenantModel):
    """Where each unit of money of a year of sales goes; revenue is the sum of all parts and the margin."""

    run = link("forecasting.Run")
    channel = link("forecasting.Channel", null=True)
    units = figure()
    revenue = amount()
    goods = amount()
    fees = amount()
    payment = amount()
    shipping = amount()
    advertising = amount()
    returns = amount()
    holding = amount()
    margin = amount()
    missing = models.JSONField(default=list)

    class Meta:
        abstract = True


class ChannelMoney(SalesSplit):
    """The split of one channel's sales; left_out: sales of products whose cost is not known."""

    left_out = amount()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "run", "channel"], name="channel_money_once")]

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.revenue}"


class SaleMoney(SalesSplit):
    """The split of one product's sales through one channel."""

    product = link("forecasting.Product")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "run", "product", "channel"], name="sale_money_once", nulls_distinct=False
            )
        ]
        indexes = [models.Index(fields=["organisation", "run", "channel"], name="sale_money_by_channel")]

    def __str__(self) -> str:
        return f"{self.product_id} through {self.channel_id}: {self.revenue}"
