import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forecasting import models as rows
from forecasting import queries
from forecasting.queries import channels, home, money, picture, plan_lines, plans, products, risks, runs
from forecasting.queries import product as detail
from tenants.errors import NotFound
from tenants.isolation import tenant_scope
from tests.factories import (
    ChannelFactory,
    LocationFactory,
    ProductFactory,
    RunFactory,
    SaleFactory,
    SupplierFactory,
    UploadFactory,
)
from tests.forecasting.published import AS_OF, MONDAY, PASSPORT, publish

EUR = "EUR"


def pictured(product, run, forecast, plan=None):
    return picture.picture(product, run, forecast, [plan] if plan else [], picture.told(product, run))


@pytest.fixture
def run(in_acme):
    return publish()


def skus(found):
    return [product.sku for product in found]


def listed(run, wanted):
    return products.listed(run, wanted, risks.found(run))


# ── Runs ──


def test_the_run_published_last_is_the_newest(in_acme):
    old, new = RunFactory(), RunFactory()
    rows.Run.objects.filter(pk=new.pk).update(published_at=old.published_at - dt.timedelta(hours=1))
    assert runs.newest() == old


def test_without_a_run_there_is_none(in_acme):
    assert runs.newest() is None


def test_sales_until_is_read_from_the_summary_and_else_is_the_last_day_of_the_run(run):
    assert runs.sales_until(run) == AS_OF
    run.summary = {"sales_until": "2026-11-12"}
    assert runs.sales_until(run) == dt.date(2026, 11, 12)


# ── Products ──


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("risk", ["risk-001"]),
        ("order", ["order-000", "risk-001"]),
        ("excess", ["excess-002"]),
        ("no_cost", ["risk-001"]),
        ("no_price", ["missing-003"]),
        ("no_supplier", ["missing-003"]),
        ("no_stock", []),
        ("nonsense", ["enough-004", "excess-002", "missing-003", "order-000", "risk-001"]),
    ],
)
def test_a_saved_filter_shows_its_products(run, show, expected):
    assert skus(listed(run, products.Wanted(show=show))) == expected


def test_a_product_that_the_run_does_not_know_is_new(run):
    ProductFactory(sku="fresh")
    assert skus(listed(run, products.Wanted(show="new"))) == ["fresh"]


def test_no_product_lacks_a_lead_time_when_the_firm_has_one_for_all(run):
    assert products.counts(run, risks.found(run))["no_lead_time"] == 5
    rows.Policy.objects.create(lead_time_days=14)
    assert products.counts(run, risks.found(run))["no_lead_time"] == 0


def test_counts_agree_with_what_each_filter_lists(run):
    for name, n in products.counts(run, risks.found(run)).items():
        if name != "all":
            assert listed(run, products.Wanted(show=name)).count() == n, name


def test_every_word_searched_for_must_be_in_name_or_sku(run):
    assert skus(listed(run, products.Wanted(search="RISK 001"))) == ["risk-001"]
    assert skus(listed(run, products.Wanted(search="risk 002"))) == []


def test_sorting_puts_unknown_figures_last_in_both_directions(run):
    assert skus(listed(run, products.Wanted(sort="-stock")))[:1] == ["excess-002"]
    assert skus(listed(run, products.Wanted(sort="-stock")))[-1] == "risk-001"
    assert skus(listed(run, products.Wanted(sort="stock")))[-1] == "risk-001"
    assert skus(listed(run, products.Wanted(sort="lasts")))[0] == "risk-001"


def test_category_and_supplier_narrow_the_list(run):
    assert skus(listed(run, products.Wanted(category="Category 1"))) == ["missing-003", "risk-001"]
    assert skus(listed(run, products.Wanted(supplier="-"))) == ["missing-003"]


def test_weeks_are_counted_back_from_the_day_of_the_run(run):
    found = listed(run, products.Wanted(search="order"))
    (row,) = products.rows(list(found), run, EUR, {})
    assert len(row.weeks) == 26
    assert row.weeks[-2:] == (5.0, 7.0)
    assert sum(row.weeks) == 12.0  # the sale of 30 weeks ago is too old


def test_a_week_with_more_returns_than_sales_shows_as_empty(run):
    product = rows.Product.objects.get(sku="order-000")
    SaleFactory(product=product, units=-50, sold_on=AS_OF)
    assert products.sold_by_week([product.pk], AS_OF)[product.pk][-1] == 0


