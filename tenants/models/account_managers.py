"""Who of the portal looks after which firm, and what they may know of it. No policies: asked for across firms."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from tenants.models.organisations import Organisation
from tenants.roles import Role


class AccountManager(models.Model):
    """A person of the portal who looks after firms; the operator is a User with is_staff."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="manages")
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.user)


class Assignment(models.Model):
    """Which manager a firm belongs to; a firm without one is the operator's."""

    organisation = models.OneToOneField(
        Organisation, on_delete=models.CASCADE, primary_key=True, related_name="assignment"
    )
    manager = models.ForeignKey(AccountManager, on_delete=models.PROTECT, related_name="assignments")
    since = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.organisation_id} of {self.manager_id}"


class OrganisationFigures(models.Model):
    """How a firm is doing, in sums and dates alone; its own jobs write them, for nobody else sees its rows."""

    organisation = models.OneToOneField(
        Organisation, on_delete=models.CASCADE, primary_key=True, related_name="figures"
    )
    counted_at = models.DateTimeField(db_default=Now())
    products = models.IntegerField(default=0)
    last_upload_at = models.DateTimeField(null=True)
    last_run_at = models.DateTimeField(null=True)
    sales_until = models.DateField(null=True)
    readiness = models.SmallIntegerField(null=True)  # of 100: how much of what a plan needs is there
    adherence = models.SmallIntegerField(null=True)  # of 100 proposals decided on, how many were taken as they were
    at_risk = models.DecimalField(max_digits=18, decimal_places=2, null=True)  # sales that stock-outs would cost
    excess = models.DecimalField(max_digits=18, decimal_places=2, null=True)  # money in stock beyond its target
    stock_value = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    failed_imports = models.IntegerField(default=0)  # of the last 14 days
    failed_jobs = models.IntegerField(default=0)
    used = models.JSONField(default=dict, db_default={})  # of the last 30 days: see services.usage.lately

    def __str__(self) -> str:
        return f"figures of {self.organisation_id}"


class ManagerNote(models.Model):
    """What a manager wrote about a firm; its owner reads the same in the audit log."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+", db_index=False)
    by = models.CharField(max_length=254)
    text = models.CharField(max_length=500)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["organisation", "-at"], name="manager_note_newest")]

    def __str__(self) -> str:
        return f"{self.by}: {self.text[:40]}"


class Consent(models.Model):
    """A manager's wish to look inside a firm, what its owner said, and until when it holds."""

    class State(models.TextChoices):
        """What became of it; a granted one holds until ends_at."""

        ASKED = "asked"
        GRANTED = "granted"
        REFUSED = "refused"
        ENDED = "ended"

    ROLES = ((Role.VIEWER.value, Role.VIEWER.value), (Role.PLANNER.value, Role.PLANNER.value))

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+", db_index=False)
    manager = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    role = models.CharField(max_length=10, choices=ROLES, default=Role.VIEWER.value)
    emergency = models.BooleanField(default=False)  # the operator's, without the owner's consent
    asked_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=254, blank=True)
    ends_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "manager"],
                name="consent_one_open",
                condition=Q(state__in=["asked", "granted"]),
            ),
            models.CheckConstraint(
                name="consent_holds_for_a_time",
                condition=~Q(state="granted") | Q(ends_at__isnull=False, ends_at__gt=F("decided_at")),
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-asked_at"], name="consent_newest")]

    def __str__(self) -> str:
        return f"{self.manager_id} into {self.organisation_id}: {self.state}"


class Departure(models.Model):
    """A firm that is leaving: closed until the day on which all of it is removed."""

    organisation = models.OneToOneField(
        Organisation, on_delete=models.CASCADE, primary_key=True, related_name="departure"
    )
    asked_at = models.DateTimeField(db_default=Now())
    asked_by = models.CharField(max_length=254)
    due_at = models.DateTimeField()
    state_before = models.CharField(max_length=10)
    reason_before = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"{self.organisation_id} leaves on {self.due_at:%Y-%m-%d}"


class PurgeCertificate(models.Model):
    """Proof that a firm was removed, without a word about a person: counts by table, and how many files."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation_id = models.BigIntegerField(unique=True)
    asked_on = models.DateField()
    purged_at = models.DateTimeField(db_default=Now())
    rows = models.JSONField()
    files = models.IntegerField()
    invoices_kept = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.organisation_id} removed on {self.purged_at:%Y-%m-%d}"
