"""What a firm pays: its subscription, its invoices, what was paid. No policies: asked for across firms.

Invoices and payments name the firm by its number alone: they stay, as the law asks, when the firm is purged.
"""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from tenants.tiers import Tier

TIERS = [(tier.value, tier.value) for tier in Tier]
INTERVALS = [("month", "month"), ("year", "year")]


class Subscription(models.Model):
    """What a firm has chosen to pay for; days are days of the firm's time zone, periods end before `period_end`."""

    class Status(models.TextChoices):
        """Trying, not paying, or paying."""

        TRIAL = "trial"
        FREE = "free"
        ACTIVE = "active"

    organisation = models.OneToOneField(
        "tenants.Organisation", on_delete=models.CASCADE, primary_key=True, related_name="subscription"
    )
    version = models.BigIntegerField(default=0)  # every change is one conditional update on it
    status = models.CharField(max_length=10, choices=Status.choices)
    tier = models.CharField(max_length=10, choices=TIERS)
    interval = models.CharField(max_length=5, choices=INTERVALS, default="month")
    trial_end = models.DateField(null=True)
    anchor = models.DateField(null=True)  # the day from which periods are counted
    period_start = models.DateField(null=True)
    period_end = models.DateField(null=True)
    off_bp = models.IntegerField(default=0)  # discount in this period, in hundredths of a percent
    next_tier = models.CharField(max_length=10, choices=TIERS, blank=True)  # from period_end on; blank: as now
    next_interval = models.CharField(max_length=5, choices=INTERVALS, blank=True)
    discount_percent = models.SmallIntegerField(default=0)
    discount_months = models.SmallIntegerField(default=0)  # still to be given
    failed_on = models.DateField(null=True)  # the first day on which something owed was late or refused
    reminded = models.SmallIntegerField(default=0)  # the last day of reminding that was reached: 1, 7, 14, 30
    provider = models.CharField(max_length=10, default="transfer")
    provider_customer = models.CharField(max_length=100, blank=True)
    provider_subscription = models.CharField(max_length=100, blank=True)
    synced_at = models.DateTimeField(null=True)
    billing_name = models.CharField(max_length=200, blank=True)
    billing_address = models.TextField(max_length=1000, blank=True)
    billing_country = models.CharField(max_length=2, blank=True)
    billing_email = models.EmailField(max_length=254, blank=True)
    vat_id = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="subscription_pays_for_a_period",
                condition=~Q(status="active") | Q(period_start__isnull=False, period_end__gt=models.F("period_start")),
            ),
            models.CheckConstraint(name="subscription_off", condition=Q(off_bp__range=(0, 10_000))),
            models.UniqueConstraint(
                fields=["provider_customer"], name="subscription_customer", condition=~Q(provider_customer="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.status} {self.tier}"


class InvoiceCounter(models.Model):
    """The last number given in a year; its row is locked while one is given, so that none is left out."""

    year = models.IntegerField(primary_key=True)
    last = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class Invoice(models.Model):
    """An invoice or credit note (its sums are negative), never changed once written but for whether it is settled."""

    class State(models.TextChoices):
        """Owed, settled, or taken back whole by credit notes."""

        OPEN = "open"
        PAID = "paid"
        VOID = "void"

    organisation_id = models.BigIntegerField()
    number = models.CharField(max_length=20, unique=True)
    year = models.IntegerField()
    sequence = models.IntegerField()
    credits = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="credit_notes")
    state = models.CharField(max_length=5, choices=State.choices, default=State.OPEN)
    settled_at = models.DateTimeField(null=True)
    issued_on = models.DateField()
    due_on = models.DateField()
    currency = models.CharField(max_length=3, default="EUR")
    lines = models.JSONField()  # [{"kind", "tier", "interval", "start", "end", "cents", …}]
    net_cents = models.BigIntegerField()
    vat_bp = models.IntegerField()
    vat_rule = models.CharField(max_length=20)
    vat_cents = models.BigIntegerField()
    gross_cents = models.BigIntegerField()
    seller = models.JSONField()
    buyer = models.JSONField()
    language = models.CharField(max_length=10)
    reference = models.CharField(max_length=25)
    reason = models.CharField(max_length=500, blank=True)
    provider = models.CharField(max_length=10, default="transfer")
    provider_ref = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "sequence"], name="invoice_in_a_row"),
            models.UniqueConstraint(
                fields=["provider", "provider_ref"], name="invoice_of_provider", condition=~Q(provider_ref="")
            ),
            models.CheckConstraint(
                name="invoice_adds_up", condition=Q(gross_cents=models.F("net_cents") + models.F("vat_cents"))
            ),
        ]
        indexes = [models.Index(fields=["organisation_id", "-id"], name="invoice_newest")]

    def __str__(self) -> str:
        return self.number


class Payment(models.Model):
    """Money that came in for an invoice, or went back (negative)."""

    organisation_id = models.BigIntegerField()
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    cents = models.BigIntegerField()
    on = models.DateField()
    reference = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "reference"], name="payment_once", condition=~Q(reference="")),
        ]

    def __str__(self) -> str:
        return f"{self.cents} for {self.invoice_id}"


class CreditEntry(models.Model):
    """A movement of a firm's credit: given (positive), or used by an invoice (negative); net cents."""

    organisation_id = models.BigIntegerField()
    cents = models.BigIntegerField()
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    by = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["organisation_id"], name="credit_of")]

    def __str__(self) -> str:
        return f"{self.cents} to {self.organisation_id}"


class LimitState(models.Model):
    """How far a firm is with one limit: what it uses, since when that is too much, when it was told."""

    organisation = models.ForeignKey("tenants.Organisation", on_delete=models.CASCADE, db_index=False, related_name="+")
    name = models.CharField(max_length=20)
    used = models.BigIntegerField(default=0)
    over_since = models.DateField(null=True)
    warned_at = models.DateTimeField(null=True)
    counted_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="limit_once")]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.name}: {self.used}"


class ProviderEvent(models.Model):
    """A message of a payment provider, kept once by its id until it is acted on; whose it is shows only then."""

    id = models.CharField(max_length=100, primary_key=True)
    kind = models.CharField(max_length=60)
    customer = models.CharField(max_length=100, blank=True)
    payload = models.JSONField()
    received_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["received_at"], name="event_waiting", condition=Q(done_at=None))]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