@pytest.mark.parametrize(
    ("sku", "standing", "level"),
    [
        ("order-000", "order", "amber"),
        ("risk-001", "risk", "red"),
        ("excess-002", "excess", ""),
        ("missing-003", "unknown", ""),
        ("enough-004", "enough", "green"),
    ],
)
def test_standing_says_how_a_product_stands(run, sku, standing, level):
    row, _forecast = detail.row(detail.get(sku), run)
    assert (row.standing, row.level) == (standing, level)


def test_a_product_with_nothing_on_hand_is_sold_out(run):
    rows.Proposal.objects.filter(product__sku="order-000").update(on_hand=0)
    row, _forecast = detail.row(detail.get("order-000"), run)
    assert row.standing == "out"


def test_cover_is_stock_at_the_pace_of_the_forecast(run):
    row, _forecast = detail.row(detail.get("order-000"), run)
    assert row.pace == 2.0  # 14 a week
    assert (row.cover, row.target) == (25.0, 28.0)  # 50 and 56 at 2 a day


def test_a_discontinued_product_that_is_sold_out_is_no_alarm(run):
    rows.Proposal.objects.filter(product__sku="enough-004").update(on_hand=0)
    rows.Product.objects.filter(sku="enough-004").update(status="discontinued")
    row, _forecast = detail.row(detail.get("enough-004"), run)
    assert row.standing == "ended"


def test_stock_is_projected_with_what_comes_and_what_is_proposed(run):
    product, place = detail.get("order-000"), rows.Location.objects.get(code="MAIN")
    rows.Inbound.objects.create(order_ref="A", product=product, location=place, units=9, expected_on=MONDAY)
    row, forecast = detail.row(product, run)
    assert pictured(product, run, forecast, row.proposal).stock == [45.0, 61.0, 47.0, 33.0]


def test_cover_is_absent_where_stock_is_not_known(run):
    rows.Proposal.objects.filter(product__sku="order-000").update(on_hand=None)
    row, _forecast = detail.row(detail.get("order-000"), run)
    assert row.cover is None


# ── One product ──


def test_a_product_that_is_not_there_is_not_found(in_acme):
    with pytest.raises(NotFound):
        detail.get("nothing")


def test_the_picture_shows_demand_by_week_from_the_first_sale_on(run):
    product = detail.get("order-000")
    _row, forecast = detail.row(product, run)
    shown = pictured(product, run, forecast)
    assert shown.days[-1] == MONDAY - dt.timedelta(weeks=1)
    assert shown.units[-2:] == [5.0, 7.0]
    assert len(shown.units) == 31 and shown.units[0] == 9.0
    assert shown.ahead == [MONDAY + dt.timedelta(weeks=w) for w in range(4)]
    assert shown.bands[90][0][0] == 5.0 and shown.bands[50][1][3] == 18.0


def test_an_order_that_was_taken_back_whole_was_never_demand(run):
    product = detail.get("order-000")
    for units, day in ((80995, AS_OF - dt.timedelta(3)), (-80995, AS_OF - dt.timedelta(2))):
        SaleFactory(product=product, units=units, sold_on=day, customer_ref="16446")
    assert sum(sale.units for sale in picture.demand(product)) == 21.0


def test_a_return_without_a_name_takes_nothing_back(run):
    product = detail.get("order-000")
    SaleFactory(product=product, units=-7, sold_on=AS_OF)
    assert sum(sale.units for sale in picture.demand(product)) == 21.0


def test_stock_was_empty_between_two_counts_that_found_nothing(run):
    product, place = detail.get("order-000"), rows.Location.objects.get(code="MAIN")
    for ago, left in ((40, 5), (30, 0), (20, 0), (10, 0), (5, 6)):
        day = AS_OF - dt.timedelta(ago)
        rows.StockCount.objects.create(product=product, location=place, counted_at=day, on_hand=left)
    shown = pictured(product, run, None)
    assert shown.empty == [(AS_OF - dt.timedelta(29), AS_OF - dt.timedelta(10))]


