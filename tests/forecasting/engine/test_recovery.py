"""Demand in periods without stock."""

from dataclasses import replace

import numpy as np
import pytest
from panels import made

from forecasting.engine.recovery import inferred_stock_outs, recovered


def test_recovered_demand_is_within_three_per_cent_of_the_truth():
    panel = made(n=200, periods=364, freq="D", seed=4)
    rng = np.random.default_rng(9)
    stocked = np.ones_like(panel.units)
    for row in stocked:
        for start in rng.integers(60, 340, 4):
            row[start : start + 7] = 0
    sold = np.where(stocked == 0, 0, panel.units)
    found = recovered(replace(panel, units=sold.astype(np.float32), stocked=stocked))
    out = (stocked == 0) & ~np.isnan(panel.units)
    assert found[out].sum() == pytest.approx(panel.units[out].sum(), rel=0.03)
    inside = (stocked == 1) & ~np.isnan(panel.units)
    np.testing.assert_array_equal(found[inside], panel.units[inside])


def test_recovered_demand_is_never_below_what_was_sold():
    panel = made(n=5, periods=60)
    stocked = np.ones_like(panel.units)
    stocked[:, 50] = 0
    units = panel.units.copy()
    units[:, 50] = 9999
    assert (recovered(replace(panel, units=units, stocked=stocked))[:, 50] == 9999).all()


def test_a_long_run_without_sales_of_a_fast_mover_is_inferred_and_one_of_a_slow_mover_is_not():
    units = np.full((3, 120), 5, np.float32)
    units[0, 60:75] = 0
    units[1] = np.where(np.arange(120) % 4 == 0, 3, 0)
    units[1, 60:66] = 0
    units[2, 100:] = 0
    panel = replace(made(n=3, periods=120), units=units)
    found = inferred_stock_outs(panel)
    assert np.flatnonzero(found[0]).tolist() == list(range(60, 75))
    assert not found[1].any()
    assert not found[2].any()
