"""What is announced, from files: EVENTS (feasts, sales, closed days) and AHEAD (promotions and prices by product)."""

from datetime import date
from pathlib import Path

import numpy as np

from forecasting.engine.calendars import make_calendar
from forecasting.engine.periods import after, period_index
from forecasting.engine.tables import BadFile, read_table
from forecasting.engine.types import Ahead, Calendar, DemandPanel, Floats

CLOSED = "closure"


def read_calendar(panel: DemandPanel, horizon: int, *, country: str, events: Path | None) -> Calendar | None:
    """Read the events of a panel's past and future: those of a country, and those of an EVENTS file (name, date).

    A day named "closure" is one on which nothing is sold. None when neither is given. Raises BadFile, also for a
    country without known holidays.
    """
    if not country and events is None:
        return None
    last = after(panel.start, panel.freq, panel.units.shape[1] + horizon)
    closures: list[date] = []
    named: list[tuple[str, date]] = []
    if events is not None:
        table = read_table(events, required=("name", "date"))
        names, days = table.texts("name"), table.days("date")
        table.done()
        for name, day in zip(names.to_list(), days.astype(object).tolist(), strict=True):
            if name == CLOSED:
                closures.append(day)
            else:
                named.append((name, day))
    if not country:
        inside = sorted((e for e in set(named) if panel.start <= e[1] <= last), key=lambda e: (e[1], e[0]))
        return Calendar(tuple(inside), tuple(sorted(set(closures))))
    try:
        return make_calendar(country, panel.start, last, closures=closures, promotions=named)
    except ValueError as error:
        raise BadFile([f"--country: {error}"]) from None


def read_ahead(path: Path, panel: DemandPanel, horizon: int, *, at_most: int = 0) -> Ahead:
    """Read an AHEAD file: sku, date, and promo (share of the period under promotion, 0 to 1) or price, or both.

    A period without a row, or with an empty cell, has nothing announced. at_most: periods ahead that dates may lie in
    where that is more than the horizon; what lies beyond the horizon is left out. Raises BadFile for unknown skus, for
    dates outside, and where two rows are about one period of a sku.
    """
    table = read_table(path, required=("sku", "date"), optional=("promo", "price"))
    sku, days = table.texts("sku").to_list(), table.days("date")
    values = {
        "promo": table.numbers("promo", low=0.0, high=1.0, blank=True) if table.has("promo") else None,
        "price": table.numbers("price", low=0.0, blank=True) if table.has("price") else None,
    }
    table.done()
    row = {name: i for i, name in enumerate(panel.ids)}
    at = period_index(days, after(panel.start, panel.freq, panel.units.shape[1]), panel.freq)
    seen: dict[tuple[str, int], int] = {}
    for line, (name, period) in enumerate(zip(sku, at.tolist(), strict=True)):
        if seen.setdefault((name, period), line) != line:
            first = seen[name, period] + table.first_line
            table.fault(line, "date", f"this sku and period stand already in line {first}")
        if name not in row:
            table.fault(line, "sku", f'"{name[:40]}" is not in the demand')
        if not 0 <= period < max(horizon, at_most):
            table.fault(line, "date", f'"{days[line]}" is not among the periods ahead')
    table.done()
    near = at < horizon
    place = (np.array([row[name] for name in sku], np.int64)[near], at[near])
    grids: dict[str, Floats | None] = {"promo": None, "price": None}
    for column, given in values.items():
        if given is not None:
            grid = np.full((len(panel.ids), horizon), np.nan, np.float32)
            grid[place] = given[near]
            grids[column] = grid
    return Ahead(promo=grids["promo"], price=grids["price"])
