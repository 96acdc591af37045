"""One product of a plan by itself: what its order would be if one thing were different."""

from dataclasses import dataclass, replace

import numpy as np

from forecasting.engine.types import Floats as F32
from forecasting.engine.types import Forecast, PathSource
from forecasting.planning.plans import order_units
from forecasting.planning.results import Sensitivity
from forecasting.planning.sensitivity import variants
from forecasting.planning.types import Floats, ItemTerms, Policy, StockState


@dataclass(frozen=True, slots=True)
class _Row:
    """The sample paths of one product of many."""

    draw: PathSource
    row: int

    def __call__(self, m: int, seed: int, rows: slice) -> F32:
        """Return float32 (1, m, H), or none of it."""
        return self.draw(m, seed, slice(self.row, self.row + 1))[rows]


def alone(forecast: Forecast, row: int) -> Forecast:
    """Return the forecast of one product, whose paths are those it has among the others."""
    return replace(
        forecast,
        ids=(forecast.ids[row],),
        quantiles=forecast.quantiles[row : row + 1],
        mean=forecast.mean[row : row + 1],
        model=(),
        reason=(),
        scores={},
        draw=None if forecast.draw is None else _Row(forecast.draw, row),
        refusals=(),
        recovered=None,
        inferred=None,
        backtest={},
    )


def sensitivity(
    forecast: Forecast, terms: ItemTerms, stock: StockState, row: int, *, policy: Policy, seed: int = 0
) -> Sensitivity:
    """Say how the order of one product would differ, units (1, k) more or less, if one thing at a time were different.

    Other products of its supplier are left out, on both sides of each difference; so are transfers.
    """
    mine = replace(terms.rows(np.array([row])), suppliers=None)
    held = _stock_of(stock, row)
    own = alone(forecast, row)

    def ordered(changed: ItemTerms, rules: Policy) -> Floats:
        return order_units(own, changed, held, policy=rules, seed=seed)

    found = variants(mine, policy, ordered)
    return replace(found, units=found.units - ordered(mine, policy)[:, None])


def _stock_of(stock: StockState, row: int) -> StockState:
    coming = stock.inbound_row == row
    return StockState(
        stock.on_hand[row : row + 1],
        np.zeros(int(coming.sum()), np.int64),
        stock.inbound_units[coming],
        stock.inbound_day[coming],
    )
