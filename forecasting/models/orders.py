"""What was decided about proposals, the orders that came of it, and what arrived."""

from django.db import models
from django.db.models import Q

from forecasting.models.catalogue import amount
from forecasting.models.sales import MOST_UNITS
from forecasting.models.uploads import UUIDv7
from tenants.isolation import TenantModel, link


class Order(TenantModel):
    """A purchase order to one supplier, for one place, in one currency; its number is never given twice.

    made: an order to the firm's own works; it is never a draft.
    """

    class State(models.TextChoices):
        """How far the order has come."""

        DRAFT = "draft"
        SENT = "sent"
        PARTLY = "partly"
        RECEIVED = "received"
        CANCELLED = "cancelled"

    class Mail(models.TextChoices):
        """Where the letter to the supplier is; none when the order was only marked as sent."""

        NONE = ""
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"

    COMING = (State.SENT, State.PARTLY)
    OPEN = (State.DRAFT, *COMING)

    id = models.UUIDField(primary_key=True, db_default=UUIDv7(), editable=False)
    number = models.CharField(max_length=40)
    supplier = link("forecasting.Supplier", null=True)
    location = link("forecasting.Location", null=True)
    currency = models.CharField(max_length=3)
    made = models.BooleanField(db_default=False, default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    message = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=254)
    ordered_on = models.DateField(null=True)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.CharField(max_length=254, blank=True)
    sent_to = models.CharField(max_length=254, blank=True)
    mail = models.CharField(max_length=8, choices=Mail.choices, default=Mail.NONE, blank=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="order_number_once"),
            models.UniqueConstraint(
                fields=["organisation", "supplier", "location", "currency"],
                condition=Q(state="draft"),
                nulls_distinct=False,
                name="order_one_draft",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "state", "-created_at"], name="order_by_state")]

    def __str__(self) -> str:
        return self.number


class OrderCounter(TenantModel):
    """The last number that was given in a year."""

    year = models.IntegerField()
    last = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "year"], name="order_counter_once")]

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class OrderLine(TenantModel):
    """So many of one product; received counts what came, closed says that the rest will not."""

    order = link("forecasting.Order")
    product = link("forecasting.Product")
    units = models.FloatField()
    unit_cost = amount()
    expected_on = models.DateField(null=True)
    received = models.FloatField(default=0)
    closed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "order", "product"], name="order_line_once"),
            models.CheckConstraint(condition=Q(units__gt=0, units__lte=MOST_UNITS), name="order_line_units_sane"),
            models.CheckConstraint(condition=Q(received__gte=0, received__lte=MOST_UNITS), name="order_line_received"),
        ]
        indexes = [models.Index(fields=["organisation", "product"], name="order_line_by_product")]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.units}"

    @property
    def rest(self) -> float:
        """Return the units that are still to come."""
        return 0.0 if self.closed else max(0.0, self.units - self.received)


class Receipt(TenantModel):
    """What arrived of a line on a day; taken back, it stays written down."""

    line = link("forecasting.OrderLine")
    units = models.FloatField()
    received_on = models.DateField()
    by = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(units__gt=0, units__lte=MOST_UNITS), name="receipt_units_sane")
        ]
        indexes = [models.Index(fields=["organisation", "line"], name="receipt_by_line")]

    def __str__(self) -> str:
        return f"{self.received_on}: {self.units}"


class Decision(TenantModel):
    """What a person made of a proposal; taken back, it stays written down and the proposal is open again."""

    class Action(models.TextChoices):
        """Followed, followed with other units, or not followed."""

        ACCEPTED = "accepted"
        CHANGED = "changed"
        IGNORED = "ignored"

    proposal = link("forecasting.Proposal")
    product = link("forecasting.Product")
    line = link("forecasting.OrderLine", null=True)
    action = models.CharField(max_length=8, choices=Action.choices)
    proposed = models.FloatField()
    units = models.FloatField()
    unit_cost = amount()
    reason = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=254)
    decided_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "proposal"], condition=Q(undone_at=None), name="decision_once"
            ),
            models.CheckConstraint(condition=Q(units__gte=0, units__lte=MOST_UNITS), name="decision_units_sane"),
        ]
        indexes = [models.Index(fields=["organisation", "product", "-decided_at"], name="decision_by_product")]

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.action}"
