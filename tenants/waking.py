"""Wakes a worker for what has just been committed; the timetable comes round anyway."""

import logging

from celery import current_app
from django.db import transaction
from redis import RedisError

log = logging.getLogger("lagom.waking")


def wake(task: str) -> None:
    """Let a worker do a task of the timetable as soon as this transaction is committed."""
    transaction.on_commit(lambda: _send(task))


def _send(task: str) -> None:
    try:
        current_app.send_task(task, queue="quick", expires=60)
    except Exception as error:  # the timetable comes round in a few seconds
        if not isinstance(error, RedisError | OSError) and type(error).__module__.partition(".")[0] != "kombu":
            raise
        log.warning("the broker does not answer: %s waits for the timetable", task)
