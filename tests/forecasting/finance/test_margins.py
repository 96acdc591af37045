"""What a channel leaves."""

from decimal import Decimal

import numpy as np
import pytest

from forecasting.finance import ChannelTerms, margin_total, margins
from forecasting.finance.margins import moved

MARKET = ChannelTerms(
    fee_percent=15,
    fee_fixed=0.3,
    payment_percent=0,
    shipping_per_unit=3,
    ad_cost_percent=8,
    return_rate=0.1,
    return_cost=5,
)
OWN = ChannelTerms(fee_percent=0, fee_fixed=0, payment_percent=2.5, shipping_per_unit=3, ad_cost_percent=12)


def test_margin_is_price_less_cost_and_every_fee():
    found = margins([40.0], [18.0], MARKET)
    assert found.margin[0] == pytest.approx(40 - 18 - 6 - 0.3 - 3 - 3.2 - 0.5)
    assert found.share[0] == pytest.approx(9 / 40)


def test_unknown_fee_leaves_the_margin_absent_and_names_it():
    found = margins([40.0, 40.0], [18.0, np.nan], ChannelTerms(fee_percent=15))
    assert np.isnan(found.margin).all()
    assert "shipping_per_unit" in found.needs[0]
    assert found.needs[1][0] == "unit_cost"


def test_total_is_in_decimals_and_leaves_out_what_is_unknown():
    found = margins([40.0, 40.0], [18.0, np.nan], MARKET)
    total = margin_total(found, np.array([10.0, 10.0]))
    assert total.total == Decimal("90.00")
    assert total.left_out == 1
    assert total.needs[1] == ("unit_cost",)


def test_moving_a_tenth_of_the_volume_brings_the_difference():
    own, market = margins([40.0], [18.0], OWN), margins([40.0], [18.0], MARKET)
    assert moved(own, market, np.array([1000.0])) == pytest.approx((13.2 - 9.0) * 100)
