import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forecasting import models as rows
from tenants.isolation import tenant_scope
from tests.factories import SaleFactory, UploadFactory
from tests.forecasting.published import packed, publish


@pytest.fixture
def planned(acme):
    with tenant_scope(acme.pk):
        return publish()


def page(client):
    answer = client.get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_stranger_sees_the_first_steps_of_an_empty_firm(client_for, planned, rival, charlie):
    text = page(client_for(charlie))
    assert "Mill" not in text
    assert "Three steps to your first order list" in text


def test_a_new_firm_is_led_from_upload_to_check_to_plan(client_for, acme, alice):
    client = client_for(alice)
    assert "Upload files" in page(client)
    with tenant_scope(acme.pk):
        upload = UploadFactory(state="asking")
    assert "1 file asks you" in page(client)
    with tenant_scope(acme.pk):
        rows.Upload.objects.filter(pk=upload.pk).update(state="done")
        SaleFactory()
    assert "Make the first plan" in page(client)


def test_a_viewer_is_not_offered_what_only_planners_may_do(client_for, acme, victor):
    with tenant_scope(acme.pk):
        SaleFactory()
    assert "Make the first plan" not in page(client_for(victor))


def test_tiles_and_actions_tell_what_needs_me_today(client_for, planned, alice):
    text = page(client_for(alice))
    for words in (
        "2 order lines, the first today",
        "€320 of sales at risk",
        "1 product has more than its plan needs",
        "Order from Mill",
        "Get 1 product sooner",
        "Sell down Excess 002",
        "Give 1 product its unit cost",
    ):
        assert words in text
    assert text.index("€1,500 to free") < text.index("€320 at risk") < text.index("Give 1 product")


def test_old_data_come_with_the_button_that_renews_them(client_for, acme, planned, bob, victor):
    with tenant_scope(acme.pk):
        rows.Sale.objects.update(sold_on=dt.date(2020, 1, 1))
    text = page(client_for(bob))
    assert "Sales until Wed 1 Jan 2020" in text and "Old" in text and "Run now" in text
    assert "Run now" not in page(client_for(victor))


def test_a_run_that_failed_is_told_with_its_reason(client_for, acme, planned, alice):
    rows.Job.objects.create(
        organisation=acme,
        kind="run",
        state="failed",
        error=packed("It broke."),
        finished_at=planned.published_at + dt.timedelta(hours=1),
    )
    text = page(client_for(alice))
    assert "The last run did not finish" in text and "It broke." in text


def test_work_under_way_is_shown_with_its_progress(client_for, acme, planned, alice):
    job = rows.Job.objects.create(organisation=acme, kind="run", state="running", done=40, total=400)
    job.refresh_from_db()
    text = page(client_for(alice))
    assert "40 / 400" in text and f"/jobs/{job.pk}/" in text


def test_jobs_of_another_firm_are_not_shown(client_for, acme, planned, rival, alice):
    rows.Job.objects.create(organisation=rival, kind="run", state="running", done=40, total=400)
    assert "40 / 400" not in page(client_for(alice))


def test_pages_ask_the_same_number_of_questions_however_many_products(client_for, acme, alice, rival, charlie):
    asked = []
    for firm, person, count in ((acme, alice, 5), (rival, charlie, 50)):
        with tenant_scope(firm.pk):
            publish(count)
        client = client_for(person)
        page(client)
        with CaptureQueriesContext(connection) as found:
            page(client)
        asked.append(len(found))
    assert asked[0] == asked[1] <= 30


def test_every_kind_of_work_has_words(db):
    from forecasting import jobs
    from portal.pages.jobs import words

    ours = [kind for kind, work in jobs.WORK.items() if not work.__module__.startswith("tests.")]
    assert len(ours) > 5
    for kind in ours:
        assert words(rows.Job(kind=kind, state="done"))["kind"] != kind
