"""Planning by itself: whose turn it is, in the firm's own time; one run after days away; nothing new, no run."""

import datetime as dt

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from forecasting import jobs
from forecasting.models import Job
from forecasting.services import turns
from tenants.isolation import tenant_scope
from tenants.models import Organisation
from tenants.services import audit, organisations
from tests.factories import LocationFactory, RunFactory, SaleFactory

FOUNDED = dt.datetime(2026, 3, 23, 12, tzinfo=dt.UTC)  # a Monday; clocks in Berlin go forward on the 29th


def at(text):
    return time_machine.travel(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC), tick=False)


@pytest.fixture
def firm(acme):
    return settle(acme)


def settle(firm, **how):
    """Give a firm something to sell, and its clock."""
    how = {"time_zone": "Europe/Berlin", "tier": "starter", "created_at": FOUNDED} | how
    Organisation.objects.filter(pk=firm.pk).update(**how)
    with tenant_scope(firm.pk):
        LocationFactory()
        SaleFactory()
    firm.refresh_from_db()
    return firm


def news(firm):
    with tenant_scope(firm.pk):
        audit.record("rows.sent", by=None, target="sales")


def ran(firm, moment):
    """End the run that is open, as if a worker had done it at that moment."""
    when = dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC)
    Job.objects.filter(organisation=firm, finished_at=None).update(state="done", started_at=when, finished_at=when)


def runs(firm):
    return Job.objects.filter(organisation=firm, kind="run").count()


def turn(moment):
    with at(moment):
        jobs.run_due()


# Berlin is an hour ahead of UTC in winter and two in summer; the hour is 5 unless chosen otherwise.
TURNS = {
    "daily, a minute before five": ({}, "2026-03-24T03:59", None),
    "daily, at five": ({}, "2026-03-24T04:00", "2026-03-24T04:00"),
    "daily, late in the day": ({}, "2026-03-24T22:00", "2026-03-24T04:00"),
    "daily, the day clocks go forward": ({}, "2026-03-29T03:00", "2026-03-29T03:00"),
    "daily, the hour that there is not": ({"auto_hour": 2}, "2026-03-29T01:00", "2026-03-29T01:00"),
    "daily, the hour that comes twice: not at the first": ({"auto_hour": 2}, "2026-10-25T00:30", None),
    "daily, the hour that comes twice: at the second": ({"auto_hour": 2}, "2026-10-25T01:00", "2026-10-25T01:00"),
    "daily, the day clocks go back": ({}, "2026-10-25T04:00", "2026-10-25T04:00"),
    "weekly, before its day": ({"tier": "free", "auto_day": 6}, "2026-03-29T02:59", None),
    "weekly, on its day": ({"tier": "free", "auto_day": 6}, "2026-03-29T03:00", "2026-03-29T03:00"),
    "weekly, days later": ({"tier": "free", "auto_day": 6}, "2026-04-02T12:00", "2026-03-29T03:00"),
    "hourly": ({"tier": "scale"}, "2026-03-24T07:42", "2026-03-24T07:00"),
    "far in the east": ({"time_zone": "Asia/Shanghai"}, "2026-03-23T21:00", "2026-03-23T21:00"),
    "half an hour off": ({"time_zone": "Asia/Kolkata"}, "2026-03-23T23:30", "2026-03-23T23:30"),
    "switched off": ({"auto_runs": False}, "2026-03-24T12:00", None),
    "suspended": ({"state": "suspended"}, "2026-03-24T12:00", None),
    "read only": ({"state": "read_only"}, "2026-03-24T12:00", None),
    "leaving": ({"state": "closing"}, "2026-03-24T12:00", None),
}


@pytest.mark.parametrize("case", TURNS)
def test_a_turn_comes_at_the_hour_of_the_firm(acme, case):
    how, now, expected = TURNS[case]
    taken = {"auto_turn": dt.datetime(2026, 10, 24, 12, tzinfo=dt.UTC)} if now > "2026-10" else {}
    firm = settle(acme, **how, **taken)
    with at(now):
        found = [turn.at for turn in turns.due() if turn.organisation_id == firm.pk]
    assert found == ([dt.datetime.fromisoformat(expected).replace(tzinfo=dt.UTC)] if expected else [])


def test_days_away_make_one_run_not_many(firm):
    for minute in ("2026-04-02T09:00", "2026-04-02T09:02"):
        turn(minute)
        assert runs(firm) == 1
    ran(firm, "2026-04-02T09:01")
    turn("2026-04-02T09:04")
    assert runs(firm) == 1
    job = Job.objects.get(organisation=firm, kind="run")
    assert (job.by, job.details["turn"]) == ("", "2026-04-02T03:00:00+00:00")


def test_while_one_runs_none_is_started_and_the_turn_is_not_lost(firm):
    Organisation.objects.filter(pk=firm.pk).update(tier="scale")
    turn("2026-04-02T09:00")
    with at("2026-04-02T09:30"):
        news(firm)
    turn("2026-04-02T10:00")
    assert runs(firm) == 1
    ran(firm, "2026-04-02T09:01")
    turn("2026-04-02T10:10")
    assert runs(firm) == 2


def test_choosing_the_hour_is_nothing_new_and_a_tuned_plan_is(firm, alice):
    turn("2026-04-01T09:00")
    ran(firm, "2026-04-01T09:00")
    with at("2026-04-01T10:00"), tenant_scope(firm.pk):
        organisations.change(organisation=firm, by=alice, auto_hour=6)
        assert not turns.changed(firm)
        Job.objects.create(kind="tune", organisation=firm, state="done", finished_at=timezone.now())
        assert turns.changed(firm)


