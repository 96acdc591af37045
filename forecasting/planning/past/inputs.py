"""The tenant's own past as files: ACTUAL (what lay there and came, by period), RULE (what its buyers keep), and ENDED
(since when it was known that a product would not be bought again).
"""

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.engine.calendars import make_calendar
from forecasting.engine.periods import after, period_index, period_starts
from forecasting.engine.tables import BadFile, Table, read_table
from forecasting.engine.types import Calendar, DemandPanel
from forecasting.planning.classes import abc, earned_at
from forecasting.planning.past.baseline import YEAR
from forecasting.planning.past.history import History
from forecasting.planning.past.scene import found_window
from forecasting.planning.types import Floats, ItemTerms

ACTUAL = ("on_hand", "received", "ordered", "took_days")
RULE = ("min_units", "max_units", "min_days", "max_days")
DAYS = {"D": 1.0, "W": 7.0, "M": 365.25 / 12}
Bounds = tuple[Floats, Floats, bool]


def read_actual(
    path: Path, panel: DemandPanel, window: tuple[date, date], without_demand: Collection[str] = ()
) -> History:
    """Read ACTUAL: sku, date (first day of the period), on_hand (at its close), and optionally received, ordered and
    took_days (what an order placed at its opening needed); a period without a row is not known.

    without_demand: products that lay there and were never sold: they take no part, and are no fault.

    Raises BadFile with one problem per fault.
    """
    table = read_table(path, required=("sku", "date", "on_hand"), optional=ACTUAL[1:])
    skus, days = table.texts("sku").to_list(), table.days("date")
    known = {"", *panel.ids, *without_demand}
    values = {name: table.numbers(name, low=0.0, blank=True) for name in ACTUAL if table.has(name)}
    index = {sku: i for i, sku in enumerate(panel.ids)}
    row = np.array([index.get(sku, -1) for sku in skus], np.int64)
    for line in np.flatnonzero(row < 0):
        if skus[line] not in known:
            table.fault(int(line), "sku", f'"{skus[line]}" stands in no other file')
    table.done()
    first, last = _window(path, panel, window)
    when = period_index(days, panel.start, panel.freq) - first
    mine = (when >= 0) & (when <= last - first) & (row >= 0)
    laid = {
        name: _laid(column[mine], row[mine], when[mine], (len(panel.ids), last - first + 1))
        for name, column in values.items()
    }
    return History(
        stock=laid["on_hand"], arrived=laid.get("received"), ordered=laid.get("ordered"), took=laid.get("took_days")
    )


def read_ended(path: Path, panel: DemandPanel, window: tuple[date, date]) -> NDArray[np.bool_]:
    """Read ENDED: sku and announced_on, the day from which on the firm knew that it would not buy the product again.

    Returns which products could be ordered before each period of the window, bool (n, T): an order before a period is
    placed on its eve, and until the day itself nobody knows. A sku without demand is no fault.

    Raises BadFile with one problem per fault.
    """
    table = read_table(path, required=("sku", "announced_on"))
    skus, days = table.texts("sku").to_list(), table.days("announced_on")
    table.done()
    first, last = _window(path, panel, window)
    index = {sku: i for i, sku in enumerate(panel.ids)}
    known_on = np.full(len(panel.ids), np.datetime64("9999-12-31"))
    for sku, day in zip(skus, days, strict=True):
        if sku in index:
            known_on[index[sku]] = min(known_on[index[sku]], day)
    eves = period_starts(panel.start, panel.freq, last - first + 1, offset=first) - 1
    return np.asarray(known_on[:, None] > eves)


def write_ended(path: Path, ended: Mapping[str, date]) -> None:
    """Write ENDED as `read_ended` reads it."""
    pl.DataFrame({"sku": list(ended), "announced_on": list(ended.values())}).write_csv(path)


def _window(path: Path, panel: DemandPanel, window: tuple[date, date]) -> tuple[int, int]:
    try:
        return found_window(panel, window)
    except ValueError as error:
        raise BadFile([f"{path.name}: {error}"]) from None


def _laid(values: Floats, row: np.ndarray, when: np.ndarray, size: tuple[int, int]) -> Floats:
    out = np.full(size, np.nan)
    out[row, when] = values
    return out