def test_months_are_counted_by_the_calendar(in_acme):
    product = ProductFactory()
    month = RunFactory(freq="M", as_of=dt.date(2026, 10, 31), starts_on=dt.date(2026, 11, 1))
    SaleFactory(product=product, units=4, sold_on=dt.date(2026, 9, 30))
    SaleFactory(product=product, units=6, sold_on=dt.date(2026, 10, 1))
    shown = pictured(product, month, None)
    assert list(zip(shown.days, shown.units, strict=True)) == [
        (dt.date(2026, 9, 1), 4.0),
        (dt.date(2026, 10, 1), 6.0),
    ]


def test_models_are_listed_with_the_chosen_one_first_and_without_the_naive_that_stands_beside_them(run):
    _row, forecast = detail.row(detail.get("order-000"), run)
    assert [model for model, _scores in detail.tested(forecast)] == ["theta", "tsb"]


def test_stock_shows_the_newest_count_of_every_location(run):
    product = detail.get("order-000")
    shop = LocationFactory(code="SHOP")
    for day, left in ((AS_OF - dt.timedelta(9), 3), (AS_OF - dt.timedelta(2), 1)):
        rows.StockCount.objects.create(product=product, location=shop, counted_at=day, on_hand=left)
    assert [(count.location.code, count.on_hand) for count in detail.stock(product)] == [("MAIN", 50.0), ("SHOP", 1.0)]


def test_what_was_received_is_no_longer_coming(run):
    product, place = detail.get("order-000"), rows.Location.objects.get(code="MAIN")
    for ref, received in (("A", None), ("B", AS_OF)):
        rows.Inbound.objects.create(
            order_ref=ref, product=product, location=place, units=9, expected_on=MONDAY, received_on=received
        )
    assert [delivery.order_ref for delivery in detail.coming(product)] == ["A"]


# ── What runs out ──


def test_a_product_is_at_risk_from_the_day_it_is_sold_out_until_the_order_arrives(run):
    (risk,) = risks.found(run).values()
    assert (risk.day, risk.until, risk.days) == (AS_OF + dt.timedelta(2), MONDAY + dt.timedelta(9), 8)
    assert risk.units == pytest.approx(16.0)  # 4 on hand last 2 days at 2 a day; 8 days x 2 are missed
    assert risk.sales(EUR) == pytest.approx(320.0)


def test_a_delivery_on_its_way_ends_the_risk(run):
    product, place = detail.get("risk-001"), rows.Location.objects.get(code="MAIN")
    soon = AS_OF + dt.timedelta(3)
    rows.Inbound.objects.create(order_ref="A", product=product, location=place, units=50, expected_on=soon)
    assert risks.found(run) == {}


def test_a_late_delivery_counts_from_the_day_after_the_run(run):
    product, place = detail.get("risk-001"), rows.Location.objects.get(code="MAIN")
    rows.Proposal.objects.filter(product=product).update(on_hand=0)
    late = AS_OF - dt.timedelta(30)
    rows.Inbound.objects.create(order_ref="A", product=product, location=place, units=50, expected_on=late)
    assert risks.found(run) == {}


def test_sales_missed_are_not_known_without_a_price_or_in_another_currency(run):
    rows.Product.objects.filter(sku="risk-001").update(currency="USD")
    assert [risk.sales(EUR) for risk in risks.found(run).values()] == [None]
    rows.Product.objects.filter(sku="risk-001").update(currency="", unit_price=None)
    assert [risk.sales(EUR) for risk in risks.found(run).values()] == [None]


def test_one_product_is_asked_for_alone(run):
    assert risks.found(run, detail.get("order-000")) == {}
    assert len(risks.found(run, detail.get("risk-001"))) == 1


# ── Plan ──


def test_totals_say_what_they_leave_out(run):
    rows.Product.objects.filter(sku="order-000").update(currency="USD")
    (total,) = plans.totals(run, plans.Wanted(), EUR).values()
    assert (total.orders, total.units, total.due) == (2, 100.0, MONDAY)
    assert (total.value, total.no_cost, total.other_currency) == (None, 1, 1)


def test_money_of_orders_is_added_in_the_organisations_currency(run):
    assert plans.added(plans.totals(run, plans.Wanted(), EUR).values()).value == Decimal(300)


