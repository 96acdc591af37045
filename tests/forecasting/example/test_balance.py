"""Nothing appears and nothing vanishes: in the truth day by day, and in the firm's own tables from count to count."""

from datetime import date

import numpy as np
import polars as pl
import pytest


@pytest.fixture(scope="session", params=["firm", "small"])
def any_firm(request):
    return request.getfixturevalue(request.param)


def test_stock_closes_on_every_shelf_and_day(any_firm):
    truth = any_firm.truth
    before = np.concatenate([truth.opening[:, None], truth.closing[:, :-1]], axis=1)
    after = before + truth.received + truth.restocked - truth.sold - truth.used
    goods = ~truth.kit
    assert np.array_equal(after[goods], truth.closing[goods])
    assert truth.closing.min() == 0
    assert not truth.closing[truth.kit].any()


def test_nobody_gets_more_than_was_wanted_and_some_get_less(any_firm):
    truth = any_firm.truth
    assert (truth.lost >= 0).all()
    assert truth.lost.sum() > 0
    short = truth.lost > 0
    assert not truth.closing[short & ~truth.kit[:, None]].any(), "goods lay there while customers went without"


def test_stocked_is_the_share_of_wishes_met(any_firm):
    truth = any_firm.truth
    wanted = truth.demand + truth.bulk
    asked = wanted > 0
    assert np.allclose(truth.stocked[asked], truth.sold[asked] / wanted[asked])
    idle = ~asked & ~truth.kit[:, None]
    assert np.array_equal(truth.stocked[idle] > 0, truth.closing[idle] > 0)


def test_kits_take_their_parts_from_the_shelf(any_firm):
    truth = any_firm.truth
    row = {sku: i for i, sku in enumerate(truth.skus[: any_firm.products.height])}
    for kit, sku, units in any_firm.components.iter_rows():
        assert truth.kit[row[kit]] and not truth.kit[row[sku]]
        assert np.array_equal(truth.used[row[sku]], units * truth.sold[row[kit]])
    assert any_firm.components["sku"].n_unique() == any_firm.components.height
    assert not truth.used[[row[s] for s in any_firm.products["sku"] if s not in set(any_firm.components["sku"])]].any()


def test_one_off_orders_are_made_to_order_and_served_in_full(any_firm):
    truth = any_firm.truth
    assert (truth.sold >= truth.bulk).all()
    assert (truth.received >= truth.bulk).all()
    lines = any_firm.sales.filter(pl.col("line_id").is_in(truth.bulk_lines))
    assert lines.height == len(truth.bulk_lines) == np.count_nonzero(truth.bulk)
    assert lines["units"].sum() == truth.bulk.sum()


def cells(table: pl.DataFrame, firm, day: str, units: str = "units") -> np.ndarray:
    """Add up a table per shelf of the truth and day."""
    shelf = {pair: i for i, pair in enumerate(zip(firm.truth.skus, firm.truth.locations, strict=True))}
    found = np.zeros(firm.truth.sold.shape, np.int64)
    dates = table[day].cast(pl.Date)
    for sku, place, when, many in zip(table["sku"], table["location"], dates, table[units], strict=True):
        found[shelf[sku, place], (when - firm.start).days] += many
    return found


def test_order_lines_add_up_to_what_was_handed_out(small):
    done = small.sales.filter(pl.col("status") == "completed")
    assert (done["units"] > 0).all()
    assert np.array_equal(cells(done, small, "sold_at"), small.truth.sold)


def test_returned_lines_are_negative_and_go_back_on_the_shelf_as_parts(small):
    back = small.sales.filter(pl.col("status") == "returned")
    assert (back["units"] < 0).all() and back.height > 50
    returned = -cells(back, small, "sold_at")
    row = {sku: i for i, sku in enumerate(small.truth.skus[: small.products.height])}
    for kit, sku, units in small.components.iter_rows():
        returned[row[sku]] += units * returned[row[kit]]
    returned[small.truth.kit] = 0
    assert np.array_equal(returned, small.truth.restocked)


def test_a_return_follows_its_sale_with_the_same_price(firm):
    back = firm.sales.filter(pl.col("status") == "returned").with_columns(pl.col("line_id").str.strip_suffix("-R"))
    both = back.join(firm.sales, on="line_id", suffix="_first")
    assert both.height > 0.95 * back.height, "only sales from before the first day may be missing"
    assert (both["units"] == -both["units_first"]).all()
    assert (both["sold_at"].dt.date() > both["sold_at_first"].dt.date()).all()
    for same in ("sku", "order_id", "unit_price", "customer_ref"):
        assert (both[same] == both[f"{same}_first"]).all()
    assert (both["discount"] == -both["discount_first"]).all()


def test_cancelled_lines_never_left_the_shelf(firm):
    cancelled = firm.sales.filter(pl.col("status") == "cancelled")
    assert set(cancelled["line_id"]) == set(firm.truth.cancelled_lines)
    assert 0.002 < cancelled.height / firm.sales.height < 0.015
    sold = firm.sales.filter(pl.col("status") == "completed")["units"].sum()
    assert sold == firm.truth.sold.sum()


def test_purchase_orders_add_up_to_what_was_received(small):
    received = small.inbound.filter(pl.col("received_on").is_not_null())
    assert np.array_equal(cells(received, small, "received_on"), small.truth.received)
    waiting = small.inbound.filter(pl.col("received_on").is_null())
    assert waiting.height > 0
    assert (waiting["ordered_on"] <= small.until).all()


def test_counts_agree_with_the_truth_and_close_from_count_to_count(firm):
    table, truth = firm.stock, firm.truth
    shelf = {pair: i for i, pair in enumerate(zip(truth.skus, truth.locations, strict=True))}
    rows = np.array([shelf[pair] for pair in zip(table["sku"], table["location"], strict=True)])
    day = (table["counted_at"] - firm.start).dt.total_days().to_numpy()
    expected = np.where(day < 0, truth.opening[rows], truth.closing[rows, np.maximum(day, 0)])
    assert np.array_equal((table["on_hand"] - table["reserved"]).to_numpy(), expected)
    assert not truth.kit[rows].any()
    weekdays = set(table["counted_at"].unique().dt.weekday()) - {7}
    assert table.filter(pl.col("counted_at") == firm.until).height > 400
    assert weekdays <= {firm.until.isoweekday(), date.fromordinal(firm.start.toordinal() - 1).isoweekday()}
    assert (table.filter(pl.col("counted_at") < firm.until)["reserved"] == 0).all()
