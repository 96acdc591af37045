"""Kinds of work for tests with real workers, which load them with `celery worker --include tests.stack.kinds`."""

import os
import signal
import time

from forecasting import jobs
from forecasting.models import Job, Product
from forecasting.services import progress
from tenants.isolation import tenant_scope


def slow(job: Job) -> None:
    """Take `seconds` at the first attempt, none at a later one; then publish one product named after the attempt."""
    report = progress.reporter(job)
    until = time.monotonic() + (job.details["seconds"] if job.attempt == 1 else 0)
    while time.monotonic() < until:
        report(1, 2)
        time.sleep(0.05)
    with tenant_scope(job.organisation_id), progress.last_step(job):
        Product.objects.create(sku=f"{job.details['sku']} by attempt {job.attempt}")


def poison(job: Job) -> None:
    """Die without a word, as a process that took too much memory does."""
    os.kill(os.getpid(), signal.SIGKILL)


jobs.WORK.update(slow=slow, poison=poison)
