"""Stock on every day: what is known is rebuilt, what is not stays unknown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.finance import Events, average, daily_stock, weekly


def stock(days, counts, sales=(), receipts=(), n=1):
    made = (Events.of(list(entries)) for entries in (counts, sales, receipts))
    return daily_stock(n, days, **dict(zip(("counts", "sales", "receipts"), made, strict=True)))


def test_stock_falls_with_sales_and_rises_with_receipts():
    assert stock(4, [(0, 0, 10)], [(0, 1, 3), (0, 3, 2)], [(0, 2, 20)])[0].tolist() == [10, 7, 27, 25]


def test_days_before_the_first_count_are_unknown():
    assert np.isnan(stock(3, [(0, 2, 5)])[0]).tolist() == [True, True, False]


def test_a_row_that_was_never_counted_is_unknown_and_not_empty():
    assert np.isnan(stock(3, [(0, 0, 5)], n=2)[1]).all()


def test_what_nobody_wrote_down_is_spread_until_the_next_count():
    # 10 counted, 4 sold, yet 14 at the next count: 8 came on days that are not known
    assert stock(5, [(0, 0, 10), (0, 4, 14)], [(0, 2, 4)])[0].tolist() == [10, 12, 10, 12, 14]


def test_the_window_may_open_with_an_older_count():
    assert stock(2, [(0, -1, 9)], [(0, 0, 2)])[0].tolist() == [7, 7]


def test_stock_never_falls_below_nothing():
    assert stock(2, [(0, 0, 3)], [(0, 1, 9)])[0].tolist() == [3, 0]


def test_an_event_outside_the_window_is_refused():
    with pytest.raises(ValueError, match="outside"):
        stock(2, [(0, 5, 3)])


def test_the_mean_is_over_days_and_not_over_months_ends():
    held = stock(30, [(0, 0, 100)], [(0, 1, 90)])
    assert average(held)[0] == pytest.approx((100 + 29 * 10) / 30)


def test_a_week_with_an_unknown_day_is_unknown():
    held = stock(15, [(0, 3, 7)])
    assert np.isnan(weekly(held)[0, 0]) and weekly(held)[0, 1] == 7


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 20), st.integers(0, 50)), max_size=30))
def test_stock_meets_every_count_and_balances_after_the_last(sales):
    held = stock(21, [(row, day, 2000) for row in range(3) for day in (0, 7)], sales, n=3)
    assert (held[:, [0, 7]] == 2000).all()
    for row in range(3):
        late = sum(units for r, day, units in sales if r == row and day > 7)
        assert held[row, 20] == pytest.approx(2000 - late)