def test_nothing_new_makes_no_run_and_is_said(firm, client_for, alice):
    turn("2026-04-01T09:00")
    ran(firm, "2026-04-01T09:00")
    turn("2026-04-02T09:00")
    firm.refresh_from_db()
    assert (runs(firm), firm.auto_idle) == (1, True)
    with tenant_scope(firm.pk):
        RunFactory()
    assert "Nothing was new at the turn of" in client_for(alice).get(reverse("runs")).content.decode()
    with at("2026-04-02T12:00"):
        news(firm)
    turn("2026-04-03T09:00")
    firm.refresh_from_db()
    assert (runs(firm), firm.auto_idle) == (2, False)


def test_a_firm_without_sales_is_left_alone(acme):
    Organisation.objects.filter(pk=acme.pk).update(created_at=FOUNDED, tier="starter")
    turn("2026-04-02T09:00")
    assert runs(acme) == 0


def test_a_turn_is_taken_once_and_who_waited_longest_comes_first(firm, rival):
    settle(rival, created_at=FOUNDED - dt.timedelta(days=3))
    with at("2026-04-02T09:00"):
        found = turns.due()
        assert [one.organisation_id for one in found] == [rival.pk, firm.pk]
        assert [turns.take(found[0], idle=False) for _twice in range(2)] == [True, False]
        assert [one.organisation_id for one in turns.due()] == [firm.pk]


def test_a_firm_in_trouble_keeps_nobody_waiting(firm, rival, monkeypatch):
    settle(rival, created_at=FOUNDED - dt.timedelta(days=3))
    start = jobs.start

    def stumble(kind, /, *, organisation, **details):
        if organisation.pk == rival.pk:
            raise jobs.NotFound("gone")
        return start(kind, organisation=organisation, **details)

    monkeypatch.setattr(jobs, "start", stumble)
    turn("2026-04-02T09:00")
    assert (runs(rival), runs(firm)) == (0, 1)
    rival.refresh_from_db()
    assert rival.auto_turn is None  # it is tried again


def test_due_firms_are_found_by_one_query(firm, rival, django_assert_num_queries):
    settle(rival)
    with at("2026-04-02T09:00"), django_assert_num_queries(1):
        assert len(turns.due()) == 2


def test_the_owner_chooses_the_hour_and_others_cannot(firm, client_for, alice, victor):
    page = reverse("organisation")
    owner = client_for(alice)
    shown = owner.get(page).content.decode()
    assert "Europe/Berlin" in shown and "auto_hour" in shown and "auto_day" not in shown  # this tier plans daily
    told = {"form": "auto", "auto_runs": "on", "auto_hour": "22"}
    assert client_for(victor).post(page, told).status_code == 403
    assert owner.post(page, told).status_code == 302
    firm.refresh_from_db()
    assert (firm.auto_runs, firm.auto_day, firm.auto_hour) == (True, 0, 22)
    assert owner.post(page, {**told, "auto_hour": "24"}).status_code == 422
    assert owner.post(page, {"form": "auto", "auto_hour": "22"}).status_code == 302
    firm.refresh_from_db()
    assert firm.auto_runs is False
    Organisation.objects.filter(pk=firm.pk).update(tier="free")
    assert owner.post(page, {**told, "auto_day": "6"}).status_code == 302
    firm.refresh_from_db()
    assert (firm.auto_runs, firm.auto_day) == (True, 6)


# ── One that fails ──


def fails(firm, by=""):
    """Let a worker take the newest run and fail at it, as often as it is tried."""
    job = Job.objects.filter(organisation=firm, kind="run").latest("created_at")
    Job.objects.filter(pk=job.pk).update(state="running", by=by, attempt=3)
    job.refresh_from_db()
    jobs._end(job, Job.State.FAILED, jobs.UNEXPECTED)


def test_owners_are_told_once_that_planning_by_itself_fails_until_it_works_again(firm, alice):
    days = ["2026-03-24T04:00", "2026-03-25T04:00", "2026-03-26T04:00", "2026-03-27T04:00"]
    told = []
    for day, well in zip(days, [False, False, True, False], strict=True):
        with at(day):
            news(firm)
            jobs.run_due()
            fails(firm) if not well else ran(firm, day)
        told.append(len(mail.outbox))
    assert told == [1, 1, 1, 2]
    assert mail.outbox[0].to == [alice.email]
    assert "No new plan for Acme" in mail.outbox[0].subject
    assert f"/jobs/{Job.objects.filter(organisation=firm).earliest('created_at').pk}/" in mail.outbox[0].body


def test_whoever_started_a_run_sees_it_fail_and_gets_no_letter(firm, alice):
    jobs.start("run", organisation=firm, by=alice)
    fails(firm, by=alice.email)
    assert mail.outbox == []


def test_owners_are_told_too_where_the_worker_died(firm, alice):
    turn("2026-03-24T04:00")
    past = timezone.now() - dt.timedelta(hours=1)
    Job.objects.filter(organisation=firm).update(state="running", attempt=3, lease_until=past)
    jobs.sweep()
    assert Job.objects.get(organisation=firm).state == "failed"
    assert [letter.to for letter in mail.outbox] == [[alice.email]]
