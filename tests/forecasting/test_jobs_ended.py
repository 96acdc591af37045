"""Jobs that are cancelled, and the last step that publishes a result once."""

import time

import pytest

from forecasting import jobs
from forecasting.models import Job, Product
from forecasting.services import progress
from tenants.errors import NotFound
from tenants.isolation import tenant_scope
from tests.factories import ProductFactory
from tests.forecasting.working import State, let_lease_lapse, start, state, wait, work

__all__ = ["work"]
pytestmark = pytest.mark.usefixtures("committed_db")


# ── Cancel ──


def test_job_that_nobody_works_on_is_cancelled_at_once(acme, work):
    (waiting,) = wait(acme)
    handed_out = start(acme)
    for job in (waiting, handed_out):
        assert jobs.cancel(job_id=job.pk, organisation=acme).state == State.CANCELLED
        jobs.run(job.pk)
    assert work.ran == []


def test_cancelled_job_makes_room_for_the_next_at_once(acme, work):
    started = [start(acme) for _ in range(5)]
    jobs.cancel(job_id=started[0].pk, organisation=acme)
    assert state(started[4]) == State.RELEASED


def test_running_job_hears_of_it_at_its_next_report(acme, work):
    def long(job):
        report = progress.reporter(job)
        jobs.cancel(job_id=job.pk, organisation=acme)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            report(1, 2)
            time.sleep(0.05)

    work.does = long
    job = start(acme)
    jobs.run(job.pk)
    assert state(job) == State.CANCELLED


def test_job_that_ended_stays_as_it_ended(acme, work):
    job = start(acme)
    jobs.run(job.pk)
    assert jobs.cancel(job_id=job.pk, organisation=acme).state == State.DONE


def test_job_that_crashed_after_it_was_cancelled_is_cancelled_and_not_stuck(acme, work, caplog):
    def stop_and_crash(job):
        jobs.cancel(job_id=job.pk, organisation=acme)
        raise RuntimeError

    work.does = stop_and_crash
    job = start(acme)
    jobs.run(job.pk)
    assert state(job) == State.CANCELLED


def test_cancel_that_crossed_a_sweep_does_not_leave_the_job_stuck(acme, work):
    (job,) = wait(acme, cancel_wanted=True)
    jobs.sweep()
    assert state(job) == State.CANCELLED


def test_job_of_another_firm_is_not_found(acme, rival, work):
    job = start(rival)
    for ask in (jobs.get, jobs.cancel):
        with pytest.raises(NotFound):
            ask(job_id=job.pk, organisation=acme)
    assert list(jobs.of(organisation=acme)) == []
    assert state(job) == State.RELEASED


# ── Last step ──


def publish(job):
    with tenant_scope(job.organisation_id), progress.last_step(job):
        ProductFactory(sku=f"result of {job.attempt}")


def results(firm):
    with tenant_scope(firm.pk):
        return list(Product.objects.values_list("sku", flat=True))


def test_result_and_end_of_a_job_are_one_transaction(acme, work):
    work.does = publish
    job = start(acme)
    jobs.run(job.pk)
    assert (results(acme), state(job)) == (["result of 1"], State.DONE)


def test_job_that_was_given_to_another_worker_leaves_no_trace(acme, work, caplog):
    def sleepy(job):
        if job.attempt == 1:  # meanwhile the lease lapses, and another worker does it all
            let_lease_lapse(job)
            jobs.sweep()
            jobs.run(job.pk)
        publish(job)

    work.does = sleepy
    job = start(acme)
    jobs.run(job.pk)
    ended = Job.objects.get(pk=job.pk)
    assert (results(acme), ended.state, ended.attempt, ended.error) == (["result of 2"], State.DONE, 2, None)
    assert "lost its lease" in caplog.text


def test_job_whose_lease_lapsed_does_not_publish_even_if_nobody_took_it(acme, work):
    def late(job):
        let_lease_lapse(job)
        publish(job)

    work.does = late
    job = start(acme)
    jobs.run(job.pk)
    assert (results(acme), state(job)) == ([], State.RUNNING)
    jobs.sweep()
    assert state(job) == State.RELEASED


def test_last_step_that_fails_leaves_neither_result_nor_end(acme, work, caplog):
    def half(job):
        with tenant_scope(job.organisation_id), progress.last_step(job):
            ProductFactory(sku="result")
            raise RuntimeError

    work.does = half
    job = start(acme)
    jobs.run(job.pk)
    assert (results(acme), state(job)) == ([], State.WAITING)
