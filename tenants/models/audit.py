"""Who did what: text, no foreign keys, append-only, each entry sealed to the one before."""

import django_scopes
from django.db import models

from tenants.isolation import current_organisation


class AuditEntry(models.Model):
    """One thing that somebody did."""

    organisation_id = models.BigIntegerField(default=current_organisation, editable=False)
    at = models.DateTimeField()
    actor = models.CharField(max_length=254)
    on_behalf_of = models.CharField(max_length=254, blank=True, db_default="")  # the owner who let a manager in
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=36, blank=True, db_default="")
    reason = models.CharField(max_length=500, blank=True, db_default="")
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64, blank=True, db_default="")  # the seal of the firm's entry before
    seal = models.CharField(max_length=64, blank=True, db_default="")  # SHA-256 of the entry and of `previous`

    objects = django_scopes.ScopedManager(organisation="organisation_id")

    class Meta:
        indexes = [models.Index(fields=["organisation_id", "-id"], name="audit_last")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action} {self.target}"
