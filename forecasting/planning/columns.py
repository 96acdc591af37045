"""Further columns of ITEMS: suppliers, places, successors, price breaks, closures, lead time samples."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np

from forecasting.engine.tables import Table
from forecasting.planning.types import Breaks, Closure, Floats, Ints, Suppliers

NEVER = 1e9  # money: a cost of moving a unit that says "never to here"
NUMBERS = ("storage_units", "transfer_cost", "transfer_days")
SUPPLIERS = ("supplier_order_cost", "supplier_least_value", "supplier_least_units")
CODED = ("supplier", "product", "location")
TEXTS = ("successor", "supplier_closures", "price_breaks", "lead_samples_days")
FURTHER = (*NUMBERS, *SUPPLIERS, *CODED, *TEXTS, "discontinued")


def further(table: Table, row: Ints, ids: tuple[str, ...]) -> dict[str, Any]:
    """Read the further columns that a file has into terms; row int64 (lines,): product of each line, -1 = none.

    A supplier's terms stand on each of its products; the first that is given holds for all.
    """
    found: dict[str, Any] = {name: _codes(table, name, row, len(ids)) for name in CODED if table.has(name)}
    if table.has("discontinued"):
        found["discontinued"] = _laid(table.flags("discontinued", empty=0.0), row, len(ids), 0.0) > 0
    if table.has("successor"):
        index = {sku: i for i, sku in enumerate(ids)}
        heirs = np.array([index.get(sku, -1) for sku in table.texts("successor", blank=True).to_list()], np.float64)
        found["successor"] = _laid(heirs, row, len(ids), -1).astype(np.int64)
    if table.has("price_breaks"):
        found["breaks"] = _breaks(_parts(table, "price_breaks", _break), row)
    if table.has("lead_samples_days"):
        found["lead_samples"] = _samples(_parts(table, "lead_samples_days", float), row, len(ids))
    if table.has("supplier") and any(table.has(name) for name in (*SUPPLIERS, "supplier_closures")):
        found["suppliers"] = _suppliers(table, found["supplier"], row, len(ids))
    return found


def _laid(values: Floats, row: Ints, n: int, empty: float) -> Floats:
    out = np.full(n, empty)
    out[row[row >= 0]] = values[row >= 0]
    return out


def _codes(table: Table, name: str, row: Ints, n: int) -> Ints:
    """Number the names of a column in alphabetical order, -1 = empty."""
    texts = table.texts(name, blank=True).to_list()
    number = {text: code for code, text in enumerate(sorted({text for text in texts if text}))}
    return _laid(np.array([number.get(text, -1) for text in texts], np.float64), row, n, -1).astype(np.int64)


def _parts(table: Table, column: str, read: Callable[[str], Any]) -> list[list[Any]]:
    """Read the parts of each cell, apart by blanks; a part that cannot be read is a problem."""
    found: list[list[Any]] = []
    for line, text in enumerate(table.texts(column, blank=True).to_list()):
        found.append([])
        for part in text.split():
            try:
                found[-1].append(read(part))
            except ValueError:
                table.fault(line, column, f'"{part}" cannot be read')
    return found


def _break(part: str) -> tuple[float, float]:
    units, cost = (float(number) for number in part.split(":"))
    if not (0 <= units < 1e9 and 0 <= cost < 1e9):
        raise ValueError(part)
    return units, cost


def _closure(part: str) -> Closure:
    first, last = (date.fromisoformat(day) for day in part.split("/"))
    if last < first or (last - first).days > 366:
        raise ValueError(part)
    return first, last


def _breaks(parts: list[list[tuple[float, float]]], row: Ints) -> Breaks | None:
    rows = [(r, *part) for r, each in zip(row.tolist(), parts, strict=True) if r >= 0 for part in each]
    if not rows:
        return None
    table = np.array(rows)
    return Breaks(table[:, 0].astype(np.int64), table[:, 1], table[:, 2])


def _samples(parts: list[list[float]], row: Ints, n: int) -> Floats | None:
    """Lay samples out in rising order, as many for each product as for the one with most."""
    most = max((len(each) for each in parts), default=0)
    if not most:
        return None
    out = np.full((n, most), np.nan)
    for r, each in zip(row.tolist(), parts, strict=True):
        if r >= 0 and each:
            out[r] = np.sort(each)[(np.arange(most) * len(each)) // most]
    return out


def _suppliers(table: Table, code: Ints, row: Ints, n: int) -> Suppliers:
    k = int(code.max(initial=-1)) + 1
    known = {}
    for name in SUPPLIERS:
        values = table.numbers(name, low=0.0, blank=True) if table.has(name) else np.full(len(row), np.nan)
        laid = _laid(values, row, n, np.nan)
        known[name.removeprefix("supplier_")] = [_first(laid[code == c]) for c in range(k)]
    closed: list[tuple[Closure, ...]] = [()] * k
    if table.has("supplier_closures"):
        for r, parts in zip(row.tolist(), _parts(table, "supplier_closures", _closure), strict=True):
            if r >= 0 and code[r] >= 0 and parts and not closed[code[r]]:
                closed[code[r]] = tuple(parts)
    return Suppliers.of(k, closures=tuple(closed), **known)


def _first(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known[0]) if known.size else float("nan")
