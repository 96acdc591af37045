"""What people expect to be sold instead of what the engine expects, and who was right."""

from django.db import models
from django.db.models import F, Q

from forecasting.models.catalogue import figure
from forecasting.models.sales import MOST_UNITS
from forecasting.models.uploads import UUIDv7
from tenants.isolation import TenantModel, link


class Override(TenantModel):
    """A person's change to what is expected of a product between two days, both included.

    units: so many in all of these days; percent: so much more (20) or less (-20) than the engine says; one of the two.
    engine_units and own_units: what the engine and the person expected when both knew the same; actual_units: what was
    sold, once the days have passed; sold_out: stock ran out meanwhile, so that nobody can be said to have been right.
    """

    id = models.UUIDField(primary_key=True, db_default=UUIDv7(), editable=False)
    product = link("forecasting.Product")
    first_day = models.DateField()
    last_day = models.DateField()
    units = figure()
    percent = figure()
    reason = models.CharField(max_length=300)
    by = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=254, blank=True)
    engine_units = figure()
    own_units = figure()
    actual_units = figure()
    sold_out = models.BooleanField(default=False)
    scored_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="override_days"),
            models.CheckConstraint(
                condition=Q(units__gte=0, units__lte=MOST_UNITS, percent=None)
                | Q(percent__gte=-100, percent__lte=1000, units=None),
                name="override_sane",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "product", "last_day"], name="override_by_product"),
            models.Index(fields=["organisation", "last_day"], name="override_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.first_day}"
