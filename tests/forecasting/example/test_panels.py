"""The panels say what the tables and the truth say."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from forecasting.example import panel, true_panel
from forecasting.example.panels import buckets


def test_weeks_begin_on_mondays_and_only_whole_ones_count():
    # 2025-01-01 is a Wednesday; 20 days reach to Monday the 20th
    inside, start, periods = buckets(date(2025, 1, 1), 20, "W")
    assert (start, periods) == (date(2025, 1, 6), 2)
    assert inside.tolist() == [-1] * 5 + [0] * 7 + [1] * 7 + [-1]


def test_a_whole_first_week_is_kept():
    inside, start, periods = buckets(date(2025, 1, 6), 7, "W")
    assert (start, periods, inside.tolist()) == (date(2025, 1, 6), 1, [0] * 7)


def test_months_begin_on_the_first():
    _, start, periods = buckets(date(2025, 1, 15), 100, "M")
    assert (start, periods) == (date(2025, 2, 1), 2)


@pytest.mark.parametrize("freq", ["D", "W", "M"])
def test_known_units_are_the_order_lines(small, freq):
    found = panel(small, freq)
    assert found.units.dtype == np.float32
    assert found.units.shape == found.price.shape == found.promo.shape == found.stocked.shape
    _, start, periods = buckets(small.start, (small.until - small.start).days + 1, freq)
    assert (found.start, found.units.shape[1]) == (start, periods)
    day = pl.col("sold_at").dt.date()
    end = {"D": small.until, "W": date(2026, 11, 15), "M": date(2026, 10, 31)}[freq]
    lines = small.sales.filter((pl.col("status") == "completed") & day.is_between(start, end))
    assert np.nansum(found.units) == lines["units"].sum()
    sku = found.ids[5]
    assert np.nansum(found.units[5]) == lines.filter(pl.col("sku") == sku)["units"].sum()


def test_true_units_are_the_truth(small):
    found = true_panel(small, "D")
    assert np.nansum(found.units) == small.truth.demand.sum()
    assert np.nansum(true_panel(small, "D", bulk=True).units) == small.truth.demand.sum() + small.truth.bulk.sum()
    assert (found.stocked <= 1).all() and (found.stocked >= 0).all()


def test_unknown_periods_are_those_before_launch_and_of_empty_shelves(firm):
    found, truth = panel(firm, "D"), firm.truth
    here = np.array(truth.skus[: len(found.ids)]) == np.array(found.ids)
    assert here.all()
    abroad = {sku for sku, place in zip(truth.skus, truth.locations, strict=True) if place != "FOSHAN"}
    single = np.array([sku not in abroad for sku in found.ids]) & ~truth.kit[: len(found.ids)]
    unknown = np.isnan(found.units[single])
    empty = (truth.closing[: len(found.ids)] == 0)[single] & truth.live[: len(found.ids)][single]
    seen = unknown & truth.live[: len(found.ids)][single]
    assert (seen & empty).sum() > 0.75 * seen.sum(), "most of what is masked was out of stock"
    assert (seen & empty).sum() > 0.5 * empty.sum(), "most of what was out of stock is masked"


def test_prices_fall_where_promotions_run(firm):
    found = panel(firm, "D")
    listed = firm.products["unit_price"].to_numpy()[:, None]
    sold = found.units > 0
    with_promo = (found.price / listed)[sold & (found.promo > 0)].mean()
    without = (found.price / listed)[sold & (found.promo == 0)].mean()
    assert with_promo < without - 0.05
    assert np.isfinite(found.price).all()


def test_groups_are_numbered(small):
    found = panel(small, "W")
    assert found.group_names == ("category", "supplier")
    assert found.groups.shape == (24, 2)
    for column, name in enumerate(found.group_names):
        together = {}
        for code, word in zip(found.groups[:, column].tolist(), small.products[name], strict=True):
            assert together.setdefault(code, word) == word
        assert len(together) == small.products[name].n_unique()
