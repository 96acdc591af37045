"""The Monday page at work: accept, change, ignore and undo, by line and at once; also without JavaScript."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forecasting import models as rows
from forecasting.models import Decision
from tenants.isolation import tenant_scope
from tests.factories import RunFactory
from tests.forecasting.published import publish

HTMX = {"HX-Request": "true"}


@pytest.fixture
def planned(acme):
    with tenant_scope(acme.pk):
        publish()
    return acme


@pytest.fixture
def form(planned):
    """What the page's form would send: the run, and what is proposed."""
    with tenant_scope(planned.pk):
        proposals = rows.Proposal.objects.filter(units__gt=0).select_related("product", "run")
        ids = {p.product.sku: p.pk for p in proposals}
        run = proposals[0].run_id

    def filled(do, **typed):
        said = {"run": run, "do": do.format(**{sku.replace("-", "_"): pk for sku, pk in ids.items()})}
        for sku, pk in ids.items():
            said |= {f"proposed-{pk}": "30" if sku == "order-000" else "70"}
            said |= {f"units-{pk}": said[f"proposed-{pk}"]}
        for name, value in typed.items():
            kind, sku = name.split("_", 1)
            said[f"{kind}-{ids[sku.replace('_', '-')]}"] = value
        return said

    return filled


def post(client, said, **headers):
    return client.post("/plans/decide/", said, headers=headers or None)


def decided(firm):
    with tenant_scope(firm.pk):
        made = Decision.objects.filter(undone_at=None).select_related("product")
        return {one.product.sku: (one.action, one.units) for one in made}


def text(answer):
    return answer.content.decode()


def test_a_line_is_accepted_without_javascript_and_undone(client_for, planned, form, bob):
    client = client_for(bob)
    answer = post(client, {**form("line:{order_000}"), "supplier": "MILL", "show": "orders"})
    assert (answer.status_code, answer["Location"]) == (302, "/plans/?show=orders&supplier=MILL")
    assert decided(planned) == {"order-000": ("accepted", 30)}
    page = text(client.get("/plans/"))
    assert "Accepted" in page and "-0001" in page and "1 line is open" in page
    with tenant_scope(planned.pk):
        pk = Decision.objects.get().pk
    post(client, form(f"undo:{pk}"))
    assert decided(planned) == {}
    assert "2 lines are open" in text(client.get("/plans/"))


def test_htmx_gets_the_line_back_and_tells_the_bar(client_for, planned, form, bob):
    answer = post(
        client_for(bob), form("line:{order_000}", units_order_000="12", reason_order_000="Full shelf"), **HTMX
    )
    assert answer.status_code == 200
    assert text(answer).strip().startswith("<tr") and "Changed" in text(answer) and "Full shelf" in text(answer)
    assert answer["HX-Trigger"] == "plan-decided"
    assert decided(planned) == {"order-000": ("changed", 12)}


def test_a_change_without_a_reason_is_told_and_changes_nothing(client_for, planned, form, bob):
    for do in ("line:{order_000}", "ignore:{order_000}"):
        answer = post(client_for(bob), form(do, units_order_000="12"))
        assert answer.status_code == 422
        assert "say why" in text(answer)
    assert decided(planned) == {}


def test_a_line_is_ignored_with_its_reason(client_for, planned, form, bob):
    post(client_for(bob), form("ignore:{risk_001}", reason_risk_001="Goes out of the range"))
    assert decided(planned) == {"risk-001": ("ignored", 0)}


def test_a_suppliers_whole_list_is_accepted_with_what_was_typed(client_for, planned, form, bob):
    client = client_for(bob)
    said = form("supplier:MILL", units_order_000="24", reason_order_000="Two cartons")
    answer = client.post("/plans/decide/", said, follow=True)
    assert "2 lines accepted" in text(answer)
    assert decided(planned) == {"order-000": ("changed", 24), "risk-001": ("accepted", 70)}
    assert "Every line is decided" in text(answer)


