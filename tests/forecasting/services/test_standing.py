"""A plan beside the one before: proposals stand unless something changed, and what changed is said."""

import datetime as dt

import numpy as np
import pytest

from forecasting import models as rows
from forecasting.services import standing
from forecasting.services.decisions import Choice, decide
from tenants.isolation import tenant_scope
from tests.forecasting.running import LAST, a_week_earlier, line, run, sell

DAY = dt.timedelta(days=1)


@pytest.fixture
def firm(acme):
    with tenant_scope(acme.pk):
        yield acme


def proposed(of):
    return {p.product.sku: p for p in rows.Proposal.objects.filter(run=of).select_related("product")}


def sell_on(day, products, units):
    for product, n in zip(products, units, strict=True):
        line(product, day, int(n), f"{product.sku}-{day}")


def test_the_same_data_give_the_same_plan_without_a_change(firm):
    sell(6)
    first, second = proposed(run(firm)), proposed(run(firm))
    assert {sku: p.units for sku, p in first.items()} == {sku: p.units for sku, p in second.items()}
    assert any(p.units for p in second.values())
    assert all(p.changes == [] for p in second.values())


def test_what_changed_is_explained_by_steps_that_add_up(firm):
    products = sell(3)
    a_week_earlier()
    before = proposed(run(firm))
    for ago in range(7):  # a week in which the first sells five times as much as ever
        sell_on(LAST - DAY * ago, products, (9, 2, 2))
    after = proposed(run(firm))
    (change,) = after["P00"].changes
    assert change["before"] == pytest.approx(before["P00"].units, abs=1e-3)
    assert change["after"] == pytest.approx(after["P00"].units, abs=1e-3)
    assert sum(step["units"] for step in change["steps"]) == pytest.approx(change["after"] - change["before"], abs=0.01)
    said = {step["label"]["template"] for step in change["steps"]}
    assert "more was sold than forecast" in said and "more demand is forecast" in said
    assert "the service level was raised" not in said, "costs decide it here, and nobody has changed them"
    assert change["template"].startswith("%(after)g instead of %(before)g")


def test_a_days_noise_does_not_make_proposals_flap(firm):
    rng = np.random.default_rng(8)
    products = sell(24)
    before = proposed(run(firm))
    sell_on(LAST + DAY, products, rng.poisson(12 / 7, len(products)))
    place = rows.Location.objects.get(code="MAIN")
    for product in products:  # as much as the day before: all that differs is the noise of a day's sales
        rows.StockCount.objects.create(product=product, location=place, counted_at=LAST + DAY, on_hand=40)
    after = proposed(run(firm))
    moved = [(before[sku].units, p.units) for sku, p in after.items() if before[sku].units != p.units]
    assert len(moved) <= 1, moved
    kept = [sku for sku, p in after.items() if any(step.get("cause") == "steady" for step in p.passport)]
    assert len(kept) > 3, "left to itself the plan would have moved these"


def test_what_was_decided_on_binds_the_next_plan_no_more(firm, alice):
    products = sell(2)
    first = run(firm)
    lines = proposed(first)
    decide(run_id=first.pk, choices=[Choice(lines["P01"].pk, 0.0, "No room")], organisation=firm, by=alice)
    held = standing.held(standing.read(), products, None, LAST)
    assert held[0] == lines["P00"].units and np.isnan(held[1])
    assert standing.held(standing.read(), products, None, LAST + 15 * DAY) is None, "too long ago"
