"""What pages read of a run over two places: neither doubled nor missed."""

import datetime as dt
from decimal import Decimal

import pytest

from forecasting import models as rows
from forecasting.queries import home, picture, plan_lines, plans, products, risks
from forecasting.queries import product as detail
from forecasting.services import exports
from tests.factories import LocationFactory
from tests.forecasting.published import AS_OF, MONDAY, publish

EUR = "EUR"


@pytest.fixture
def run(in_acme):
    """Split the run: half of what is sold in each of two places, stock and orders apart."""
    run, far = publish(), LocationFactory(code="FAR", name="Los Angeles")
    main = rows.Location.objects.get(code="MAIN")
    rows.Location.objects.filter(pk=main.pk).update(name="Foshan")
    for sale in rows.Sale.objects.all():
        sale.units /= 2
        sale.location = main
        sale.save()
        sale.pk, sale.location, sale.line_id = None, far, f"{sale.line_id}-far"
        sale._state.adding = True
        sale.save()
    for one in rows.Proposal.objects.all():
        one.location = main
        one.save()
        one.pk, one.location = None, far
        one._state.adding = True
        one.save()
    at_far = rows.Proposal.objects.filter(location=far)
    at_far.filter(product__sku="order-000").update(
        on_hand=10, inbound=5, units=20, value=Decimal(200), lasts_until=MONDAY + dt.timedelta(3),
        order_on=MONDAY + dt.timedelta(2), arrives_on=MONDAY + dt.timedelta(5),
    )  # fmt: skip
    at_far.filter(product__sku="risk-001").update(on_hand=500, units=0, order_on=None, arrives_on=None)
    return run


def test_a_product_is_the_sum_of_its_places(run):
    row, _forecast = detail.row(detail.get("order-000"), run)
    assert [str(part.location) for part in row.places] == ["Foshan", "Los Angeles"]
    whole = row.proposal
    assert (whole.on_hand, whole.inbound, whole.units, whole.value) == (60, 5, 50, Decimal(500))
    assert (whole.order_on, whole.lasts_until) == (MONDAY, MONDAY + dt.timedelta(3))
    assert whole.order_up_to == 112


def test_what_one_place_does_not_know_is_not_summed_as_nothing(run):
    rows.Proposal.objects.filter(product__sku="order-000", location__code="FAR").update(value=None, on_hand=None)
    whole = detail.row(detail.get("order-000"), run)[0].proposal
    assert (whole.value, whole.on_hand) == (None, 50)


def test_the_list_has_each_product_once_with_its_sum(run):
    found = risks.found(run)
    listed = list(products.listed(run, products.Wanted(sort="-order"), found))
    assert len(listed) == 5
    row = next(row for row in products.rows(listed, run, EUR, found) if row.product.sku == "order-000")
    assert (row.proposal.units, row.proposal.value, len(row.places)) == (50, Decimal(500), 2)


def test_the_list_sorts_by_the_most_pressing_place_and_by_summed_money(run):
    rows.Proposal.objects.filter(product__sku="excess-002", location__code="MAIN").update(units=1, value=Decimal(450))
    rows.Proposal.objects.filter(product__sku="enough-004", location__code="FAR").update(lasts_until=AS_OF)
    by_money = products.listed(run, products.Wanted(sort="-order"), {})
    assert [product.sku for product in by_money][:2] == ["order-000", "excess-002"]
    assert products.listed(run, products.Wanted(sort="lasts"), {})[0].sku == "enough-004"


def test_filters_count_products_and_not_places(run):
    found = risks.found(run)
    for name, n in products.counts(run, found).items():
        if name != "all":
            assert len(products.listed(run, products.Wanted(show=name), found)) == n, name
    assert products.counts(run, found)["order"] == 2


def test_each_place_runs_out_on_its_own(run):
    risk = risks.found(run)[detail.get("risk-001").pk]
    assert (risk.place, len(risk.parts)) == ("Foshan", 1)
    # 4 on hand last 4 days at half of 2 a day; 70 more arrive 10 days after the run
    assert (risk.day, risk.until) == (AS_OF + dt.timedelta(4), MONDAY + dt.timedelta(9))
    assert risk.units == pytest.approx(6.0)


def test_what_is_moved_to_a_place_ends_its_risk(run):
    product, places = detail.get("risk-001"), {place.code: place for place in rows.Location.objects.all()}
    sent = {"send_on": AS_OF, "arrives_on": AS_OF + dt.timedelta(3), "units": 50, "reason": {}}
    rows.Transfer.objects.create(
        run=run, product=product, origin=places["FAR"], destination=places["MAIN"], **sent
    )  # fmt: skip
    assert product.pk not in risks.found(run)


def test_a_delivery_to_one_place_does_not_help_the_other(run):
    product, far = detail.get("risk-001"), rows.Location.objects.get(code="FAR")
    soon = AS_OF + dt.timedelta(3)
    rows.Inbound.objects.create(order_ref="A", product=product, location=far, units=50, expected_on=soon)
    assert product.pk in risks.found(run)


def test_sales_of_no_place_fall_to_the_first_place(run):
    rows.Sale.objects.update(location=None)
    assert detail.get("risk-001").pk not in risks.found(run), (
        "all of it is sold in Los Angeles, the first by code, where 500 lie"
    )


def test_the_plan_marks_only_the_place_that_runs_out(run):
    lines = plan_lines.lines(run, list(plans.proposals(run, plans.Wanted("all"))), EUR, risks.found(run))
    risky = [(line.product.sku, str(line.proposal.location)) for line in lines if line.risk]
    assert ("risk-001", "Foshan") in risky and ("risk-001", "Los Angeles") not in risky


def test_tiles_count_products_once_and_money_of_all_places(run):
    today = home.today(run, EUR, plans.totals(run, plans.Wanted(), EUR), risks.found(run))
    assert today.orders.value == Decimal(500) and today.orders.orders == 3
    assert today.unplanned == 1, "one product lacks a lead time, whatever its places"


def test_actions_count_products_and_name_the_places(run):
    actions = {
        one.kind: one for one in home.actions(run, EUR, plans.totals(run, plans.Wanted(), EUR), risks.found(run))
    }
    assert (actions["order"].count, actions["order"].place) == (2, "Foshan, Los Angeles")
    assert actions["risk"].place in ("Foshan", "Los Angeles")


def test_the_picture_starts_from_the_stock_of_all_places(run):
    product = detail.get("order-000")
    row, forecast = detail.row(product, run)
    shown = picture.picture(product, run, forecast, row.parts, picture.told(product, run))
    assert shown.stock == [66.0, 82.0, 68.0, 54.0]  # 60 - 14 + 20, then + 30 the week after, 14 a week


def test_the_file_of_the_plan_names_the_place(run):
    made = exports.plan("csv", plans.proposals(run, plans.Wanted()), currency=EUR, speak=str).decode("utf-8-sig")
    head, *lines = made.splitlines()
    at = head.split(",").index("Location")
    assert sorted(line.split(",")[at] for line in lines) == ["Foshan", "Foshan", "Los Angeles"]
