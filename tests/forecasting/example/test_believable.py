"""What a person who knows the trade would look for: seasons, festivals, promotions, late suppliers, dead stock."""

from datetime import date, timedelta
from pathlib import Path

import holidays
import numpy as np
import polars as pl
import pytest

from forecasting.example import generate
from forecasting.example.dates import NEW_YEAR, black_friday, window_of


def day_of(firm, day: date) -> int:
    return (day - firm.start).days


def wanted(firm, chosen: np.ndarray, first: date, last: date) -> float:
    """Average units wanted a day, first and last day included."""
    return float(firm.truth.demand[chosen, day_of(firm, first) : day_of(firm, last) + 1].sum(axis=0).mean())


def rows(firm, text: str = "", column: str = "name") -> np.ndarray:
    found = dict(firm.products.select("sku", pl.col(column).str.contains(text, literal=True)).iter_rows())
    always = firm.truth.live[:, [0, -1]].all(axis=1)
    return np.array([found[sku] for sku in firm.truth.skus]) & always


def test_new_years_days_are_those_of_the_calendar():
    china = holidays.country_holidays("CN", years=range(2013, 2040), language="en_US")
    for day in NEW_YEAR[1:-1]:
        assert "Chinese New Year" in china[day]


def test_black_friday_follows_the_fourth_thursday():
    assert [black_friday(year) for year in (2024, 2025, 2026)] == [
        date(2024, 11, 29),
        date(2025, 11, 28),
        date(2026, 11, 27),
    ]


def test_chinese_new_year_moves(firm):
    retail = firm.sales.filter(pl.col("channel").is_in(["own-shop", "tmall"]), pl.col("status") == "completed")
    days = retail.group_by(pl.col("sold_at").dt.date().alias("day")).len()

    def week(first: date) -> int:
        return days.filter(pl.col("day").is_between(first, first + timedelta(days=6)))["len"].sum()

    assert week(date(2025, 1, 29)) < 0.5 * week(date(2026, 1, 29))
    assert week(date(2026, 2, 17)) < 0.5 * week(date(2025, 2, 17))


@pytest.mark.parametrize(
    ("text", "high", "low", "least"),
    [
        ("Winter Duvet", (date(2025, 12, 1), date(2026, 1, 15)), (date(2026, 6, 20), date(2026, 8, 5)), 2.5),
        ("Summer Quilt", (date(2026, 6, 20), date(2026, 8, 5)), (date(2025, 12, 1), date(2026, 1, 15)), 3.0),
        ("Sleeping Mat", (date(2025, 6, 1), date(2025, 7, 20)), (date(2024, 12, 1), date(2025, 1, 15)), 3.0),
    ],
)
def test_seasonal_goods_follow_the_year(firm, text, high, low, least):
    chosen = rows(firm, text)
    assert chosen.any()
    assert wanted(firm, chosen, *high) > least * wanted(firm, chosen, *low)


def test_hand_towels_sell_all_year(firm):
    chosen = rows(firm, "Hand Towel")
    summer = wanted(firm, chosen, date(2025, 7, 10), date(2025, 9, 20))
    spring = wanted(firm, chosen, date(2025, 3, 10), date(2025, 5, 20))
    assert 0.7 < summer / spring < 1.4


def test_shopping_days_stand_out_in_their_channel_only(firm):
    done = firm.sales.filter(pl.col("status") == "completed")
    lines = done.group_by("channel", pl.col("sold_at").dt.date().alias("day")).len()

    def on(channel: str, day: date) -> int:
        return lines.filter((pl.col("channel") == channel) & (pl.col("day") == day))["len"].sum()

    for day in (date(2024, 11, 11), date(2025, 11, 11), date(2026, 6, 18)):
        assert on("tmall", day) > 2.5 * on("tmall", day - timedelta(days=21))
        assert on("amazon", day) < 2.5 * max(on("amazon", day - timedelta(days=21)), 10)
    assert on("amazon", date(2025, 11, 28)) > 1.8 * on("amazon", date(2025, 10, 24))


def test_wholesale_rests_on_sundays(firm):
    lines = firm.sales.filter((pl.col("channel") == "wholesale") & (pl.col("status") == "completed"))
    by_day = dict(lines.group_by(pl.col("sold_at").dt.weekday()).len().iter_rows())
    assert by_day.get(7, 0) == 0
    assert by_day[1] > 2 * by_day[6]


