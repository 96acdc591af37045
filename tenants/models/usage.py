"""How much of what its tier allows an organisation uses."""

from django.db import models

from tenants.isolation import TenantModel


class Usage(TenantModel):
    """So many of one thing on one day (UTC): calls, series, products planned, bytes of files."""

    day = models.DateField()
    what = models.CharField(max_length=30)
    n = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "day", "what"], name="usage_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.what}: {self.n}"
