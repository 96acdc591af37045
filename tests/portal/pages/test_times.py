"""Moments are told in the time of the firm, not of the server."""

import time_machine

from forecasting.models import Job


def test_moments_are_told_in_the_firms_own_time(client_for, alice, acme, db):
    acme.time_zone = "Asia/Shanghai"
    acme.save()
    with time_machine.travel("2026-11-22T20:00:00Z", tick=False):
        job = Job.objects.create(kind="run", organisation=acme, by=alice.email)
        page = client_for(alice).get(f"/jobs/{job.pk}/").content.decode()
    assert "Mon 23 Nov, 04:00" in page
    assert "20:00" not in page
