"""Background work as programs see it: accepted, how far it is, how it ended."""

from typing import Any

from rest_framework import serializers

from forecasting.models import Job
from portal.translations import spoken

STATES = {
    Job.State.WAITING: "queued",
    Job.State.RELEASED: "queued",
    Job.State.RUNNING: "running",
    Job.State.DONE: "done",
    Job.State.FAILED: "failed",
    Job.State.CANCELLED: "cancelled",
}


class WorkOut(serializers.Serializer[Any]):
    """Work in the background; done of total says how far it is, error why it failed."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=sorted(set(STATES.values())))
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    error = serializers.CharField(allow_null=True)


def told(job: Job) -> dict[str, Any]:
    """Write a job down."""
    return {
        "id": job.pk,
        "state": STATES[Job.State(job.state)],
        "done": job.done,
        "total": job.total,
        "error": spoken(job.error) if job.error else None,
    }
