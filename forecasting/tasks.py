"""What Celery runs: an id in, one call, nothing out."""

from celery import shared_task

from forecasting import jobs
from forecasting.services import figures


@shared_task
def run_job(job_id: str) -> None:
    """Do one job; safe to repeat."""
    jobs.run(job_id)


@shared_task
def tune_weekly() -> None:
    """Tune the plans of those who make them."""
    jobs.tune_weekly()


@shared_task
def sweep() -> None:
    """Bring back what lost its worker or its message."""
    jobs.sweep()


@shared_task
def run_due() -> None:
    """Forecast and plan for the firms whose turn it is."""
    jobs.run_due()


@shared_task
def pull_due() -> None:
    """Fetch from the shops whose turn it is."""
    jobs.pull_due()


@shared_task
def count_figures() -> None:
    """Count how every firm is doing, for its account manager."""
    figures.write_all()