def test_the_supplier_due_first_is_on_top_and_nameless_ones_follow(run):
    late = SupplierFactory(code="LATE", name="A late mill")
    rows.Proposal.objects.filter(product__sku="order-000").update(supplier=late, order_on=MONDAY + dt.timedelta(9))
    wanted = plans.Wanted(show="all")
    sums = plans.totals(run, wanted, EUR)
    cards = plan_lines.cards(plan_lines.lines(run, plans.proposals(run, wanted), EUR, risks.found(run)), sums)
    assert [card.supplier.code if card.supplier else "" for card in cards] == ["MILL", "LATE", ""]
    assert [len(card.lines) for card in cards] == [3, 1, 1]


def test_only_orders_are_shown_unless_asked_otherwise(run):
    assert {p.product.sku for p in plans.proposals(run, plans.Wanted())} == {"order-000", "risk-001"}
    assert {p.product.sku for p in plans.proposals(run, plans.Wanted("missing"))} == {"missing-003"}
    assert plans.unplanned(run) == 1


def test_lines_due_later_than_the_day_asked_for_are_left_out(run):
    assert not plans.proposals(run, plans.Wanted(before=MONDAY - dt.timedelta(1))).exists()
    assert plans.proposals(run, plans.Wanted(before=MONDAY)).count() == 2


def test_bars_climb_and_fall_as_the_steps_do():
    bars = plans.bars(PASSPORT)
    assert [(bar.units, round(bar.left, 1), round(bar.width, 1)) for bar in bars] == [
        (60.0, 0.0, 100.0),
        (-50.0, 16.7, 83.3),
        (20.0, 16.7, 33.3),
        (30.0, 0.0, 50.0),
    ]


def test_bars_that_go_below_nothing_stay_inside_the_picture():
    bars = plans.bars([{"units": 10.0}, {"units": -30.0}, {"units": 20.0}, {"units": 0.0, "kind": "sum"}])
    assert all(bar.left >= 0 and bar.left + bar.width <= 100.0001 for bar in bars)
    assert bars[1].left == 0.0


def test_no_steps_make_no_bars():
    assert plans.bars([]) == []


def test_notes_are_what_a_passport_takes_for_granted():
    (note,) = plans.notes(PASSPORT)
    assert note["template"].startswith("The lead time is taken")


# ── Money ──


def test_sums_count_what_they_know(run):
    sums = money.whole(run)
    assert (sums.stock_value, sums.freed, sums.needed) == (Decimal(5880), Decimal(1500), Decimal(100))
    assert sums.after == Decimal(4480)
    assert (sums.products, sums.known["stock_value"], sums.known["freed"]) == (5, 4, 3)


def test_an_unknown_sum_is_absent_and_never_nothing(in_acme):
    run = RunFactory()
    sums = money.whole(run)
    assert sums.stock_value is None and sums.after is None
    assert money.steps(sums) == []
    assert money.weeks(run) is None and money.pace(run).turns is None


def test_the_way_from_today_to_the_plan_adds_up(run):
    steps = money.steps(money.whole(run))
    assert [(step.label, step.units) for step in steps] == [
        ("today", 5880.0),
        ("excess", -1500.0),
        ("shortage", 100.0),
        ("plan", 4480.0),
    ]


def test_groups_add_up_to_the_whole(run):
    groups = money.grouped(run, "category")
    assert [(group.key, group.sums.stock_value) for group in groups] == [
        ("Category 0", Decimal(5800)),
        ("Category 1", Decimal(80)),
    ]
    assert groups[0].share == 100.0
    assert {group.key: group.sums.stock_value for group in money.grouped(run, "supplier")} == {
        "MILL": Decimal(5800),
        "": Decimal(80),
    }
    assert money.grouped(run, "location") == []


def test_what_is_chosen_narrows_every_figure(run):
    chosen = money.Chosen(category="Category 1")
    assert money.whole(run, chosen).stock_value == Decimal(80)
    assert [line.product.sku for line in money.products(run, chosen)] == ["missing-003", "risk-001"]
    assert [group.key for group in money.grouped(run, "category", chosen)] == ["Category 1"]
    assert money.whole(run, money.Chosen(supplier="-")).products == 1


def test_the_worst_products_come_first(run):
    assert next(line.product.sku for line in money.products(run)) == "excess-002"
    assert next(line.product.sku for line in money.products(run, sort="needed")) == "order-000"


