"""The money of a run: from counts, sales, fees and rates to rows that add up."""

import datetime as dt
from decimal import Decimal as D

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forecasting import models as rows
from forecasting import queries
from forecasting.finance.margins import PARTS
from forecasting.planning import ItemTerms, Plan, StockState
from forecasting.services import margins, money, policies, stock_days, terms
from tenants.isolation import tenant_scope
from tests.factories import ChannelFactory, LocationFactory, ProductFactory, RunFactory, SaleFactory

AS_OF = dt.date(2026, 11, 15)
FREE = dict.fromkeys(("fee_fixed", "payment_percent", "payment_fixed", "shipping_per_unit", "return_cost"), D(0))


def ago(days):
    return AS_OF - dt.timedelta(days=days)


def plan(n, **known):
    zero, day = np.zeros(n), np.full(n, np.datetime64("NaT", "D"))
    names = ("safety_stock", "reorder_point", "order_up_to", "max_target", "order_units", "expected_cost", "level")
    names += ("demand_interval", "demand_daily", "average_target", "lost_margin")
    columns = {name: np.broadcast_to(np.asarray(known.get(name, zero), float), (n,)) for name in names}
    ids = tuple(str(row) for row in range(n))
    return Plan(ids=ids, as_of=AS_OF, order_on=day, arrives_on=day, reason=(), passports=(), **columns)


def written(firm, products, plan_of=None, shelves=None):
    """Write the money of a run over these products; give it."""
    policy = policies.current()
    item_terms = terms.terms(products, policy=policy, organisation=firm)
    held = money.Held(products, item_terms, terms.stock(products, as_of=AS_OF), plan_of or plan(len(products)))
    run = RunFactory(as_of=AS_OF)
    money.write(run, money.Basis(firm, policy, AS_OF, held, shelves))
    return run


def counted(product, *counts, place=None):
    place = place or rows.Location.objects.first() or LocationFactory(code="MAIN")
    for days, units in counts:
        rows.StockCount.objects.create(product=product, location=place, counted_at=ago(days), on_hand=units)
    return place


def sold(product, units, price, days=10, **told):
    return SaleFactory(product=product, units=units, unit_price=D(price), sold_on=ago(days), **told)


def test_average_stock_is_over_days(in_acme):
    product = ProductFactory(unit_cost=D(2))
    counted(product, (400, 100))
    sold(product, 60, 5, days=91)  # 364 days: 100 on the first 272, 40 on the last 92
    run = written(in_acme, [product])
    found = rows.ProductMoney.objects.get(run=run)
    assert found.average_value == D("%.2f" % (2 * (100 * 272 + 40 * 92) / 364))
    assert found.stock_value == D(80) and found.sell_through == pytest.approx(0.6)
    assert found.value_weeks[0] == 200 and found.value_weeks[-1] == 80 and len(found.value_weeks) == 52


def test_weeks_before_the_first_count_are_unknown(in_acme):
    product = ProductFactory(unit_cost=D(1))
    counted(product, (6, 10))
    assert written(in_acme, [product]) and rows.ProductMoney.objects.get().value_weeks == [None] * 51 + [10]


def test_turns_and_return_are_of_a_year_over_the_average_stock(in_acme):
    product = ProductFactory(unit_cost=D(2))
    counted(product, (400, 100))
    sold(product, 50, 5, days=364)
    found = rows.ProductMoney.objects.get(run=written(in_acme, [product]))
    assert found.average_value == D(100)
    assert found.turns == pytest.approx(1) and found.gmroi == pytest.approx(1.5)


def test_stock_that_nobody_buys_counts_in_the_firms_turns(in_acme):
    """Goods of 50 × 2 a year over 50 × 2 of the one, on average, and 100 × 2 of the other: a third."""
    product, idle = ProductFactory(unit_cost=D(2)), ProductFactory(unit_cost=D(2))
    counted(product, (400, 100))
    counted(idle, (400, 100))
    assert rows.ProductMoney.objects.get(run=written(in_acme, [idle])).turns is None  # no sales are known at all
    sold(product, 50, 5, days=364)
    run = written(in_acme, [product, idle])
    found = rows.ProductMoney.objects.get(run=run, product=idle)
    assert (found.turns, found.gmroi, found.average_value) == (0, 0, D(200))
    assert queries.money.pace(run).turns == pytest.approx(100 / 300)


