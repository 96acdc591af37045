"""What programs show to be let in, and what was answered to their repeated calls."""

from django.db import models

from tenants.isolation import TenantModel
from tenants.models.organisations import Organisation


class ApiKey(models.Model):
    """A key of one organisation; its secret is kept nowhere. No policy: needed before a tenant is known."""

    class Scope(models.TextChoices):
        """What the key may do."""

        READ = "r"
        WRITE = "w"

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=100)
    scope = models.CharField(max_length=1, choices=Scope.choices)
    prefix = models.CharField(max_length=8, unique=True)
    secret_hash = models.CharField(max_length=64)
    made_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=254, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "-created_at"], name="api_key_newest")]

    def __str__(self) -> str:
        return f"lg_{self.scope}_{self.prefix}"


class IdempotentCall(TenantModel):
    """A call that carried an Idempotency-Key, and its answer; without a status it is still running."""

    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    status = models.SmallIntegerField(null=True)
    content_type = models.CharField(max_length=100, blank=True)
    headers = models.JSONField(default=dict)
    answer = models.BinaryField(default=b"")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="idempotent_call_once")]
        indexes = [models.Index(fields=["organisation", "started_at"], name="idempotent_call_oldest")]

    def __str__(self) -> str:
        return f"{self.key}: {self.status}"