def test_ticked_lines_alone_are_accepted(client_for, planned, form, bob):
    with tenant_scope(planned.pk):
        pk = rows.Proposal.objects.get(product__sku="risk-001").pk
    post(client_for(bob), {**form("ticked"), "tick": [pk]})
    assert decided(planned) == {"risk-001": ("accepted", 70)}
    nothing = post(client_for(bob), form("ticked"))
    assert nothing.status_code == 422
    assert "Tick the lines" in text(nothing)


def test_all_that_the_filters_show_is_accepted(client_for, planned, form, bob):
    post(client_for(bob), {**form("all"), "search": "risk"})
    assert decided(planned) == {"risk-001": ("accepted", 70)}


def test_an_old_plan_leads_to_the_new_one(client_for, planned, form, bob):
    said = form("all")
    with tenant_scope(planned.pk):
        RunFactory()
    client = client_for(bob)
    answer = client.post("/plans/decide/", said, follow=True)
    assert "A newer plan has been published" in text(answer)
    assert decided(planned) == {}
    assert post(client, said, **HTMX)["HX-Redirect"] == "/plans/"


def test_what_is_on_order_since_the_plan_is_said_and_left(client_for, planned, form, bob):
    with tenant_scope(planned.pk):
        product, place = rows.Product.objects.get(sku="order-000"), rows.Location.objects.first()
        rows.Inbound.objects.create(
            order_ref="4711", product=product, location=place, units=9, expected_on="2026-12-01"
        )
    client = client_for(bob)
    assert "+9 since this plan" in text(client.get("/plans/"))
    answer = client.post("/plans/decide/", form("all"), follow=True)
    assert "1 line was left" in text(answer)
    assert decided(planned) == {"risk-001": ("accepted", 70)}
    alone = post(client, form("line:{order_000}"))
    assert alone.status_code == 422
    assert "Run the plan again" in text(alone)


@pytest.mark.parametrize(
    "do", ["", "line:x", "line:99999999", "undo:1", "supplier:NOBODY", "what:1", "line:" + "9" * 30]
)
def test_nonsense_is_refused(client_for, form, bob, do):
    assert post(client_for(bob), form(do)).status_code in (404, 422)


@pytest.mark.parametrize("units", ["abc", "-3", "1e99", "nan"])
def test_nonsense_as_quantity_is_refused(client_for, planned, form, bob, units):
    answer = post(client_for(bob), form("line:{order_000}", units_order_000=units, reason_order_000="x"))
    assert answer.status_code == 422
    assert decided(planned) == {}


def test_viewers_see_no_button_and_may_not_decide(client_for, planned, form, victor):
    client = client_for(victor)
    assert 'name="do"' not in text(client.get("/plans/"))
    assert post(client, form("all")).status_code == 403


def test_strangers_reach_no_proposal_of_acme(client_for, planned, form, rival, charlie):
    assert post(client_for(charlie), form("line:{order_000}")).status_code in (404, 409, 302)
    assert decided(planned) == {}


def test_weight_against_the_suppliers_smallest_order_is_said(client_for, planned, bob):
    with tenant_scope(planned.pk):
        rows.Supplier.objects.update(least_value=500)
    assert "€200 short of €500" in text(client_for(bob).get("/plans/"))
    with tenant_scope(planned.pk):
        rows.Supplier.objects.update(least_value=250)
    assert "The smallest order of €250 is reached" in text(client_for(bob).get("/plans/"))


def test_many_decisions_ask_a_bounded_number_of_questions(client_for, acme, bob):
    with tenant_scope(acme.pk):
        run = publish(250)
    client = client_for(bob)
    with CaptureQueriesContext(connection) as asked:
        answer = client.post("/plans/decide/", {"run": run.pk, "do": "all"})
    assert answer.status_code == 302
    assert len(decided(acme)) == 100
    assert len(asked) < 60
    assert len(text(client.get("/plans/"))) < 200_000
