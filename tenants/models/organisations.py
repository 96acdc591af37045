"""Firms, who belongs to them, and who is asked to."""

from django.conf import settings
from django.db import models

from tenants.roles import Role
from tenants.tiers import Tier


class Organisation(models.Model):
    """A tenant: one firm."""

    class State(models.TextChoices):
        """Whether its people may work, only read, or not come in."""

        ACTIVE = "active"
        READ_ONLY = "read_only"  # unpaid for too long: everything can be read and exported, nothing changed
        SUSPENDED = "suspended"  # by an account manager: only owners come in, to read why, pay and export
        CLOSING = "closing"  # the firm is leaving: exported from until it is purged

    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    address = models.TextField(blank=True, db_default="")
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=64)
    language = models.CharField(max_length=10, default="en")
    tier = models.CharField(max_length=10, choices=[(t.value, t.value) for t in Tier], default=Tier.GROWTH.value)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE, db_default=State.ACTIVE)
    state_reason = models.CharField(max_length=500, blank=True, db_default="")
    created_at = models.DateTimeField(auto_now_add=True)
    # When the portal plans by itself: the owner's choice, in the firm's own time.
    auto_runs = models.BooleanField(default=True, db_default=True)
    auto_day = models.SmallIntegerField(default=0, db_default=0)  # Monday is 0; only where the tier plans weekly
    auto_hour = models.SmallIntegerField(default=5, db_default=5)
    auto_turn = models.DateTimeField(null=True)  # the turn that was taken last
    auto_idle = models.BooleanField(default=False, db_default=False)  # at that turn nothing was new

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(auto_day__range=(0, 6)), name="auto_day_of_week"),
            models.CheckConstraint(condition=models.Q(auto_hour__range=(0, 23)), name="auto_hour_of_day"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role in an organisation."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=[(r.value, r.value) for r in Role])
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.organisation_id}: {self.role}"


class Invitation(models.Model):
    """A letter that lets one e-mail address join."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations", db_index=False)
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=10, choices=[(r.value, r.value) for r in Role])
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "email"], name="invitation_of")]

    def __str__(self) -> str:
        return f"{self.email} into {self.organisation_id}"
