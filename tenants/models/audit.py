"""Who did what: text, no foreign keys, append-only."""

import django_scopes
from django.db import models

from tenants.isolation import current_organisation


class AuditEntry(models.Model):
    """One thing that somebody did."""

    organisation_id = models.BigIntegerField(default=current_organisation, editable=False)
    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=254)
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)

    objects = django_scopes.ScopedManager(organisation="organisation_id")

    class Meta:
        indexes = [models.Index(fields=["organisation_id", "-at"], name="audit_newest")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action} {self.target}"