def read_rule(path: Path, panel: DemandPanel) -> Bounds:
    """Read RULE: sku and min_units, max_units, or min_days, max_days; one kind in a file.

    Raises BadFile with one problem per fault: both kinds, neither, a minimum above its maximum.
    """
    table = read_table(path, required=("sku",), optional=RULE)
    skus = table.texts("sku").to_list()
    kinds = [kind for kind in ("units", "days") if table.has(f"min_{kind}") or table.has(f"max_{kind}")]
    if len(kinds) != 1:
        raise BadFile([f"{path.name}: needs min_units and max_units, or min_days and max_days"])
    least, most = (_bound(table, f"{side}_{kinds[0]}") for side in ("min", "max"))
    for line in np.flatnonzero(least > most):
        table.fault(int(line), f"min_{kinds[0]}", "is above the maximum")
    table.done()
    index = {sku: i for i, sku in enumerate(panel.ids)}
    found = np.full((2, len(panel.ids)), np.nan)
    for sku, low, high in zip(skus, least, most, strict=True):
        if sku in index:
            found[:, index[sku]] = low, high
    by_pace = kinds[0] == "days"
    scale = 1 / DAYS[panel.freq] if by_pace else 1.0
    return found[0] * scale, found[1] * scale, by_pace


def _bound(table: Table, name: str) -> Floats:
    if not table.has(name):
        raise BadFile([f"{table.name}: column {name} is missing"])
    return table.numbers(name, low=0.0, blank=True)


def cover_rule(days: float, panel: DemandPanel) -> Bounds:
    """State one rule for all products: at every review, fill up to so many days of usual sales."""
    level = np.full(len(panel.ids), days / DAYS[panel.freq])
    return level, level, True


def class_rule(days: Mapping[str, tuple[float, float]], panel: DemandPanel, first: int, terms: ItemTerms) -> Bounds:
    """State a rule for the products of class A, B and C: least and most, days of usual sales.

    Classes are those of the year before the period `first`, for nobody knew later sales; without any the class is C.
    """
    before = panel.units[:, max(first - YEAR[panel.freq], 0) : first].astype(np.float64)
    sold = np.nan_to_num(before).sum(axis=1) / max(before.shape[1], 1)
    letters = [letter or "C" for letter in abc(earned_at(sold, terms))]
    least, most = (np.array([days[letter][side] for letter in letters]) / DAYS[panel.freq] for side in (0, 1))
    return least, most, True


def feasts(country: str, panel: DemandPanel, years: int = 2) -> Calendar | None:
    """List the feasts of a country over the panel and two years on; None for a country without any known."""
    try:
        end = after(panel.start, panel.freq, panel.units.shape[1])
        return make_calendar(country, panel.start, end.replace(year=end.year + years, day=1))
    except ValueError:
        return None


def write_actual(path: Path, panel: DemandPanel, first: int, history: History) -> None:
    """Write ACTUAL as `read_actual` reads it; the first period of the window is `first` of the panel."""
    if history.stock is None:
        raise ValueError("there is no ledger to write")
    starts = period_starts(panel.start, panel.freq, history.stock.shape[1], offset=first)
    row, when = np.nonzero(~np.isnan(history.stock))
    columns: dict[str, object] = {"sku": [panel.ids[i] for i in row.tolist()], "date": starts[when]}
    parts = (history.stock, history.arrived, history.ordered, history.took)
    for name, values in zip(ACTUAL, parts, strict=True):
        if values is not None:
            columns[name] = pl.Series(values[row, when], dtype=pl.Float64).fill_nan(None)
    pl.DataFrame(columns).write_csv(path)


def write_rule(path: Path, panel: DemandPanel, bounds: Bounds) -> None:
    """Write RULE as `read_rule` reads it."""
    kind, scale = ("days", DAYS[panel.freq]) if bounds[2] else ("units", 1.0)
    columns: dict[str, object] = {"sku": list(panel.ids)}
    for name, values in zip(("min", "max"), bounds[:2], strict=True):
        columns[f"{name}_{kind}"] = pl.Series(values * scale, dtype=pl.Float64).fill_nan(None)
    pl.DataFrame(columns).write_csv(path)
