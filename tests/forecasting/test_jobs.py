"""Jobs: handed out fairly, done once, tried again, given up."""

import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from forecasting import jobs
from forecasting.models import Job, Lane
from forecasting.words import say
from tenants.errors import Invalid
from tenants.isolation import current_organisation, tenant_scope
from tests.factories import found
from tests.forecasting.working import State, Work, count, messages, start, state, together, wait, work

__all__ = ["work"]
pytestmark = pytest.mark.usefixtures("committed_db")


# ── Start and hand out ──


def test_started_job_is_handed_out_after_the_commit_and_never_before(acme, alice, work):
    with transaction.atomic():
        job = start(acme, by=alice)
        assert (job.state, job.by, messages()) == (State.WAITING, "alice@acme.example", [])
    assert (state(job), messages()) == (State.RELEASED, [str(job.pk)])


@transaction.atomic
def start_and_fail(organisation):
    start(organisation)
    raise RuntimeError


def test_job_of_a_transaction_that_failed_never_was(acme, work):
    with pytest.raises(RuntimeError):
        start_and_fail(acme)
    assert (Job.objects.count(), messages()) == (0, [])


def test_job_started_inside_a_scope_is_handed_out_when_the_scope_ends(acme, work):
    with tenant_scope(acme.pk):
        job = start(acme)
    assert messages() == [str(job.pk)]


def test_job_of_an_unknown_kind_is_a_mistake_of_the_program(acme):
    with pytest.raises(ValueError, match="no work called 'nonsense'"):
        jobs.start("nonsense", organisation=acme, by=None)


@pytest.mark.parametrize(("tier", "share"), [("free", 1), ("starter", 2), ("growth", 4), ("scale", 8)])
def test_firm_has_as_many_jobs_out_as_its_tier_shares(acme, work, tier, share):
    acme.tier = tier
    acme.save()
    for _ in range(10):
        start(acme)
    assert count(acme, state=State.RELEASED) == share == len(messages())


def test_next_job_is_handed_out_when_one_ends(acme, work):
    started = [start(acme) for _ in range(6)]
    jobs.run(started[0].pk)
    assert [state(job) for job in started] == [State.DONE, *[State.RELEASED] * 4, State.WAITING]
    assert messages()[-1] == str(started[4].pk)


def test_firm_that_waited_longest_comes_first_and_firms_take_turns(acme, rival, work):
    third = found("Third")
    for ago, firm in ((10, third), (20, acme), (30, rival)):
        wait(firm, times=3)
        Lane.objects.filter(organisation=firm).update(served_at=Now() - timedelta(minutes=ago))
    jobs.release()
    names = [Job.objects.get(pk=pk).organisation.name for pk in messages()]
    assert names == ["Rival", "Acme", "Third"] * 3


def test_oldest_job_of_a_firm_comes_first(acme, work):
    first, second = wait(acme, times=2)
    jobs.release()
    assert messages() == [str(first.pk), str(second.pk)]


def test_noisy_firm_delays_nobody(acme, work):
    for _ in range(40):
        start(acme)
    quiet = [start(found(f"Quiet {n}")) for n in range(5)]
    assert [state(job) for job in quiet] == [State.RELEASED] * 5
    assert count(acme, state=State.RELEASED) == 4


def test_full_firm_at_the_head_of_the_line_does_not_hold_up_the_others(acme, rival, work):
    for _ in range(6):
        start(acme)
    (next_door,) = wait(rival)
    Lane.objects.filter(organisation=acme).update(served_at=Now() - timedelta(hours=1))
    Lane.objects.filter(organisation=rival).update(served_at=Now())
    jobs.release()
    assert state(next_door) == State.RELEASED


def test_place_that_another_process_gave_away_in_between_is_not_given_twice(acme, work, monkeypatch):
    acme.tier = "free"
    acme.save()
    wait(acme, times=2)

    class Meanwhile:
        """Between counting the jobs of a firm and taking its lane, another process hands one out."""

        def __init__(self):
            self.objects, self.begun = self, False

        def filter(self, **which):
            if not self.begun:
                self.begun = True
                together(1, jobs.release)
            return Lane.objects.filter(**which)

    monkeypatch.setattr(jobs, "Lane", Meanwhile())
    jobs.release()
    assert count(acme, state=State.RELEASED) == 1


def test_job_that_is_to_wait_is_not_handed_out_before_its_time(acme, work):
    (later,) = wait(acme)
    Job.objects.filter(pk=later.pk).update(run_after=Now() + timedelta(minutes=5))
    jobs.release()
    assert (state(later), messages()) == (State.WAITING, [])
    Job.objects.filter(pk=later.pk).update(run_after=Now())
    jobs.release()
    assert messages() == [str(later.pk)]