def test_stock_over_time_begins_where_enough_is_known(run):
    for line, weeks in zip(rows.ProductMoney.objects.order_by("product"), WEEKS, strict=True):
        rows.ProductMoney.objects.filter(pk=line.pk).update(value_weeks=weeks)
    found = money.weeks(run)
    assert found.total == [310.0, 320.0] and found.unknown == 1 and found.products == 4
    assert found.groups == {"Category 0": [300.0, 301.0], "Category 1": [10.0, 19.0]}
    assert found.days == [AS_OF - dt.timedelta(7), AS_OF]
    assert money.weeks(run, money.Chosen(category="Category 1")).total == [10.0, 19.0]


WEEKS = [[None, 100.0, 101.0], [None, None, None], [9.0, 100.0, 100.0], [None, 10.0, 19.0], [9.0, 100.0, 100.0]]


def test_pace_weighs_products_by_their_stock_and_sales(run):
    first, second, *_ = rows.ProductMoney.objects.order_by("product")
    known = {"gmroi": 1.0, "floor_days": 10.0, "stock_value": 100, "days_of_stock": 20.0}
    rows.ProductMoney.objects.filter(pk=first.pk).update(average_value=300, goods=600, turns=2.0, **known)
    rows.ProductMoney.objects.filter(pk=second.pk).update(average_value=100, goods=600, turns=6.0, **known)
    rows.Policy.objects.create(receivable_days=30, payable_days=45)
    found = money.pace(run)
    assert found.turns == pytest.approx(3) and found.days == pytest.approx(365 / 3)
    assert found.floor == 10 and found.gmroi == 1
    assert found.cycle == pytest.approx(365 / 3 + 30 - 45)


def test_a_product_that_nobody_wants_does_not_raise_the_floor_of_all(run):
    first, second, *_ = rows.ProductMoney.objects.order_by("product")
    rows.ProductMoney.objects.update(floor_days=None)
    # 1,000 in stock for 50 days are 20 a day; 100 for 1,000,000 days are 0.0001 a day: (20 x 30 + 500) / 20.0001
    rows.ProductMoney.objects.filter(pk=first.pk).update(stock_value=1000, days_of_stock=50, floor_days=30)
    rows.ProductMoney.objects.filter(pk=second.pk).update(stock_value=100, days_of_stock=1e6, floor_days=5e6, goods=43)
    assert money.pace(run).floor == pytest.approx(1100 / 20.0001)


def test_the_cash_cycle_is_not_known_without_terms_of_payment(run):
    rows.ProductMoney.objects.update(average_value=300, goods=600, turns=2.0)
    assert money.pace(run).cycle is None


def test_places_have_their_own_sums(run):
    product, place = rows.Product.objects.first(), rows.Location.objects.get()
    rows.ShelfMoney.objects.create(run=run, product=product, location=place, stock_value=7, freed=2)
    assert [(group.key, group.sums.freed) for group in money.grouped(run, "location")] == [("MAIN", Decimal(2))]
    assert money.whole(run, money.Chosen(location="MAIN")).after == Decimal(5)


def test_a_channel_shows_where_each_hundred_goes(run):
    shop, nameless = channels.by_channel(run)
    parts = {"goods": 45.0, "fees": 10.0, "payment": 0.0, "shipping": 5.0, "advertising": 15.0, "returns": 0.0}
    assert shop.parts == {**parts, "margin": 25.0}
    assert [(piece.left, piece.width) for piece in shop.pieces][-1] == (75.0, 25.0)
    assert nameless.parts == {"fees": 0.0} and nameless.pieces == []
    assert nameless.missing[0]["field"] == "unit_cost"


def test_a_channel_that_loses_money_has_no_bar_of_pieces(run):
    rows.ChannelMoney.objects.filter(channel__code="shop").update(goods=Decimal(1900), margin=Decimal(-500))
    assert channels.by_channel(run)[0].pieces == []


def test_moving_volume_compares_the_same_products(run):
    market = ChannelFactory(code="market", own=False)
    rows.Channel.objects.filter(code="shop").update(own=True)
    rows.ChannelMoney.objects.create(run=run, channel=market, revenue=1)
    shop = rows.Channel.objects.get(code="shop")
    for product in rows.Product.objects.all()[:2]:
        for channel, margin in ((shop, 300), (market, 100)):
            rows.SaleMoney.objects.create(run=run, product=product, channel=channel, units=50, margin=margin)
    pair = channels.pair(channels.by_channel(run))
    assert pair == ("market", "shop")
    assert channels.moved(run, *pair).gain == pytest.approx(20 * (6 - 2))
    assert channels.pair(channels.by_channel(run), "shop", "market") == ("shop", "market")