def test_parts_of_every_split_add_up_to_its_revenue(in_acme):
    shop = ChannelFactory(code="shop", fee_percent=D("12.35"), ad_cost_percent=D("7.77"), **FREE)
    bare = ChannelFactory(code="bare", fee_percent=D(0), ad_cost_percent=D(0), **FREE)
    products = [ProductFactory(unit_cost=D("3.33")) for _ in range(3)]
    for number, product in enumerate(products):
        counted(product, (300, 50 + number))
        for channel in (shop, bare):
            sold(product, 3 + number, "9.99", channel=channel, discount=D("0.37"))
    sold(products[0], -1, "9.99", channel=shop)
    run = written(in_acme, products)
    for row in [*rows.SaleMoney.objects.filter(run=run), *rows.ChannelMoney.objects.filter(run=run)]:
        assert row.margin is not None
        assert row.revenue == sum(getattr(row, name) for name in PARTS) + row.margin
    for channel in rows.ChannelMoney.objects.filter(run=run):
        lines = rows.SaleMoney.objects.filter(run=run, channel=channel.channel)
        assert channel.margin == sum(line.margin for line in lines)
    found = rows.ProductMoney.objects.filter(run=run)
    assert sum(row.margin for row in found) == sum(row.margin for row in rows.ChannelMoney.objects.filter(run=run))


def test_returns_are_taken_from_negative_sales(in_acme):
    shop = ChannelFactory(code="shop", fee_percent=D(10), ad_cost_percent=D(0), **{**FREE, "return_cost": D(2)})
    product = ProductFactory(unit_cost=D(4))
    sold(product, 10, 10, channel=shop)
    sold(product, -2, 10, channel=shop)
    written(in_acme, [product])
    found = rows.SaleMoney.objects.get()
    assert (found.revenue, found.goods, found.fees, found.returns) == (D(100), D(40), D(8), D(20 - 8 + 4))
    assert found.margin == D(36) and found.holding is None
    assert [need["field"] for need in found.missing] == ["on_hand"]


def test_one_payment_fee_is_shared_by_the_lines_of_an_order(in_acme):
    shop = ChannelFactory(code="shop", fee_percent=D(0), ad_cost_percent=D(0), **{**FREE, "payment_fixed": D("0.50")})
    first, second = ProductFactory(unit_cost=D(1)), ProductFactory(unit_cost=D(1))
    sold(first, 3, 10, channel=shop, order_id="A", line_id="1")
    sold(second, 1, 10, channel=shop, order_id="A", line_id="2")
    written(in_acme, [first, second])
    assert sorted(row.payment for row in rows.SaleMoney.objects.all()) == [D("0.25"), D("0.25")]


def test_unknown_fees_leave_the_margin_unknown_and_are_named(in_acme):
    shop = ChannelFactory(code="shop", fee_percent=D(10))
    product = ProductFactory(unit_cost=D(4))
    counted(product, (300, 5))
    sold(product, 1, 10, channel=shop)
    written(in_acme, [product])
    found = rows.ChannelMoney.objects.get()
    assert found.fees is None and found.margin is None and found.goods == D(4)
    assert {need["field"] for need in found.missing} >= {"fee_fixed", "shipping_per_unit", "ad_cost_percent"}


def test_products_without_cost_are_left_out_and_counted_apart(in_acme):
    shop = ChannelFactory(code="shop", fee_percent=D(0), ad_cost_percent=D(0), **FREE)
    known, unknown = ProductFactory(unit_cost=D(4)), ProductFactory()
    sold(known, 1, 10, channel=shop)
    sold(unknown, 2, 10, channel=shop)
    written(in_acme, [known, unknown])
    found = rows.ChannelMoney.objects.get()
    assert (found.revenue, found.left_out) == (D(10), D(20))


def test_sales_abroad_are_worth_what_the_rate_of_their_day_says(in_acme):
    for day, rate in ((ago(100), "0.80"), (ago(20), "0.90")):
        rows.Rate.objects.create(currency="USD", day=day, rate=D(rate))
    product = ProductFactory(unit_cost=D(10), currency="USD")
    sold(product, 1, 20, days=50, currency="USD")
    sold(product, 1, 20, days=10, currency="USD")
    written(in_acme, [product])
    found = rows.SaleMoney.objects.get()
    assert found.revenue == D("34.00")  # 20 x 0.80 + 20 x 0.90
    assert found.goods == D("18.00")  # the newest rate: 2 x 10 x 0.90


