"""What goods are made of, where they are made, and what a run schedules there."""

from django.db import models
from django.db.models import F, Q

from forecasting.models.catalogue import amount
from forecasting.models.sales import MOST_UNITS
from tenants.isolation import TenantModel, link


class Component(TenantModel):
    """So many units of a component go into one unit of its parent.

    made: the parent is made to stock (True) or put together when it is sold, a kit (False); None = nobody said, and
    then it is made when stock of it was ever counted.
    """

    parent = link("forecasting.Product")
    component = link("forecasting.Product")
    quantity = models.FloatField()
    made = models.BooleanField(null=True)
    upload = link("forecasting.Upload", null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "component"], name="component_used_in")]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "parent", "component"], name="component_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0, quantity__lte=MOST_UNITS), name="component_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.component_id} in {self.parent_id}"


class WorkCentre(TenantModel):
    """A machine, a bench or a team, and the minutes that it can work in a usual week."""

    code = models.CharField(max_length=100)
    name = models.CharField(max_length=300, blank=True)
    weekly_minutes = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "code"], name="work_centre_once"),
            models.CheckConstraint(condition=Q(weekly_minutes__gte=0), name="work_centre_minutes"),
        ]

    def __str__(self) -> str:
        return self.name or self.code


class CapacityChange(TenantModel):
    """Days on which a work centre can work another number of minutes a week: 0 when it is closed."""

    work_centre = link("forecasting.WorkCentre")
    starts_on = models.DateField()
    ends_on = models.DateField()
    weekly_minutes = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "work_centre", "starts_on"], name="capacity_change_once"),
            models.CheckConstraint(
                condition=Q(weekly_minutes__gte=0, ends_on__gte=F("starts_on")), name="capacity_change_sane"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.work_centre_id} {self.starts_on}: {self.weekly_minutes}"


class Routing(TenantModel):
    """What making a product takes at one work centre."""

    product = link("forecasting.Product")
    work_centre = link("forecasting.WorkCentre")
    minutes_per_unit = models.FloatField()
    setup_minutes = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "product", "work_centre"], name="routing_once"),
            models.CheckConstraint(condition=Q(minutes_per_unit__gte=0, setup_minutes__gte=0), name="routing_sane"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} at {self.work_centre_id}"


class ProductionOrder(TenantModel):
    """Make this many, from this day, until this day, because …

    proposed: to be released now; the others are foreseen. start_on: first day of the first week in which it is made,
    due_on: the day on which the last unit is needed, finish_on: on which it is done (None: not within the horizon).
    late_days: of its last unit. lost_units, lost_sales: sales that are expected to be missed by that.
    needs: what goes into it, [{sku, units, short, on}]; serves: the orders it is made for, [{sku, units, on}], and
    without any it is made for stock.
    """

    run = link("forecasting.Run")
    product = link("forecasting.Product")
    number = models.IntegerField()
    units = models.FloatField()
    proposed = models.BooleanField()
    start_on = models.DateField(null=True)
    due_on = models.DateField()
    finish_on = models.DateField(null=True)
    late_units = models.FloatField(default=0)
    late_days = models.IntegerField(default=0)
    unmade_units = models.FloatField(default=0)
    lost_units = models.FloatField(default=0)
    lost_sales = amount()
    waits_until = models.DateField(null=True)
    needs = models.JSONField(default=list)
    serves = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "run", "number"], name="production_order_once"),
            models.CheckConstraint(condition=Q(units__gt=0), name="production_order_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.units}"


class ProductionSlot(TenantModel):
    """What of an order is made at a work centre in one week."""

    run = link("forecasting.Run")
    order = link("forecasting.ProductionOrder")
    work_centre = link("forecasting.WorkCentre")
    week = models.DateField()
    units = models.FloatField()
    minutes = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "order", "work_centre", "week"], name="production_slot_once"
            )
        ]
        indexes = [models.Index(fields=["organisation", "run", "week"], name="production_slot_by_week")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.week}: {self.units}"


class ProductionLoad(TenantModel):
    """Minutes of a work centre in one week: what it can do, what due dates alone would want, what is planned."""

    run = link("forecasting.Run")
    work_centre = link("forecasting.WorkCentre")
    week = models.DateField()
    capacity = models.FloatField()
    wanted = models.FloatField()
    planned = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "run", "work_centre", "week"], name="production_load_once")
        ]

    def __str__(self) -> str:
        return f"{self.work_centre_id} {self.week}: {self.planned} of {self.capacity}"
