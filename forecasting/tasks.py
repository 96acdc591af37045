"""What Celery runs: an id in, one call, nothing out."""

from celery import shared_task

from forecasting import jobs


@shared_task
def run_job(job_id: str) -> None:
    """Do one job; safe to repeat."""
    jobs.run(job_id)


@shared_task
def sweep() -> None:
    """Bring back what lost its worker or its message."""
    jobs.sweep()