def test_foreign_money_without_a_rate_is_not_known_and_asks_for_one(in_acme):
    product = ProductFactory(unit_cost=D(10), currency="USD")
    counted(product, (300, 5))
    sold(product, 1, 20, currency="USD")
    written(in_acme, [product])
    found = rows.ProductMoney.objects.get()
    assert found.stock_value is None and found.revenue == 0
    assert "currency" in [need["field"] for need in found.missing]
    assert "unit_cost" not in [need["field"] for need in found.missing]
    assert "currency" in [need["field"] for need in rows.ChannelMoney.objects.get().missing]


def test_holding_cost_is_the_sum_of_its_parts(in_acme):
    product = ProductFactory(unit_cost=D("3.33"))
    counted(product, (1, 7))
    written(in_acme, [product])
    found = rows.ProductMoney.objects.get()
    assert found.holding_cost == found.holding_capital + found.holding_storage + found.holding_risk == D("4.66")


def test_what_is_short_and_what_is_too_much_follow_the_plan(in_acme):
    first, second = ProductFactory(unit_cost=D(2)), ProductFactory(unit_cost=D(2))
    counted(first, (1, 100))
    counted(second, (1, 5))
    targets = {"max_target": [60, 60], "reorder_point": [20, 20], "lost_margin": [0, 12.345], "demand_daily": [2, 2]}
    written(in_acme, [first, second], plan(2, **targets))
    one, other = rows.ProductMoney.objects.order_by("product")
    assert (one.freed, one.needed, other.freed, other.needed) == (D(80), D(0), D(0), D(30))
    assert one.floor_days == 3.5  # half of the firm's own week between orders, no safety stock
    assert other.lost_margin in (D("12.34"), D("12.35")) and one.days_of_stock == 50


def test_shelves_have_their_own_money(in_acme):
    product = ProductFactory(unit_cost=D(2))
    places = [LocationFactory(code=code) for code in ("A", "B")]
    for place, units in zip(places, (100, 10), strict=True):
        counted(product, (370, units), place=place)
    sold(product, 50, 5, days=364, location=places[0])
    shelf_terms = ItemTerms.of(2, unit_cost=2.0)
    stock = StockState(np.array([50.0, 10]))
    held = money.Held([product] * 2, shelf_terms, stock, plan(2, max_target=[20, 20]), places)
    run = written(in_acme, [product], shelves=held)
    first, second = rows.ShelfMoney.objects.filter(run=run).order_by("location__code")
    assert (first.stock_value, first.freed, first.average_value) == (D(100), D(60), D(100))
    assert (second.stock_value, second.freed, second.average_value) == (D(20), D(0), D(20))
    assert rows.ProductMoney.objects.get(run=run).average_value == D(120)


def test_sales_without_a_place_are_taken_from_the_fullest(in_acme):
    product = ProductFactory()
    small, large = (LocationFactory(code=code) for code in ("A", "B"))
    counted(product, (370, 5), place=small)
    counted(product, (370, 500), place=large)
    sold(product, 50, 5, days=1)
    days = stock_days.read([product], as_of=AS_OF)
    assert days.shelves[0, small.pk][1][-1] == 5 and days.shelves[0, large.pk][1][-1] < 500


def test_questions_do_not_grow_with_products(in_acme):
    asked = []
    for count in (2, 40):
        products = [ProductFactory(unit_cost=D(1)) for _ in range(count)]
        for product in products:
            counted(product, (30, 9))
            sold(product, 1, 2)
        every = list(rows.Product.objects.order_by("sku"))
        with CaptureQueriesContext(connection) as found:
            written(in_acme, every)
        asked.append(len(found))
    assert asked[0] == asked[1] < 30


def test_another_firm_sees_none_of_it(acme, rival):
    with tenant_scope(acme.pk):
        product = ProductFactory(unit_cost=D(1))
        rows.Rate.objects.create(currency="USD", day=AS_OF, rate=D(1))
        sold(product, 1, 2)
        written(acme, [product])
        assert rows.SaleMoney.objects.count() == rows.Rate.objects.count() == 1
    with tenant_scope(rival.pk):
        assert rows.SaleMoney.objects.count() == rows.Rate.objects.count() == rows.ShelfMoney.objects.count() == 0
        assert margins.read(as_of=AS_OF, rates=margins.Rates.of("EUR", [])).sold == {}
