"""Moments are told in the time of the firm, not of the server."""

import datetime as dt

import time_machine
from django.utils import timezone

from forecasting.models import Job


@time_machine.travel("2026-11-22T20:00:00Z", tick=False)
def test_a_job_tells_how_long_it_goes_on(client_for, alice, acme, db):
    """Half done in two minutes: two more; once three have taken 7, 9 and 20 minutes, seven more; late, nothing."""
    now = timezone.now()
    of_acme = {"kind": "replay", "organisation": acme, "by": alice.email}
    began = now - dt.timedelta(minutes=2)
    job = Job.objects.create(state="running", started_at=began, done=50, total=100, **of_acme)

    def told():
        return client_for(alice).get(f"/jobs/{job.pk}/").content.decode()

    assert "50 / 100 · about 2 minutes left" in told()
    for minutes in (20, 9, 7):
        Job.objects.create(state="done", started_at=now - dt.timedelta(minutes=minutes), finished_at=now, **of_acme)
    assert "about 7 minutes left" in told()
    Job.objects.filter(pk=job.pk).update(started_at=now - dt.timedelta(seconds=520))
    assert "less than a minute left" in told()
    Job.objects.filter(pk=job.pk).update(started_at=now - dt.timedelta(minutes=10))
    assert "left" not in told().split("progress-words")[1].split("</div>")[0]


def test_moments_are_told_in_the_firms_own_time(client_for, alice, acme, db):
    acme.time_zone = "Asia/Shanghai"
    acme.save()
    with time_machine.travel("2026-11-22T20:00:00Z", tick=False):
        job = Job.objects.create(kind="run", organisation=acme, by=alice.email)
        page = client_for(alice).get(f"/jobs/{job.pk}/").content.decode()
    assert "Mon 23 Nov, 04:00" in page
    assert "20:00" not in page