def test_promotions_lower_the_price_and_raise_demand_as_the_truth_says(firm):
    truth = firm.truth
    strong = truth.promo_effect > 1.3
    plain = truth.expected[strong] / truth.promo_effect[strong]
    lift = truth.demand[strong].sum() / plain.sum()
    assert lift == pytest.approx(np.average(truth.promo_effect[strong], weights=plain), rel=0.05)
    assert 1.3 < lift < 2.6
    event = firm.events.filter((pl.col("kind") == "promotion") & (pl.col("channel") == "own-shop")).row(20, named=True)
    inside = firm.sales.filter(
        (pl.col("channel") == "own-shop")
        & pl.col("sold_at").dt.date().is_between(event["starts_on"], event["ends_on"])
        & pl.col("sku").eq(event["sku"])
        & pl.col("status").eq("completed")
    )
    share = inside["discount"] / (inside["unit_price"] * inside["units"])
    assert inside.height > 0
    assert np.allclose(share, event["percent_off"] / 100, atol=0.01)


def test_expected_demand_is_the_mean_of_demand(firm):
    truth = firm.truth
    assert truth.demand.sum() == pytest.approx(truth.expected.sum(), rel=0.03)


def at_cost(firm) -> np.ndarray:
    """Price a unit of each shelf at cost; kits have no stock of their own."""
    cost = dict(firm.products.select("sku", pl.col("unit_cost").fill_null(0)).iter_rows())
    return np.array([cost[sku] for sku in firm.truth.skus]) * ~firm.truth.kit


def days_of_stock(firm) -> float:
    """Divide average stock by average use a day, both at cost."""
    money, truth = at_cost(firm), firm.truth
    return float((money @ truth.closing).mean() / (money @ (truth.sold + truth.used)).mean())


@pytest.mark.parametrize("seed", [7, 11])
def test_stock_is_that_of_a_mediocre_buyer(seed, firm):
    chosen = firm if seed == 7 else generate(products=300, years=2, seed=seed, today=date(2026, 11, 22))
    truth = chosen.truth
    money = at_cost(chosen)
    live = truth.live & ~truth.kit[:, None]
    assert 0.04 <= (truth.closing == 0)[live].mean() <= 0.08
    assert 60 <= days_of_stock(chosen) <= 100
    used = truth.sold[:, -180:].sum(axis=1) + truth.used[:, -180:].sum(axis=1)
    final = money * truth.closing[:, -1]
    assert 0.005 < final[used == 0].sum() / final.sum() < 0.15
    assert final[truth.closing[:, -1] > used].sum() / final.sum() > 0.2, "a fifth of the money lies for over 180 days"


def test_careful_buyers_need_less_stock_and_miss_fewer_sales():
    gut, careful = (
        generate(products=60, years=1.5, today=date(2026, 11, 22), buyers=skill) for skill in ("gut", "careful")
    )
    assert np.array_equal(gut.truth.demand, careful.truth.demand)
    assert np.array_equal(gut.truth.bulk, careful.truth.bulk)
    assert days_of_stock(careful) < 0.95 * days_of_stock(gut)
    assert careful.truth.lost.sum() < 0.5 * gut.truth.lost.sum()


def test_the_page_about_the_firm_tells_its_true_figures(firm):
    page = (Path(__file__).parents[3] / "docs" / "example-firm.md").read_text(encoding="utf-8")
    for skill, column in ((firm, 1), (generate(today=date(2026, 11, 22), buyers="careful"), 2)):
        truth = skill.truth
        empty = (truth.closing == 0)[truth.live & ~truth.kit[:, None]].mean()
        lost = truth.lost.sum() / (truth.demand + truth.bulk).sum()
        for label, figure in (
            ("shelf-days that end empty", f"{empty:.1%}".replace("%", " %")),
            ("units lost", f"{lost:.1%}".replace("%", " %")),
            ("average stock, days of sales at cost", f"{days_of_stock(skill):.0f}"),
        ):
            line = next(line for line in page.splitlines() if line.startswith(f"| {label} "))
            assert line.split("|")[1 + column].strip() == figure


def test_a_quarter_of_the_range_sells_now_and_then(firm):
    truth = firm.truth
    weeks = truth.demand.shape[1] // 7
    sells = truth.demand[:, : weeks * 7].reshape(len(truth.skus), weeks, 7).sum(axis=2) > 0
    live = truth.live[:, : weeks * 7].reshape(len(truth.skus), weeks, 7).any(axis=2)
    share = (sells & live).sum(axis=1) / np.maximum(live.sum(axis=1), 1)
    assert 0.15 < (share < 0.5).mean() < 0.40
    spares = np.array([sku.startswith("007") for sku in truth.skus])
    assert (share[spares] < 0.5).mean() > 0.6


