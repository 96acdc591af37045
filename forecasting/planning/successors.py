"""A product that is discontinued and the one that takes over: the one runs down while the other runs up."""

from dataclasses import replace

import numpy as np

from forecasting.engine.types import DemandPanel, Forecast
from forecasting.planning.clock import Clock
from forecasting.planning.types import Floats, ItemTerms, StockState


def ended(terms: ItemTerms) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Say which products are not bought again: discontinued, or replaced by another row, bool (n,)."""
    return np.asarray(terms.discontinued | (terms.successor >= 0))


def not_yet(terms: ItemTerms) -> ItemTerms:
    """Let every product be bought, as in a past of which no terms tell since when one ends or another takes over."""
    nobody = np.full_like(terms.successor, -1)
    return replace(terms, discontinued=np.zeros_like(terms.discontinued), successor=nobody)


def inheriting(panel: DemandPanel, terms: ItemTerms) -> DemandPanel:
    """Let the forecast of a product begin with the history of the one that it replaces, as its terms tell.

    Where it replaces several, with that of the one that sold most. A panel that knows it already stays as it is.
    """
    rows = np.flatnonzero(terms.successor >= 0)
    if panel.replaces is not None or not rows.size:
        return panel
    rows = rows[np.argsort(np.nansum(panel.units[rows], axis=1), kind="stable")]
    replaces = np.full(len(panel.ids), -1, np.int32)
    replaces[terms.successor[rows]] = rows
    return replace(panel, replaces=replaces)


def handed_on(forecast: Forecast, terms: ItemTerms, stock: StockState, clock: Clock, review: Floats) -> Floats:
    """Count what predecessors hold beyond their own demand until the successor's next order arrives, units (n,).

    It is sold in the successor's place first, so it counts towards the successor's need.
    """
    units = np.zeros(len(terms.successor))
    rows = np.flatnonzero(terms.successor >= 0)
    if not rows.size:
        return units
    there = np.nan_to_num(stock.on_hand)
    np.add.at(there, stock.inbound_row, stock.inbound_units)
    wanted = np.concatenate([np.zeros((len(there), 1)), np.cumsum(forecast.mean, axis=1)], axis=1)
    heir = terms.successor[rows]
    until = clock.index(terms.lead_time_days[heir] + review[heir])
    own = wanted[rows, np.minimum(until, wanted.shape[1] - 1)]
    np.add.at(units, heir, np.floor(np.maximum(there[rows] - own, 0)))
    return units
