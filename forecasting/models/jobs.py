"""Background work: PostgreSQL decides, Celery runs. No policy: needed before a tenant is known."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from forecasting.models.uploads import UUIDv7


class Job(models.Model):
    """One piece of background work of one organisation."""

    class State(models.TextChoices):
        """Waiting, handed to Celery, held by a worker, or ended."""

        WAITING = "waiting"
        RELEASED = "released"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    OPEN = (State.WAITING, State.RELEASED, State.RUNNING)

    id = models.UUIDField(primary_key=True, db_default=UUIDv7(), editable=False)
    organisation = models.ForeignKey("tenants.Organisation", on_delete=models.DO_NOTHING, db_index=False)
    kind = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    details = models.JSONField(default=dict)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    message = models.JSONField(null=True)
    error = models.JSONField(null=True)
    attempt = models.SmallIntegerField(default=0)
    run_after = models.DateTimeField(db_default=Now())  # the database's clock, as all that leases are held to
    released_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=100, blank=True)
    cancel_wanted = models.BooleanField(default=False)
    by = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-created_at"], name="job_newest"),
            models.Index(fields=["state", "lease_until"], name="job_open", condition=Q(finished_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}: {self.state}"


class Lane(models.Model):
    """An organisation's place in the line: the one served longest ago comes first."""

    organisation = models.OneToOneField("tenants.Organisation", on_delete=models.DO_NOTHING, primary_key=True)
    served_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["served_at"], name="lane_longest_ago")]

    def __str__(self) -> str:
        return f"lane of {self.organisation_id}"
