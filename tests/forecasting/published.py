"""A published run to read: five kinds of products in turn, with figures that can be added by hand.

0 order    50 on hand, 30 ordered at 10.00 = 300.00
1 risk     4 on hand, sold out 7 days before 70 more arrive, no unit cost, price 20.00, 14 a week
2 excess   500 on hand at 10.00 = 5,000.00, of which 1,500.00 can be freed
3 missing  no lead time: no proposal
4 enough   60 on hand, nothing to order; counted in US dollars
"""

import datetime as dt
from decimal import Decimal

from forecasting import models as rows
from tests.factories import ChannelFactory, LocationFactory, ProductFactory, RunFactory, SaleFactory, SupplierFactory

AS_OF = dt.date(2026, 11, 15)
MONDAY = dt.date(2026, 11, 16)
KINDS = ("order", "risk", "excess", "missing", "enough")


def packed(template, **values):
    return {"template": template, "values": values}


PASSPORT = [
    {"label": packed("Mean demand until the order after this one arrives"), "units": 60.0, "kind": "add"},
    {"label": packed("On hand"), "units": -50.0, "kind": "add"},
    {"label": packed("Whole packs"), "units": 20.0, "kind": "add"},
    {"label": packed("Order"), "units": 30.0, "kind": "sum"},
    {
        "label": packed("The lead time is taken as always the same: its spread is not known."),
        "units": None,
        "kind": "note",
    },
]
NEEDS_LEAD_TIME = [{**packed("Lead time"), "field": "lead_time_days"}]

TERMS = {
    "order": {"unit_cost": Decimal(10), "unit_price": Decimal(25)},
    "risk": {"unit_cost": None, "unit_price": Decimal(20)},
    "excess": {"unit_cost": Decimal(10), "unit_price": Decimal(25)},
    "missing": {"unit_cost": Decimal(10), "unit_price": None, "supplier": None},
    "enough": {"unit_cost": Decimal(5), "unit_price": Decimal(9), "currency": "USD"},
}
PROPOSED = {
    "order": {
        "on_hand": 50.0,
        "units": 30.0,
        "value": Decimal(300),
        "order_on": MONDAY,
        "arrives_on": MONDAY + dt.timedelta(7),
        "lasts_until": MONDAY + dt.timedelta(14),
        "passport": PASSPORT,
    },
    "risk": {
        "on_hand": 4.0,
        "units": 70.0,
        "order_on": MONDAY,
        "arrives_on": MONDAY + dt.timedelta(9),
        "lasts_until": MONDAY + dt.timedelta(2),
        "passport": PASSPORT,
    },
    "excess": {"on_hand": 500.0, "units": 0.0, "lasts_until": MONDAY + dt.timedelta(300)},
    "missing": {"on_hand": 8.0, "missing": NEEDS_LEAD_TIME},
    "enough": {"on_hand": 60.0, "units": 0.0, "lasts_until": MONDAY + dt.timedelta(30)},
}
HELD_BACK = packed("Nothing above %(units)s is believed", units=90)
TESTED = {
    "order": {"weight": 10.0, "rmsse": 0.8, "naive_rmsse": 1.0, "bias_units": 2.0, "coverage": 0.9, "tested": 40.0},
    "risk": {"weight": 30.0, "rmsse": 0.4, "naive_rmsse": 1.2, "bias_units": -6.0, "coverage": 0.6, "tested": 40.0},
    "excess": {"weight": 10.0, "rmsse": 1.6, "naive_rmsse": 2.0, "refusals": [HELD_BACK], "refused": True},
    "missing": {"model": "prior"},
    "enough": {"weight": 5.0, "recovered": [["2026-11-02", 12.5, True], ["2026-11-09", 9.0, False]]},
}
IN_MONEY = {
    "order": {"stock_value": Decimal(500), "freed": Decimal(0), "needed": Decimal(100), "holding_cost": Decimal(100)},
    "risk": {"missing": [{**packed("Cost per unit"), "field": "unit_cost"}]},
    "excess": {
        "stock_value": Decimal(5000),
        "freed": Decimal(1500),
        "needed": Decimal(0),
        "holding_cost": Decimal(1000),
        "days_of_stock": 250.0,
    },
    "missing": {"stock_value": Decimal(80), "holding_cost": Decimal(16), "missing": NEEDS_LEAD_TIME},
    "enough": {"stock_value": Decimal(300), "freed": Decimal(0), "needed": Decimal(0), "holding_cost": Decimal(60)},
}


def publish(count=5):
    """Publish a run over `count` products, inside the scope of the firm."""
    supplier, place = SupplierFactory(code="MILL", name="Mill"), LocationFactory(code="MAIN")
    run = RunFactory(as_of=AS_OF, starts_on=MONDAY, horizon=4, levels=[0.05, 0.25, 0.5, 0.75, 0.95], summary={})
    for number in range(count):
        kind = KINDS[number % 5]
        terms = {"category": f"Category {number % 2}", "supplier": supplier, **TERMS[kind]}
        product = ProductFactory(sku=f"{kind}-{number:03}", name=f"{kind.title()} {number:03}", **terms)
        fill(run, product, kind, place)
    channel = ChannelFactory(code="shop", name="Own shop")
    rows.ChannelMoney.objects.create(
        run=run,
        channel=channel,
        revenue=Decimal(2000),
        goods=Decimal(900),
        fees=Decimal(200),
        payment=Decimal(0),
        returns=Decimal(0),
        shipping=Decimal(100),
        advertising=Decimal(300),
        margin=Decimal(500),
    )
    lacking = [{**packed("Cost per unit"), "field": "unit_cost"}]
    rows.ChannelMoney.objects.create(run=run, channel=None, revenue=Decimal(500), fees=Decimal(0), missing=lacking)
    return run


def fill(run, product, kind, place):
    """Give a product its sales, its stock and what the run says of it."""
    for week, units in ((0, 7), (1, 5), (30, 9)):
        SaleFactory(product=product, units=units, sold_on=AS_OF - dt.timedelta(weeks=week, days=1))
    rows.StockCount.objects.create(product=product, location=place, counted_at=AS_OF, on_hand=PROPOSED[kind]["on_hand"])
    rows.ProductForecast.objects.create(
        run=run,
        product=product,
        reason=packed("Sells steadily"),
        scores={
            "theta": {"pinball": 0.8, "rmsse": 0.9},
            "seasonal_naive": {"pinball": 1.0, "rmsse": 1.1},
            "tsb": {"pinball": 0.9, "rmsse": None},
        },
        value_added=0.2 if kind != "enough" else -0.1,
        backtest={
            "engine": {"rmsse": 0.8, "pinball": 0.4, "bias": 0.05, "coverage": 0.88},
            "naive": {"rmsse": 1.0, "pinball": 0.5, "bias": None, "coverage": None},
        },
        **{"model": "theta", **TESTED[kind]},
        mean=[14.0] * 4,
        quantiles=[[5.0, 10.0, 14.0, 18.0, 25.0]] * 4,
    )
    plan = {"inbound": 0.0, "order_up_to": 56.0, "supplier": product.supplier, **PROPOSED[kind]}
    rows.Proposal.objects.create(run=run, product=product, **plan)
    rows.ProductMoney.objects.create(run=run, product=product, **IN_MONEY[kind])
