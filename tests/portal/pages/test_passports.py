"""Why 240? The passport of a number: its steps, what changed, what if, how sure, and how to compute it again."""

import datetime as dt
import io
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forecasting.models import Proposal
from tenants.isolation import tenant_scope
from tests.forecasting.running import LAST, a_week_earlier, line, run, sell


@pytest.fixture
def planned(acme):
    """Two plans, a week in between in which the first product sold five times as much as ever."""
    with tenant_scope(acme.pk):
        products = sell(3)
        a_week_earlier()
        run(acme)
        for ago in range(7):
            for product, units in zip(products, (9, 2, 2), strict=True):
                line(product, LAST - dt.timedelta(days=ago), units, f"{product.sku}+{ago}")
        newest = run(acme)
        return Proposal.objects.select_related("run", "product").get(run=newest, product__sku="P00")


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_changed_proposal_is_marked_on_the_plan_and_says_why(client_for, victor, planned):
    assert "more was sold than forecast" in page(client_for(victor), "/plans/")
    text = page(client_for(victor), f"/plans/why/{planned.pk}/")
    assert "Changed since the plan before" in text and "The plan before" in text and "This plan" in text


def test_the_passport_says_how_sure_it_is_and_how_to_compute_it_again(client_for, victor, planned):
    text = page(client_for(victor), f"/plans/why/{planned.pk}/")
    for words in ("A: one of the products that bring the first 80 %", "the chance that stock runs out before an order"):
        assert words in text
    assert "days, until the order after this one arrives" in text
    assert f"{planned.run.pk}, data {planned.run.data_hash[:12]}, seed 0, version" in text
    assert "python -m forecasting.planning plan --forecast FORECAST.npz --items ITEMS.csv" in text
    assert "if nothing is ordered" in text
    assert "Changed since the plan before" in page(client_for(victor), "/products/P00/")


def test_one_thing_different_is_shown_when_it_is_asked_for(client_for, victor, planned):
    text = page(client_for(victor), f"/plans/why/{planned.pk}/different/")
    for words in ("Lead time a day longer", "Service level a point lower", "Cost per unit a tenth higher"):
        assert words in text


def test_the_files_can_be_taken_away(client_for, victor, planned):
    answer = client_for(victor).get("/plans/inputs.zip")
    assert answer["Content-Disposition"] == f'attachment; filename="plan-{LAST + dt.timedelta(days=1)}-inputs.zip"'
    assert zipfile.ZipFile(io.BytesIO(answer.content)).namelist() == [
        "FORECAST.npz",
        "ITEMS.csv",
        "POLICY.json",
        "README.txt",
    ]


def test_nobody_sees_the_passport_of_another_firm(client_for, charlie, rival, planned):
    for address in (f"/plans/why/{planned.pk}/", f"/plans/why/{planned.pk}/different/", "/plans/inputs.zip"):
        assert client_for(charlie).get(address).status_code == 404


def test_a_passport_asks_few_questions(client_for, victor, planned):
    with CaptureQueriesContext(connection) as found:
        page(client_for(victor), f"/plans/why/{planned.pk}/")
    assert len(found) < 40
