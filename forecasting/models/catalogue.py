"""What is sold, where from, where to."""

from django.db import models

from tenants.isolation import TenantModel, link


def amount(**options: object) -> models.DecimalField:
    """Return a column for money per unit; absent where it is not known."""
    return models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True, **options)


def figure() -> models.FloatField:
    """Return a column for a figure that may not be known."""
    return models.FloatField(null=True, blank=True)


class Supplier(TenantModel):
    """Who delivers."""

    code = models.CharField(max_length=100)
    name = models.CharField(max_length=300, blank=True)
    lead_time_days = figure()
    lead_time_sd_days = figure()
    review_days = figure()
    currency = models.CharField(max_length=3, blank=True)
    email = models.EmailField(blank=True, db_default="")
    contact = models.CharField(max_length=300, blank=True, db_default="")
    address = models.TextField(blank=True, db_default="")
    order_cost = amount()
    least_value = amount()
    least_units = figure()
    upload = link("forecasting.Upload", null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="supplier_once")]

    def __str__(self) -> str:
        return self.name or self.code


class Location(TenantModel):
    """A warehouse or shop; transfer: what it takes to move a unit to here from another one."""

    code = models.CharField(max_length=100)
    name = models.CharField(max_length=300, blank=True)
    transfer_days = figure()
    transfer_cost = amount()
    lead_time_extra_days = figure()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="location_once")]

    def __str__(self) -> str:
        return self.name or self.code


class Channel(TenantModel):
    """Where it is sold, and what that costs; own: the firm's own shop rather than somebody's marketplace."""

    code = models.CharField(max_length=100)
    name = models.CharField(max_length=300, blank=True)
    own = models.BooleanField(null=True)
    fee_percent = amount()
    fee_fixed = amount()
    payment_percent = amount()
    payment_fixed = amount()
    shipping_per_unit = amount()
    ad_cost_percent = amount()
    return_cost = amount()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="channel_once")]

    def __str__(self) -> str:
        return self.name or self.code


class Product(TenantModel):
    """One stock-keeping unit, named by its sku."""

    class Status(models.TextChoices):
        """Whether it is still bought."""

        ACTIVE = "active"
        DISCONTINUED = "discontinued"

    sku = models.CharField(max_length=100)
    name = models.CharField(max_length=300, blank=True)
    category = models.CharField(max_length=200, blank=True)
    unit_cost = amount()
    unit_price = amount()
    currency = models.CharField(max_length=3, blank=True)
    supplier = link("forecasting.Supplier", null=True)
    lead_time_days = figure()
    lead_time_sd_days = figure()
    review_days = figure()
    moq = figure()
    pack_size = figure()
    shelf_life_days = figure()
    service_level = figure()
    order_cost = amount()
    storage_units = figure()
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    replaces = models.CharField(max_length=100, blank=True)
    incomplete = models.BooleanField(default=False)
    upload = link("forecasting.Upload", null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "sku"], name="product_once")]

    def __str__(self) -> str:
        return self.sku


class PriceBreak(TenantModel):
    """From this many units on, every unit of the order costs this much."""

    product = link("forecasting.Product")
    from_units = models.FloatField()
    unit_cost = models.DecimalField(max_digits=16, decimal_places=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "product", "from_units"], name="price_break_once"),
            models.CheckConstraint(condition=models.Q(from_units__gt=0, unit_cost__gte=0), name="price_break_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} from {self.from_units}"
