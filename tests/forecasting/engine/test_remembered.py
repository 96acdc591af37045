"""What tests on the past said is kept with a model, and told again a day later; what changed since is tested anew."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecasting.engine import DemandPanel, fit, forecast, verdicts
from forecasting.engine.backtest import until
from forecasting.engine.chance import keys_of
from forecasting.engine.keeping import load, save

HORIZON, KNOWN = 7, 200


def firm(products=30, days=KNOWN + 10):
    rng = np.random.default_rng(11)
    level = np.linspace(0.3, 12, products)[:, None] * (1 + 0.5 * np.sin(np.arange(days) * 2 * np.pi / 7))
    units = rng.poisson(level).astype(np.float32)
    units[0, : KNOWN - 3] = np.nan  # too young to be remembered
    replaces = np.full(products, -1, np.int32)
    replaces[5] = 4
    units[5, :150] = np.nan
    return DemandPanel(
        tuple(f"p{i}" for i in range(products)),
        date(2025, 3, 3),
        "D",
        units,
        groups=(np.arange(products, dtype=np.int32) % 3)[:, None],
        replaces=replaces,
    )


@pytest.fixture(scope="module")
def kept():
    panel = until(firm(), KNOWN)
    model = fit(panel, HORIZON)
    first = forecast(panel, HORIZON, fitted=model)
    return load(save(replace(model, remembered=first.remembered))), first


@pytest.fixture
def tested(monkeypatch):
    """Notes the products that are tested on their past, by their keys."""
    seen, judge = [], verdicts.judge

    def noted(cleaned, *rest):
        seen.extend(cleaned.keys.tolist())
        return judge(cleaned, *rest)

    monkeypatch.setattr("forecasting.engine.forecasting.judge", noted)
    return lambda panel: [i for i, key in zip(panel.ids, keys_of(panel.ids), strict=True) if int(key) in seen]


def test_on_the_same_day_what_is_remembered_gives_the_same_bytes(kept, tested):
    panel = until(firm(), KNOWN)
    again = forecast(panel, HORIZON, fitted=kept[0])
    assert tested(panel) == ["p0"]
    assert again.quantiles.tobytes() == kept[1].quantiles.tobytes()
    assert again.reason == kept[1].reason
    for who, told in kept[1].backtest.items():
        for metric, values in told.items():
            np.testing.assert_array_equal(again.backtest[who][metric], values)


def test_a_day_later_only_the_youngest_is_tested_and_little_differs(kept, tested):
    panel = until(firm(), KNOWN + 1)
    again = forecast(panel, HORIZON, fitted=kept[0])
    assert tested(panel) == ["p0"]
    full = forecast(panel, HORIZON, fitted=replace(kept[0], remembered=None))
    off = np.abs(again.quantiles - full.quantiles) / np.maximum(full.quantiles, 1)
    assert np.median(off) < 0.02
    assert np.quantile(off, 0.9) < 0.2
    assert again.remembered is None


def test_the_new_day_is_seen(kept):
    panel = until(firm(), KNOWN + 1)
    more = panel.units.copy()
    more[:, -1] += 50
    low, high = (forecast(replace(panel, units=units), HORIZON, fitted=kept[0]) for units in (panel.units, more))
    assert (high.mean[10:] > low.mean[10:]).all(axis=1).mean() > 0.8


def test_a_corrected_past_is_tested_anew_and_the_heir_with_it(kept, tested):
    panel = until(firm(), KNOWN + 1)
    units = panel.units.copy()
    units[9, 20] += 1
    units[4, 20] += 1
    forecast(replace(panel, units=units), HORIZON, fitted=kept[0])
    assert tested(panel) == ["p0", "p4", "p5", "p9"]


def test_a_new_product_and_one_of_another_group_are_tested(kept, tested):
    panel = until(firm(), KNOWN + 1)
    groups = panel.groups.copy()
    groups[7, 0] = (groups[7, 0] + 1) % 3
    panel = replace(panel, ids=("new", *panel.ids[1:]), groups=groups)
    forecast(panel, HORIZON, fitted=kept[0])
    assert tested(panel) == ["new", "p7"]


@pytest.mark.parametrize(("days", "all_of_them"), [(7, False), (8, True)])
def test_verdicts_hold_for_a_week(kept, tested, days, all_of_them):
    panel = until(firm(), KNOWN + days)
    forecast(panel, HORIZON, fitted=kept[0])
    assert (len(tested(panel)) == len(panel.ids)) is all_of_them


def test_rows_may_come_in_any_order_and_in_any_chunk(kept):
    panel = until(firm(), KNOWN + 1)
    units = panel.units.copy()
    units[9, 20] += 1  # so that tested and remembered products stand side by side
    panel = replace(panel, units=units, replaces=None)
    whole = forecast(panel, HORIZON, fitted=kept[0])
    order = np.random.default_rng(1).permutation(len(panel.ids))[:12]
    part = replace(panel, ids=tuple(panel.ids[i] for i in order), units=units[order], groups=panel.groups[order])
    piece = forecast(part, HORIZON, fitted=kept[0])
    assert piece.quantiles.tobytes() == whole.quantiles[order].tobytes()
    assert list(piece.reason) == [whole.reason[i] for i in order]


def test_a_model_from_the_future_is_refused_in_the_past(kept):
    with pytest.raises(ValueError, match="knows 200 periods, the panel 199"):
        forecast(until(firm(), KNOWN - 1), HORIZON, fitted=kept[0])


def test_verdicts_from_the_future_are_never_recalled(kept, tested):
    panel = until(firm(), KNOWN - 1)
    early = fit(panel, HORIZON)
    mixed = replace(early, remembered=kept[0].remembered)
    one, two = (forecast(panel, HORIZON, fitted=model) for model in (early, mixed))
    assert one.quantiles.tobytes() == two.quantiles.tobytes()
    assert len(tested(panel)) == len(panel.ids)


def test_another_step_of_demand_is_tested_anew(kept, tested):
    panel = until(firm(), KNOWN + 1)
    units = panel.units.copy()
    units[9, -1] = 2.5  # from today on it is sold by the half
    forecast(replace(panel, units=units), HORIZON, fitted=kept[0])
    assert tested(panel) == ["p0", "p9"]
