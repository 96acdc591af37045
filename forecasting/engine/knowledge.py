"""What products teach each other beyond their plain history: stock-outs, launches, promotions, prices, feasts."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.clean import Cleaned
from forecasting.engine.effects import Effects, learn_effects
from forecasting.engine.feasts import Feasts, learn_feasts
from forecasting.engine.launch import Launches, learn_launches
from forecasting.engine.recovery import Company, learn_company
from forecasting.engine.types import Calendar, DemandPanel, Floats, Ints


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What was learned from all products that can be trusted; effects: None where no promotions or prices are known."""

    company: Company
    launches: Launches
    effects: Effects | None
    feasts: Feasts


def learn(panel: DemandPanel, taught: Cleaned, rows: NDArray[np.int64], calendar: Calendar | None) -> Knowledge:
    """Learn from the panel's rows, whose cleaned demand is `taught`."""
    some = take(panel, rows)
    company = learn_company(some, np.ones(len(rows), np.bool_), taught.inferred)
    groups = groups_of(some)
    launches = learn_launches(taught, groups, panel.freq, company.common)
    feasts = learn_feasts(company.common, calendar, panel.start, panel.freq)
    return Knowledge(company, launches, learn_effects(taught, len(company.common) - 1, panel.freq), feasts)


def groups_of(panel: DemandPanel) -> NDArray[np.int64]:
    """Return the codes of each product's groups: int64 (n, g), one column of zeros where there are none."""
    if panel.groups is None or not panel.groups.shape[1]:
        return np.zeros((len(panel.ids), 1), np.int64)
    return np.asarray(panel.groups, np.int64)


def take(panel: DemandPanel, rows: NDArray[np.int64]) -> DemandPanel:
    """Take some products of a panel; who replaces whom is left out."""

    def cut(grid: Floats | None) -> Floats | None:
        return None if grid is None else grid[rows]

    groups: Ints | None = None if panel.groups is None else panel.groups[rows]
    return replace(
        panel,
        ids=tuple(panel.ids[i] for i in rows.tolist()),
        units=panel.units[rows],
        price=cut(panel.price),
        promo=cut(panel.promo),
        stocked=cut(panel.stocked),
        groups=groups,
        replaces=None,
    )
