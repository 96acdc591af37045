"""What Celery runs for the tenants floor: one call, nothing out."""

from celery import shared_task

from tenants.services import audit, billing, letters, provider_events, webhooks


@shared_task
def verify_audit_logs() -> None:
    """Check that no entry of any firm's audit log was changed or lost; what is wrong is logged as critical."""
    audit.verify()


@shared_task
def deliver() -> None:
    """Send the messages to webhooks that are due."""
    webhooks.deliver()


@shared_task
def post_letters() -> None:
    """Send the letters that are due."""
    letters.forget()
    letters.go_round()


@shared_task
def advance_subscriptions() -> None:
    """Move every subscription on to the day that it is where its firm is."""
    billing.advance()


@shared_task
def follow_providers() -> None:
    """Look anew at every customer that a message of a payment provider waits about."""
    provider_events.work_off()


@shared_task
def reconcile_providers() -> None:
    """Look anew at every customer of a payment provider, whatever was heard."""
    provider_events.reconcile()
