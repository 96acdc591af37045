"""What Celery runs of the tenants floor: one call, nothing out."""

from celery import shared_task

from tenants.services import webhooks


@shared_task
def deliver() -> None:
    """Send the messages that are due."""
    webhooks.deliver()
