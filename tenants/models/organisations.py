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
