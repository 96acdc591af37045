"""The past lived again: what following the plan would have meant, and from what that was computed."""

from django.db import models

from forecasting.models.uploads import UUIDv7
from tenants.isolation import TenantModel


class Replay(TenantModel):
    """One replay of a window; never changed afterwards. tries: how often this window had been lived by then."""

    id = models.UUIDField(primary_key=True, db_default=UUIDv7(), editable=False)
    freq = models.CharField(max_length=1)
    starts_on = models.DateField()
    ends_on = models.DateField()
    seed = models.BigIntegerField()
    rule = models.JSONField(default=dict)
    policy = models.JSONField(default=dict)
    inputs_hash = models.CharField(max_length=64)
    engine_version = models.CharField(max_length=40)
    command = models.TextField()
    archive = models.BinaryField()
    result = models.JSONField()
    tries = models.IntegerField()
    seconds = models.FloatField()
    by = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "-created_at"], name="replay_newest")]

    def __str__(self) -> str:
        return f"replay of {self.starts_on} to {self.ends_on}"