def test_many_handing_out_at_once_neither_double_a_job_nor_pass_the_share(acme, rival, work):
    wait(acme, times=12)
    wait(rival, times=3)
    together(6, jobs.release)
    assert (count(acme, state=State.RELEASED), count(rival, state=State.RELEASED)) == (4, 3)
    assert len(messages()) == len(set(messages())) == 7


def test_runs_wait_in_a_queue_of_their_own(acme, monkeypatch):
    monkeypatch.setitem(jobs.WORK, "run", Work())
    job = jobs.start("run", organisation=acme, by=None)
    assert (messages("forecast"), messages()) == ([str(job.pk)], [])


# ── Run ──


def test_job_is_done_once_though_its_message_comes_many_times(acme, work):
    job = start(acme)
    together(5, lambda: jobs.run(job.pk))
    jobs.run(str(job.pk))
    assert (work.ran, state(job)) == ([(job.pk, 1)], State.DONE)


def test_message_of_a_job_that_waits_or_ended_or_never_was_does_nothing(acme, work):
    (waiting,) = wait(acme)
    (ended,) = wait(acme, state=State.CANCELLED)
    for pk in (waiting.pk, ended.pk, "01900000-0000-7000-8000-000000000000"):
        jobs.run(pk)
    assert (work.ran, state(waiting), state(ended)) == ([], State.WAITING, State.CANCELLED)


def test_worker_takes_the_firm_from_the_row_and_leaves_no_scope_behind(acme, rival, work):
    seen = []

    def look(job):
        with tenant_scope(job.organisation_id):
            seen.append(current_organisation())

    work.does = look
    jobs.run(start(rival).pk)
    assert seen == [rival.pk]


def test_claimed_job_holds_a_lease_of_the_databases_clock(acme, work):
    leases = []
    work.does = lambda job: leases.append(
        Job.objects.filter(
            pk=job.pk,
            state=State.RUNNING,
            attempt=1,
            lease_until__gt=Now() + timedelta(seconds=settings.JOB_LEASE_SECONDS - 10),
            lease_until__lte=Now() + timedelta(seconds=settings.JOB_LEASE_SECONDS),
        ).exists()
    )
    jobs.run(start(acme).pk)
    assert leases == [True]


def test_refusal_in_words_ends_the_job_with_those_words(acme, work):
    def refuse(job):
        raise Invalid(say("No sales before %(year)d", year=2020))

    work.does = refuse
    job = start(acme)
    jobs.run(job.pk)
    ended = Job.objects.get(pk=job.pk)
    assert (ended.state, ended.attempt) == (State.FAILED, 1)
    assert "2020" in json.dumps(ended.error)
    assert ended.finished_at


def crash(job):
    raise RuntimeError("bug")


def test_crash_is_tried_again_after_a_pause_that_grows(acme, work, caplog):
    work.does = crash
    job = start(acme)
    pauses = []
    for _ in range(2):
        jobs.run(job.pk)
        row = Job.objects.get(pk=job.pk)
        assert (row.state, row.lease_until, row.finished_at) == (State.WAITING, None, None)
        pauses.append(
            Job.objects.filter(pk=job.pk, run_after__gt=Now() + timedelta(seconds=2**row.attempt - 1)).exists()
        )
        Job.objects.filter(pk=job.pk).update(run_after=Now())
        jobs.release()
    assert pauses == [True, True]


def test_third_crash_fails_the_job_with_a_reason_and_frees_its_place(acme, work, caplog):
    work.does = crash
    job = start(acme)
    for _ in range(3):
        jobs.run(job.pk)
        Job.objects.filter(pk=job.pk).update(run_after=Now())
        jobs.release()
    ended = Job.objects.get(pk=job.pk)
    assert (ended.state, ended.attempt, len(work.ran)) == (State.FAILED, 3, 3)
    assert "three times" in json.dumps(ended.error)
    assert messages()[3:] == []
    assert "RuntimeError: bug" in caplog.text


def test_a_button_pressed_twice_starts_one_job(acme, rival, alice, committed_db):
    first = jobs.start_once("run", organisation=acme, by=alice)
    assert jobs.start_once("run", organisation=acme, by=alice).pk == first.pk
    load = jobs.start_once("load", organisation=acme, by=alice, upload="a")
    assert jobs.start_once("load", organisation=acme, by=alice, upload="a").pk == load.pk
    assert jobs.start_once("load", organisation=acme, by=alice, upload="b").pk != load.pk
    assert jobs.start_once("run", organisation=rival, by=alice).pk != first.pk
