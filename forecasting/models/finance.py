"""What stock costs and what sales earn, per run."""

from django.db import models

from forecasting.models.catalogue import amount, figure
from tenants.isolation import TenantModel, link


class ProductMoney(TenantModel):
    """The money in one product."""

    run = link("forecasting.Run")
    product = link("forecasting.Product")
    stock_value = amount()
    target_value = amount()
    freed = amount()
    needed = amount()
    holding_cost = amount()
    days_of_stock = figure()
    turns = figure()
    gmroi = figure()
    revenue = amount()
    margin = amount()
    missing = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "run", "product"], name="product_money_once")]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.stock_value}"


class ChannelMoney(TenantModel):
    """Where each unit of money of one channel's sales goes; left_out: sales of products whose cost is not known."""

    run = link("forecasting.Run")
    channel = link("forecasting.Channel", null=True)
    revenue = amount()
    goods = amount()
    fees = amount()
    shipping = amount()
    advertising = amount()
    margin = amount()
    left_out = amount()
    missing = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "run", "channel"], name="channel_money_once")]

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.revenue}"
