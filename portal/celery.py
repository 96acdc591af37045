"""Celery, and the timetable (beat)."""

import os

from celery import Celery, bootsteps
from celery.schedules import crontab
from celery.worker import WorkController

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from django.conf import settings

from tenants.checks import prove_role_at_start

HARD_LIMIT = 3600

app = Celery("lagom")
app.conf.update(
    broker_url=settings.REDIS_URL,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": HARD_LIMIT + 600,
        # Without these two a killed worker's task comes back only after a minute and a half.
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        # A page that starts a job must not wait for a broker that is away: the sweep hands the job out later.
        "max_retries": 0,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
    },
    broker_pool_limit=4,
    task_publish_retry=False,
    task_acks_late=True,
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_time_limit=HARD_LIMIT,
    task_default_queue="quick",
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=50,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    enable_utc=True,
    imports=settings.PRELOAD,
    # To every queue, so that long work in one does not keep the lost jobs of the other waiting.
    beat_schedule={
        f"sweep by {queue}": {
            "task": "forecasting.tasks.sweep",
            "schedule": float(settings.JOB_SWEEP_SECONDS),
            "options": {"queue": queue, "expires": float(settings.JOB_SWEEP_SECONDS)},
        }
        for queue in ("quick", "forecast")
    }
    | {
        "tune the plans": {
            "task": "forecasting.tasks.tune_weekly",
            "schedule": crontab(day_of_week="0", hour="2", minute="0"),
            "options": {"queue": "quick"},
        },
        "plan whose turn it is": {
            "task": "forecasting.tasks.run_due",
            "schedule": 120.0,
            "options": {"queue": "quick", "expires": 120.0},
        },
        "fetch from shops": {
            "task": "forecasting.tasks.pull_due",
            "schedule": 600.0,
            "options": {"queue": "quick", "expires": 600.0},
        },
        "messages to webhooks": {
            "task": "tenants.tasks.deliver",
            "schedule": 5.0,
            "options": {"queue": "quick", "expires": 5.0},
        },
        "letters": {
            "task": "tenants.tasks.post_letters",
            "schedule": 15.0,
            "options": {"queue": "quick", "expires": 15.0},
        },
        "move subscriptions on": {
            "task": "tenants.tasks.advance_subscriptions",
            "schedule": crontab(minute="7"),  # hourly: days end at other hours elsewhere
            "options": {"queue": "quick", "expires": 3000.0},
        },
        "messages of payment providers": {
            "task": "tenants.tasks.follow_providers",
            "schedule": 60.0,
            "options": {"queue": "quick", "expires": 60.0},
        },
        "look at all customers of payment providers": {
            "task": "tenants.tasks.reconcile_providers",
            "schedule": crontab(minute="37"),
            "options": {"queue": "quick", "expires": 3000.0},
        },
        "count the figures of firms": {
            "task": "forecasting.tasks.count_figures",
            "schedule": crontab(hour="2", minute="40"),
            "options": {"queue": "quick"},
        },
        "prove the audit logs": {
            "task": "tenants.tasks.verify_audit_logs",
            "schedule": crontab(hour="3", minute="20"),
            "options": {"queue": "quick"},
        },
    },
)
app.autodiscover_tasks(["forecasting", "tenants"])


class SafeRole(bootsteps.Step):
    """A worker does not start as a database role that could see over the walls."""

    def __init__(self, parent: WorkController, **kwargs: object) -> None:
        super().__init__(parent, **kwargs)
        prove_role_at_start()


app.steps["worker"].add(SafeRole)