def test_one_off_orders_are_far_beyond_usual_lines(firm):
    lines = firm.sales.filter((pl.col("channel") == "wholesale") & (pl.col("status") == "completed"))
    bulk = pl.col("line_id").is_in(firm.truth.bulk_lines)
    usual = lines.filter(~bulk).group_by("sku").agg(pl.col("units").quantile(0.99).alias("usual"))
    one_off = lines.filter(bulk).join(usual, on="sku")
    assert 0.002 < lines.filter(bulk).height / lines.height < 0.02
    assert (one_off["units"] > 1.5 * one_off["usual"]).mean() > 0.95
    again = lines.filter(bulk).join(lines.filter(~bulk), on="customer_ref")
    assert again.is_empty(), "hotels order once"


def test_launches_ends_and_successors_are_in_the_sales(firm):
    truth, products = firm.truth, firm.products
    row = {sku: i for i, sku in enumerate(truth.skus[: products.height])}
    starts_later = [i for i in row.values() if not truth.live[i, 0] and truth.live[i].any()]
    assert len(starts_later) >= 0.08 * products.height
    for i in starts_later:
        first = int(np.argmax(truth.live[i]))
        assert not truth.demand[i, :first].any()
    gone = products.filter(pl.col("status") == "discontinued")["sku"]
    assert 0.04 < len(gone) / products.height < 0.10
    for new, old in products.filter(pl.col("replaces").is_not_null()).select("sku", "replaces").iter_rows():
        assert old in set(gone)
        handover = int(np.argmax(truth.live[row[new]])) - int(truth.live[row[old]].sum())
        assert -30 <= handover <= 30


def test_suppliers_are_often_late_and_closed_over_new_year(firm):
    came = firm.inbound.filter(pl.col("received_on").is_not_null())
    late = (came["received_on"] - came["expected_on"]).dt.total_days()
    assert 0.25 < (late > 3).mean() < 0.75
    assert (came["received_on"] > came["ordered_on"]).all()
    home = came.filter((pl.col("location") == "FOSHAN") & (pl.col("supplier") == "NHFZ"))
    closed = firm.events.filter((pl.col("kind") == "closure") & (pl.col("supplier") == "NHFZ"))
    assert closed.height >= 2
    for first, last in closed.select("starts_on", "ends_on").iter_rows():
        assert home.filter(pl.col("received_on").is_between(first, last)).is_empty()


def test_orders_respect_minimum_and_carton(firm):
    terms = firm.products.select("sku", "moq", "pack_size")
    usual = firm.inbound.join(terms, on="sku")
    bulk = firm.truth.bulk.max(axis=1)
    hotels = {sku for sku, units in zip(firm.truth.skus, bulk, strict=True) if units}
    usual = usual.filter(~pl.col("sku").is_in(hotels))
    assert (usual["units"] >= usual["moq"]).all()
    assert (usual["units"] % usual["pack_size"] == 0).all()
    assert (terms["moq"] % terms["pack_size"] == 0).all()


def test_money_makes_sense(firm):
    known = firm.products.filter(pl.col("unit_cost").is_not_null())
    assert 0 < firm.products["unit_cost"].null_count() <= 6
    assert 0 < firm.products["lead_time_days"].null_count() <= 6
    assert (known["unit_cost"] < 0.66 * known["unit_price"]).all(), "even wholesale earns"
    assert (firm.sales["discount"].abs() <= 0.3 * (firm.sales["unit_price"] * firm.sales["units"]).abs() + 0.01).all()
    kits = (
        firm.components.join(firm.products, on="sku")
        .group_by("kit")
        .agg(parts=(pl.col("units") * pl.col("unit_price")).sum())
    )
    cheaper = kits.join(firm.products, left_on="kit", right_on="sku")
    assert (cheaper["unit_price"] < cheaper["parts"]).all()


def test_customers_come_again_in_the_own_shop(firm):
    own = firm.sales.filter((pl.col("channel") == "own-shop") & (pl.col("status") == "completed"))
    orders = own.group_by("customer_ref").agg(pl.col("order_id").n_unique())["order_id"]
    assert 0.1 < (orders > 1).mean() < 0.5
    assert orders.max() > 10


def test_planned_promotions_reach_beyond_the_last_day(firm):
    assert firm.events.filter((pl.col("starts_on") > firm.until) & (pl.col("kind") == "promotion")).height > 0
    assert firm.events.filter((pl.col("name") == "12.12") & (pl.col("ends_on") == date(2026, 12, 12))).height == 1


def test_a_window_counts_its_days():
    window = window_of(date(2026, 1, 1), 1.0)
    assert (window.until, window.shown) == (date(2025, 12, 31), 365)
    assert window.day(window.index(date(2025, 6, 18))) == date(2025, 6, 18)
