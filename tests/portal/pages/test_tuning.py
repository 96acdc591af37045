"""The plan tuned on the firm's own past: by a job, told in words, and taken back."""

import datetime as dt

import pytest
from django.utils import timezone

from forecasting import jobs
from forecasting.models import Job, Lane, Policy
from forecasting.planning import tuning
from forecasting.services import replays
from tenants.isolation import tenant_scope
from tests.forecasting.running import LAST, sell


@pytest.fixture
def sold(committed_db, acme, monkeypatch):
    """A firm whose rules hold far too much; two ways are tried, of which one holds what it should."""
    monkeypatch.setattr(tuning, "LEANS", (1.25,))
    monkeypatch.setattr(tuning, "CUSHIONS", (0.2,))
    monkeypatch.setattr(tuning, "PATHS", 40)
    with tenant_scope(acme.pk):
        sell(3)
        Policy.objects.create(cushion=5.0)
    return acme


def tuned(firm, client, **details):
    Lane.objects.get_or_create(organisation=firm)
    job = Job.objects.create(kind="tune", organisation=firm, state=Job.State.RELEASED, by="bob", details=details)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.DONE, None)
    return client.get("/replays/").content.decode()


def test_what_is_surely_better_is_kept_told_and_taken_back(sold, client_for, bob):
    client = client_for(bob)
    page = tuned(sold, client)
    assert "Tuned on 4 windows of the past: costs" in page and "Surely better" in page
    with tenant_scope(sold.pk):
        policy = Policy.objects.get()
        assert policy.cushion == pytest.approx(1.0)
        assert replays._rules(LAST - dt.timedelta(days=100)).cushion == 1.0, "a replay of those days may not know it"
        assert policy.tuned["until"] == LAST.isoformat()
    told = client.post("/replays/tuning/undo/", follow=True).content.decode()
    assert "The next run plans as before it" in told and "Take the tuning back" not in told
    with tenant_scope(sold.pk):
        assert Policy.objects.get().cushion == 5.0
    assert client.post("/replays/tuning/undo/").status_code == 409


def test_what_is_not_surely_better_changes_nothing(sold, client_for, bob, monkeypatch):
    monkeypatch.setattr(tuning, "CUSHIONS", (1.0,))
    monkeypatch.setattr(tuning, "LEANS", (1.0,))
    assert "it stays as it is" in tuned(sold, client_for(bob))
    with tenant_scope(sold.pk):
        assert Policy.objects.get().cushion == 5.0


def test_the_button_starts_one_job_however_often_it_is_pressed(sold, client_for, bob, victor):
    client = client_for(bob)
    for _press in range(2):
        assert client.post("/replays/tuning/").status_code == 302
    assert Job.objects.filter(kind="tune", organisation=sold).count() == 1
    assert "Trying the plan on the past" in client.get("/replays/").content.decode()
    assert client_for(victor).post("/replays/tuning/").status_code == 403


def test_once_a_week_the_firms_that_plan_are_tuned(sold, rival):
    Job.objects.create(kind="run", organisation=sold, state=Job.State.DONE, finished_at=timezone.now())
    for _week in range(2):
        jobs.tune_weekly()
    assert list(Job.objects.filter(kind="tune").values_list("organisation", flat=True)) == [sold.pk]
