"""Progress, lease and the word to stop, with the real heartbeat on its own connection."""

import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from forecasting.models import Job, Lane
from forecasting.services import progress
from forecasting.words import say

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def job(acme):
    """A job that this process holds as its first attempt."""
    Lane.objects.create(organisation=acme)
    made = Job.objects.create(kind="load", organisation=acme, state=Job.State.RUNNING, attempt=1)
    Job.objects.filter(pk=made.pk).update(lease_until=progress.lease())
    return made


def eventually(what, *, seconds=15):
    """Wait until something is so, for a bounded time."""
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, f"not so after {seconds} s"
        time.sleep(0.05)
    return found


def row(job, **fields):
    return Job.objects.filter(pk=job.pk, **fields).first()


def test_progress_is_seen_while_the_work_and_its_transaction_go_on(job):
    with progress.heartbeat(job), transaction.atomic():
        progress.say_stage(job, say("Loading %(n)d rows", n=10), total=10)
        progress.reporter(job)(4, 10)
        seen = eventually(lambda: row(job, done=4, total=10))
    assert seen.message["template"] == "Loading %(n)d rows"


def test_newest_of_many_reports_is_written_in_the_end(job):
    with progress.heartbeat(job):
        report = progress.reporter(job)
        for done in range(5001):
            report(done, 5000)
        assert eventually(lambda: row(job, done=5000, total=5000))


def test_report_takes_numbers_of_numpy(job):
    import numpy as np

    with progress.heartbeat(job):
        progress.reporter(job)(np.int64(3), np.int64(9))
        assert eventually(lambda: row(job, done=3, total=9))


def test_lease_is_renewed_as_long_as_the_work_goes_on_though_it_reports_nothing(job, settings):
    settings.JOB_LEASE_SECONDS = 4
    Job.objects.filter(pk=job.pk).update(lease_until=Now() + timedelta(seconds=1.5))
    with progress.heartbeat(job):
        assert eventually(lambda: row(job, lease_until__gt=Now() + timedelta(seconds=2)))


def test_lease_is_not_renewed_after_the_work_has_ended(job):
    with progress.heartbeat(job):
        pass
    Job.objects.filter(pk=job.pk).update(lease_until=Now())
    assert not job.heartbeat.is_alive()
    assert row(job, lease_until__lte=Now())


@pytest.mark.parametrize(
    ("change", "expected"),
    [({"cancel_wanted": True}, progress.CancelledError), ({"attempt": F("attempt") + 1}, progress.LeaseLostError)],
    ids=["cancelled", "given to another"],
)
def test_work_hears_at_a_report_that_it_is_to_stop(job, change, expected):
    def report_for_ever():
        until = time.monotonic() + 15
        while time.monotonic() < until:
            progress.reporter(job)(1, 2)
            time.sleep(0.02)

    with progress.heartbeat(job):
        Job.objects.filter(pk=job.pk).update(**change)
        with pytest.raises(expected):
            report_for_ever()


def test_heartbeat_outlives_a_connection_that_breaks(job, owner, caplog):
    with progress.heartbeat(job):
        progress.reporter(job)(1, 9)
        eventually(lambda: row(job, done=1))
        kill_other_connections()
        progress.reporter(job)(2, 9)
        eventually(lambda: row(job, done=1) and "could not report" in caplog.text)
        progress.reporter(job)(3, 9)
        assert eventually(lambda: row(job, done=3))


def kill_other_connections():
    """Break every connection of the site's role but this one: a role may end its own sessions."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_long_writing_in_the_last_step_keeps_its_lease(job, settings):
    settings.JOB_LEASE_SECONDS = 4
    Job.objects.filter(pk=job.pk).update(lease_until=Now() + timedelta(seconds=2))
    with progress.heartbeat(job), transaction.atomic(), progress.last_step(job):
        assert eventually(lambda: row(job, lease_until__gt=Now() + timedelta(seconds=2.5)))
    assert row(job, state=Job.State.DONE, lease_until=None)


@pytest.mark.parametrize(
    "change",
    [{"attempt": 2}, {"state": Job.State.WAITING}, {"state": Job.State.CANCELLED}, {"lease_until": Now()}],
    ids=["another attempt", "taken back", "cancelled", "lapsed"],
)
def test_last_step_of_who_does_not_hold_the_job_is_undone(job, acme, change):
    def publish():
        with transaction.atomic(), progress.last_step(job):
            acme.name = "Published"
            acme.save()

    Job.objects.filter(pk=job.pk).update(**change)
    with pytest.raises(progress.LeaseLostError):
        publish()
    acme.refresh_from_db()
    assert acme.name == "Acme"


def test_last_step_checks_the_links_of_what_was_written_before_it_ends_the_job(job):
    with pytest.raises(Exception, match="foreign key"), transaction.atomic(), progress.last_step(job):
        Job.objects.create(kind="load", organisation_id=-1)
    assert row(job, state=Job.State.RUNNING)


def test_done_job_shows_all_as_done(job):
    Job.objects.filter(pk=job.pk).update(total=50, done=49)
    with transaction.atomic(), progress.last_step(job):
        pass
    assert row(job, state=Job.State.DONE, done=50)