def test_the_holding_rate_is_the_firms_own(in_acme):
    assert money.holding_rate() == pytest.approx(0.20)
    rows.Policy.objects.create(capital_rate=0.05)
    assert money.holding_rate() == pytest.approx(0.15)


# ── Home ──


def test_tiles_count_what_needs_a_person(run):
    today = home.today(run, EUR, plans.totals(run, plans.Wanted(), EUR), risks.found(run))
    assert (today.orders.orders, today.orders.value) == (2, Decimal(300))
    assert (today.at_risk, today.first_out) == (1, AS_OF + dt.timedelta(2))
    assert today.at_risk_money == pytest.approx(320.0)  # 8 days x 2 a day x 20.00
    assert (today.excess, today.excess_money) == (1, Decimal(1500))
    assert today.better_share == pytest.approx(0.8)


def test_actions_come_most_money_first_and_chores_last(run):
    actions = home.actions(run, EUR, plans.totals(run, plans.Wanted(), EUR), risks.found(run))
    assert [(action.kind, float(action.money or 0)) for action in actions] == [
        ("excess", 1500.0),
        ("risk", 320.0),
        ("order", 300.0),
        ("no_cost", 0.0),
    ]


def test_there_are_never_more_than_seven_actions_and_chores_keep_their_place(in_acme):
    run = publish(50)
    for number in range(10):
        supplier = SupplierFactory(code=f"S{number}")
        rows.Proposal.objects.filter(product__sku=f"order-{number * 5:03}").update(supplier=supplier)
    actions = home.actions(run, EUR, plans.totals(run, plans.Wanted(), EUR), risks.found(run))
    assert len(actions) == 7
    assert actions[-1].kind == "no_cost"


def test_old_data_are_told(run):
    fresh = home.freshness(run)
    assert fresh.sales_until == AS_OF - dt.timedelta(1)
    assert fresh.counted_on == AS_OF
    rows.Sale.objects.update(sold_on=dt.date(2020, 1, 1))
    assert home.freshness(run).old["sales"]


def test_data_that_came_after_the_run_make_it_old(run, in_acme):
    upload = rows.Upload.objects.create(
        name="a",
        size=1,
        sha256="0",
        path="a",
        by="x",
        state="done",
        finished_at=run.published_at + dt.timedelta(hours=1),
    )
    fresh = home.freshness(run)
    assert upload and fresh.changed and fresh.old["run"]


def test_first_steps_go_from_upload_to_check_to_plan(in_acme):
    assert home.steps().here == 1
    upload = UploadFactory(state="asking")
    assert home.steps().here == 2
    upload.state = "done"
    upload.save()
    SaleFactory()
    assert home.steps().here == 3


# ── Walls ──


def test_another_organisation_sees_none_of_it(acme, rival):
    with tenant_scope(acme.pk):
        run = publish()
    with tenant_scope(rival.pk):
        assert runs.newest() is None
        assert products.counts(run, risks.found(run))["all"] == 0
        assert list(plans.proposals(run, plans.Wanted("all"))) == []
        assert plans.totals(run, plans.Wanted("all"), EUR) == {}
        assert money.whole(run).products == 0
        assert home.actions(run, EUR, {}, risks.found(run)) == []
        with pytest.raises(NotFound):
            detail.get("order-000")


@pytest.mark.parametrize("count", [5, 50])
def test_reads_take_the_same_number_of_queries_however_many_products_there_are(in_acme, count):
    run = publish(count)
    wanted = plans.Wanted("all")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        sums, found = plans.totals(run, wanted, EUR), risks.found(run)
        plan_lines.cards(plan_lines.lines(run, list(plans.proposals(run, wanted)), EUR, found), sums)
        queries.home.today(run, EUR, sums, found)
        queries.home.actions(run, EUR, sums, found)
        products.rows(list(products.listed(run, products.Wanted(), found)), run, EUR, found)
    assert len(asked) == 21
