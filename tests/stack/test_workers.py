"""Real Celery workers that are killed, and a broker that forgets: no job is lost, none is done twice."""

import datetime as dt
import os
import signal
from urllib.parse import quote

import pytest
import redis
from django.db import connections

from forecasting import jobs
from forecasting.models import Job, Product, ProductForecast, Run, Sale
from tenants.isolation import tenant_scope
from tests.factories import ProductFactory, SaleFactory, found
from tests.stack import kinds  # noqa: F401  the kinds are started here too
from tests.stack.running import LEASE, Processes, eventually, group_of, kill_group

State = Job.State
PRODUCTS = 160  # enough for the work to be seen under way
pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def site(emptied_after_module, tmp_path_factory):
    """Two workers and the timetable."""
    known = connections["default"].settings_dict
    url = f"postgres://{known['USER']}:{quote(known['PASSWORD'])}@{known['HOST']}:{known['PORT']}/{known['NAME']}"
    processes = Processes(tmp_path_factory.mktemp("stack"), url)
    try:
        processes.workers = [processes.worker("one"), processes.worker("two")]
        processes.beat()
        first = start(found("First"), "slow", seconds=0, sku="first")
        eventually(lambda: row(first).state == State.DONE, seconds=90, tell=processes.log)
        yield processes
    finally:
        processes.stop()


@pytest.fixture(scope="module")
def poisoned(site):
    """A job that kills every worker process that touches it, started before all other tests."""
    return start(found("Poisoned"), "poison")


@pytest.fixture(autouse=True)
def begun(poisoned):
    """Every test of this file runs beside the poisoned job."""


def start(firm, kind, **details):
    return jobs.start(kind, organisation=firm, by=None, **details)


def row(job):
    return Job.objects.get(pk=job.pk)


def products(firm):
    with tenant_scope(firm.pk):
        return sorted(Product.objects.values_list("sku", flat=True))


def running(job, site, **fields):
    """Wait until a worker process does the job; give its id."""
    eventually(lambda: Job.objects.filter(pk=job.pk, state=State.RUNNING, **fields).exists(), seconds=60, tell=site.log)
    return int(row(job).worker.split()[-1])


def test_forecast_whose_whole_worker_was_killed_half_way_is_finished_by_another_once(site):
    firm = found("Half way")
    with tenant_scope(firm.pk):
        for number in range(PRODUCTS):
            product = ProductFactory()
            Sale.objects.bulk_create(
                SaleFactory.build(
                    product=product,
                    sold_on=dt.date(2025, 7, 7) + dt.timedelta(weeks=week),
                    units=5 + (week * (number + 3)) % 7,
                )
                for week in range(70)
            )
    job = start(firm, "run")
    killed = group_of(running(job, site, message__template__regex="^(Forecasting|Planning)"), site.workers)
    kill_group(killed)
    site.workers.remove(killed)
    site.workers.append(site.worker("three"))
    eventually(lambda: row(job).finished_at, seconds=LEASE + 30 + 30, tell=site.log)
    ended = row(job)
    assert (ended.state, ended.attempt) == (State.DONE, 2), site.log()
    with tenant_scope(firm.pk):
        assert (Run.objects.count(), ProductForecast.objects.count()) == (1, PRODUCTS)


def test_job_whose_process_was_killed_is_done_by_another_once(site):
    firm = found("Killed")
    job = start(firm, "slow", seconds=60, sku="result")
    os.kill(running(job, site), signal.SIGKILL)
    eventually(lambda: row(job).state == State.DONE, seconds=LEASE + 30, tell=site.log)
    assert (row(job).attempt, products(firm)) == (2, ["result by attempt 2"])


def test_flushing_the_broker_in_mid_run_loses_no_job_and_doubles_none(site):
    firms = [found(f"Flushed {number}") for number in range(4)]
    started = [start(firm, "slow", seconds=0.2, sku=f"{n}") for firm in firms for n in range(5)]
    eventually(lambda: Job.objects.filter(organisation__in=firms, state=State.DONE).exists(), seconds=60, tell=site.log)
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.flushall()
    mine = Job.objects.filter(pk__in=[job.pk for job in started])
    eventually(lambda: mine.filter(state=State.DONE).count() == 20, seconds=60, tell=site.log)
    assert {job.attempt for job in mine} == {1}
    assert [products(firm) for firm in firms] == [[f"{n} by attempt 1" for n in range(5)]] * 4
    after = start(firms[0], "slow", seconds=0, sku="after")
    eventually(lambda: row(after).state == State.DONE, seconds=30, tell=site.log)


def test_cancelled_job_stops_in_its_worker(site):
    firm = found("Cancelled")
    job = start(firm, "slow", seconds=60, sku="never")
    running(job, site)
    jobs.cancel(job_id=job.pk, organisation=firm)
    eventually(lambda: row(job).state == State.CANCELLED, seconds=15, tell=site.log)
    assert products(firm) == []


def test_poisoned_job_died_three_times_and_no_more_while_the_others_went_on(site, poisoned):
    eventually(lambda: row(poisoned).finished_at, seconds=90, tell=site.log)
    ended = row(poisoned)
    assert (ended.state, ended.attempt) == (State.FAILED, 3)
    assert "three times" in ended.error["template"]
    good = start(ended.organisation, "slow", seconds=0, sku="good")
    eventually(lambda: row(good).state == State.DONE, seconds=30, tell=site.log)
