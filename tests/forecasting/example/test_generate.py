"""The firm is the one that was asked for, and the same every time."""

from datetime import date, timedelta

import numpy as np
import pytest
from polars.testing import assert_frame_equal

from forecasting.example import generate

TABLES = ("products", "suppliers", "locations", "channels", "sales", "stock", "inbound", "events", "components")


def test_same_seed_gives_the_same_firm(small):
    again = generate(products=24, years=1.2, today=date(2026, 11, 22))
    for table in TABLES:
        assert_frame_equal(getattr(again, table), getattr(small, table))
    for name in ("demand", "sold", "closing", "stocked", "expected"):
        assert np.array_equal(getattr(again.truth, name), getattr(small.truth, name))


def test_another_seed_gives_another_firm(small):
    other = generate(products=24, years=1.2, today=date(2026, 11, 22), seed=8)
    assert other.sales.height != small.sales.height


def test_the_firm_has_the_asked_number_of_products_and_ends_yesterday(firm, small):
    assert firm.products.height == firm.products["sku"].n_unique() == 400
    assert small.products.height == 24
    assert firm.until == date(2026, 11, 21)
    assert firm.start == date(2026, 11, 22) - timedelta(days=913)
    assert firm.sales["sold_at"].dt.date().min() == firm.start
    assert firm.sales["sold_at"].dt.date().max() == firm.until


@pytest.mark.parametrize("wrong", [{"products": 15}, {"years": 0.1}, {"today": date(2050, 1, 1)}])
def test_what_cannot_be_generated_is_refused(wrong):
    with pytest.raises(ValueError):
        generate(**({"products": 24, "years": 1.0, "today": date(2026, 11, 22)} | wrong))


def test_the_smallest_range_still_has_kits_successors_and_all_categories():
    tiny = generate(products=16, years=0.5, today=date(2026, 3, 1))
    assert tiny.products["category"].n_unique() == 8
    assert tiny.components.height >= 3
    assert tiny.products["replaces"].count() >= 1


def test_identifiers_are_unique_texts_and_some_begin_with_zeros(firm):
    skus = firm.products["sku"]
    zeros = skus.str.starts_with("0")
    assert 0.05 < zeros.mean() < 0.30
    assert firm.sales["line_id"].n_unique() == firm.sales.height
    assert firm.products["name"].n_unique() == firm.products["name_zh"].n_unique() == 400
    orders = firm.sales.group_by("order_id").agg(channels=firm.sales["channel"].n_unique())
    assert orders.height > 0.7 * firm.sales.height


def test_every_reference_between_tables_is_known(firm):
    skus = set(firm.products["sku"])
    for table in (firm.sales, firm.stock, firm.inbound, firm.components):
        assert set(table["sku"]) <= skus
    assert set(firm.events["sku"].drop_nulls()) <= skus
    assert set(firm.products["replaces"].drop_nulls()) <= skus
    assert set(firm.products["supplier"]) == set(firm.suppliers["code"])
    assert set(firm.sales["channel"].unique()) == set(firm.channels["code"])
    assert set(firm.sales["location"].unique()) == set(firm.locations["code"]) == set(firm.stock["location"])


def test_a_demo_firm_stays_quick_to_load(firm):
    assert 150_000 <= firm.sales.height <= 300_000
