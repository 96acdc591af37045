"""Vectors of methods.md sections 6, 7, 8 and 12."""

import numpy as np
import pytest
from scipy import integrate, stats

from forecasting.planning import losses, newsvendor, safety


def test_normal_safety_stock():
    """z sqrt(5 * 400 + 10,000) = 1.6448536 * 109.5445115, which the table gives as 180.2."""
    found = safety.normal_safety_stock(0.95, demand=100, error_sd=20, lead_time=4, review=1, lead_time_sd=1)
    assert found == pytest.approx(1.6448536269514722 * 109.54451150103323, abs=1e-6)
    assert round(found, 1) == 180.2


def test_demand_over_a_random_lead_time():
    assert safety.interval_moments(2, 2, [3, 5], [0.5, 0.5]) == pytest.approx((8, 12))
    pmf = stats.poisson.pmf(np.arange(60), 2)
    chances = safety.interval_chances(pmf, [3, 5], [0.5, 0.5])
    units = np.arange(len(chances))
    mean = chances @ units
    assert mean == pytest.approx(8, abs=1e-9)
    assert chances @ (units - mean) ** 2 == pytest.approx(12, abs=1e-9)


def test_loss_functions():
    assert losses.standard_normal_loss(0.3) == pytest.approx(0.266761, abs=1e-6)
    assert losses.normal_loss(18, 15, 3) == pytest.approx(0.249946, abs=1e-6)
    assert losses.poisson_loss(18, 15) == pytest.approx((0.517610, 3.517610), abs=1e-6)
    assert losses.gamma_loss(4, 2, 3) == pytest.approx(2.635971, abs=1e-6)


def test_sample_loss_agrees_with_the_formula():
    """A million evenly spread quantiles of Poisson demand are a sample without chance."""
    draws = stats.poisson.ppf((np.arange(1_000_000) + 0.5) / 1_000_000, 15)
    assert losses.sample_loss(18, draws) == pytest.approx((0.517610, 3.517610), abs=1e-5)


def test_second_loss_is_the_integral_of_the_first():
    area, _ = integrate.quad(losses.normal_loss, 18, 60, args=(15, 3), epsabs=1e-10)
    assert losses.normal_second_loss(18, 15, 3) == pytest.approx(area, abs=1e-8)


def test_high_cycle_service_can_be_a_low_fill_and_the_other_way_round():
    """95 % of cycles and G(k) = phi(k) - .05 k = .020893: of lots of 4.179 sd 99.5 % are delivered, of .174 sd 88 %."""
    k, loss = 1.6448536269514722, 0.10313564037 - 1.6448536269514722 * 0.05
    assert safety.fill_rate_of_lots(k, 10, 10 * loss / 0.005) == pytest.approx(0.995, abs=1e-6)
    assert safety.fill_rate_of_lots(k, 10, 10 * loss / 0.12) == pytest.approx(0.88, abs=1e-6)


def test_fill_rate_of_periodic_review_by_samples():
    z = stats.norm.ppf((np.arange(2000) + 0.5) / 2000)
    lead, rest = (values.ravel() for values in np.meshgrid(80 + 8 * z, 20 + 4 * z))
    found = safety.fill_rate(105, lead + rest, lead)
    short = losses.normal_loss(105, 100, np.hypot(8, 4)) - losses.normal_loss(105, 80, 8)
    assert found == pytest.approx(1 - short / 20, abs=1e-4)
    assert safety.cycle_service(105, lead + rest) == pytest.approx(stats.norm.cdf(5 / np.hypot(8, 4)), abs=1e-4)


def test_newsvendor_with_normal_demand():
    assert newsvendor.normal(50, 8, holding=0.18, shortage=0.70) == pytest.approx(
        (56.60395592743389, 1.9976051931766445), abs=1e-9
    )


def test_newsvendor_over_a_lead_time():
    assert newsvendor.normal(50, 8, holding=0.18, shortage=0.70, lead_time=4) == pytest.approx(
        (264.76689437415484, 4.466781), abs=1e-5
    )


def test_newsvendor_with_salvage():
    level, profit = newsvendor.normal_profit(50, 8, revenue=1, cost=0.3, salvage=0.12)
    assert level == pytest.approx(56.60395592743389)
    assert profit == pytest.approx(33.002394806823354)


def test_newsvendor_with_poisson_demand():
    assert newsvendor.poisson(20, holding=1, shortage=4) == pytest.approx((24, 6.438003702), abs=1e-8)


def test_newsvendor_with_a_table_of_chances():
    chance = {0: 0.1, 1: 0.2, 2: 0.3, 3: 0.2, 4: 0.1, 5: 0.1}
    assert newsvendor.discrete(chance, holding=1, shortage=4) == pytest.approx((3, 2.2))


def test_costs_must_be_positive():
    with pytest.raises(ValueError, match="positive"):
        newsvendor.critical_ratio(0, 1)
