"""Metrics by hand."""

import numpy as np
import pytest

from forecasting.engine.metrics import STOCK_LEVELS, bias, coverage, mase, naive_scale, pinball, rmsse

PAST = np.array([[1, 3, 2, 6]], np.float32)
ACTUAL = np.array([[4, 0, np.nan]], np.float32)
MEAN = np.array([[2, 1, 9]], np.float32)


def test_naive_scale_is_the_mean_change():
    absolute, square = naive_scale(PAST)
    assert absolute[0] == pytest.approx((2 + 1 + 4) / 3)
    assert square[0] == pytest.approx(np.sqrt((4 + 1 + 16) / 3))


def test_a_product_that_never_changes_is_scaled_by_its_mean():
    assert naive_scale(np.full((1, 4), 5, np.float32))[0][0] == 5
    assert naive_scale(np.zeros((1, 4), np.float32))[0][0] == 1


def test_point_metrics_skip_what_is_unknown():
    scale = np.array([2.0])
    assert rmsse(ACTUAL, MEAN, scale)[0] == pytest.approx(np.sqrt((4 + 1) / 2) / 2)
    assert mase(ACTUAL, MEAN, scale)[0] == pytest.approx(1.5 / 2)
    assert bias(ACTUAL, MEAN)[0] == pytest.approx(3 / 4 - 1)
    assert np.isnan(rmsse(np.full((1, 3), np.nan, np.float32), MEAN, scale)[0])


def test_pinball_charges_each_side_by_its_level():
    quantiles = np.array([[[1, 6]]], np.float32)
    found = pinball(np.array([[4]], np.float32), quantiles, (0.5, 0.9), np.array([1.0]))
    assert found[0] == pytest.approx((0.5 * 3 + 0.1 * 2) / 2)


def test_coverage_counts_a_tie_as_half():
    actual = np.array([[0, 1, 2, 3]], np.float32)
    assert coverage(actual, np.full((1, 4, 1), 2, np.float32))[0] == pytest.approx((2 + 0.5) / 4)


def test_always_zero_wins_the_absolute_error_and_loses_the_metric_that_selects():
    rng = np.random.default_rng(3)
    actual = (rng.random((50, 200)) < 0.3).astype(np.float32) * rng.integers(1, 6, (50, 200)).astype(np.float32)
    scale = np.ones(50)
    levels = np.quantile(actual, STOCK_LEVELS)
    honest = np.broadcast_to(levels, (*actual.shape, 4)).astype(np.float32)
    zero = np.zeros_like(honest)
    assert mase(actual, zero[..., 0], scale).mean() < mase(actual, np.full_like(actual, actual.mean()), scale).mean()
    assert pinball(actual, zero, STOCK_LEVELS, scale).mean() > 1.3 * pinball(actual, honest, STOCK_LEVELS, scale).mean()
