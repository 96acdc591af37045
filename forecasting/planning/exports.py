"""Inputs of a plan as the shell's files, so that anyone can compute the same numbers again."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from forecasting.engine.keeping import save_forecast
from forecasting.engine.periods import period_starts
from forecasting.engine.types import DemandPanel
from forecasting.planning.columns import NEVER
from forecasting.planning.ingredients import Ingredients
from forecasting.planning.types import Floats, ItemTerms, Policy, StockState

CODES = ("supplier", "product", "location", "successor")
SUPPLIERS = {
    "supplier_order_cost": "order_cost",
    "supplier_least_value": "least_value",
    "supplier_least_units": "least_units",
}


def write_inputs(
    folder: Path, panel: DemandPanel, terms: ItemTerms, stock: StockState, policy: Policy, seed: int
) -> str:
    """Write DEMAND.csv, ITEMS.csv, INBOUND.csv and POLICY.json into a folder; return the command that plans them.

    The shell's plan of them is the same, to the bit, as `commands.planned` of the same inputs with products sorted by
    id. A `stocked` share strictly between 0 and 1 cannot be written; it counts as in stock.
    """
    _demand(panel).write_csv(folder / "DEMAND.csv")
    _items(panel.ids, terms, stock).write_csv(folder / "ITEMS.csv")
    _inbound(panel.ids, stock).write_csv(folder / "INBOUND.csv")
    (folder / "POLICY.json").write_text(json.dumps(asdict(policy), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    inbound = " --inbound INBOUND.csv" if len(stock.inbound_row) else ""
    waits = " --backorders 1" if policy.backorders else ""
    return (
        f"python -m forecasting.planning plan DEMAND.csv --items ITEMS.csv{inbound} --policy POLICY.json "
        f"--freq {panel.freq} --seed {seed}{waits} --out PLAN.csv"
    )


def write_plan(folder: Path, known: Ingredients) -> str:
    """Write FORECAST.npz, ITEMS.csv, POLICY.json and, where anything is on its way, INBOUND.csv; return the command.

    The shell's plan of them is that of the same ingredients, to the bit.
    """
    (folder / "FORECAST.npz").write_bytes(save_forecast(known.forecast))
    items = _items(known.forecast.ids, known.terms, known.stock)
    if known.standing is not None:
        items = items.with_columns(_numbers(known.standing).alias("standing_units"))
    items.write_csv(folder / "ITEMS.csv")
    if len(known.stock.inbound_row):
        _inbound(known.forecast.ids, known.stock).write_csv(folder / "INBOUND.csv")
    (folder / "POLICY.json").write_text(
        json.dumps(asdict(known.policy), indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
    inbound = " --inbound INBOUND.csv" if len(known.stock.inbound_row) else ""
    waits = " --backorders 1" if known.policy.backorders else ""
    return (
        f"python -m forecasting.planning plan --forecast FORECAST.npz --items ITEMS.csv{inbound} --policy POLICY.json "
        f"--freq {known.forecast.freq} --seed {known.seed}{waits} --out PLAN.csv"
    )


def read_policy(text: str, **settings: Any) -> Policy:
    """Read a POLICY.json; settings of the shell win.

    Raises ValueError for what is not JSON, or names a rule that does not exist.
    """
    known = json.loads(text)
    names = {f.name for f in fields(Policy)}
    if not isinstance(known, Mapping):
        raise ValueError("is not a list of rules by name")
    unknown = sorted(set(known) - names)
    if unknown:
        raise ValueError(f'rule "{unknown[0]}" is not known; the rules are {", ".join(sorted(names))}')
    return Policy(**{**known, **settings})


def _demand(panel: DemandPanel) -> pl.DataFrame:
    """List every period from each product's first known one on; the last period always, so that time ends alike."""
    total = panel.units.shape[1]
    known = ~np.isnan(panel.units)
    if panel.stocked is not None:
        known |= panel.stocked == 0
    started = np.maximum.accumulate(known, axis=1)
    row, when = np.nonzero(started)
    units = panel.units[row, when]
    starts = period_starts(panel.start, panel.freq, total)
    columns: dict[str, Any] = {"sku": np.array(panel.ids, object)[row].astype(str), "date": starts[when]}
    columns["units"] = pl.Series(units, dtype=pl.Float32).fill_nan(None)
    if panel.stocked is not None:
        columns["in_stock"] = np.where(panel.stocked[row, when] > 0, 1, 0)
    if panel.price is not None:
        columns["price"] = pl.Series(panel.price[row, when], dtype=pl.Float32).fill_nan(None)
    if panel.promo is not None:
        columns["promo"] = panel.promo[row, when].astype(np.int8)
    if panel.groups is not None and "category" in panel.group_names:
        code = panel.groups[:, panel.group_names.index("category")]
        columns["category"] = np.char.add("c", np.char.zfill(code[row].astype(str), 6))
    return pl.DataFrame(columns)


def _items(ids: tuple[str, ...], terms: ItemTerms, stock: StockState) -> pl.DataFrame:
    columns: dict[str, Any] = {"sku": list(ids), "on_hand": _numbers(stock.on_hand)}
    for f in fields(terms):
        values = getattr(terms, f.name)
        if f.name in CODES:
            columns[f.name] = pl.Series(np.where(values >= 0, values, -1)).cast(pl.Int64).replace(-1, None)
        elif f.name == "discontinued":
            columns[f.name] = values.astype(np.int8)
        elif isinstance(values, np.ndarray) and values.ndim == 1:
            columns[f.name] = _numbers(values)
    columns["transfer_cost"] = _numbers(np.where(np.isinf(terms.transfer_cost), NEVER, terms.transfer_cost))
    columns["successor"] = [ids[heir] if heir >= 0 else None for heir in terms.successor.tolist()]
    columns |= _supplied(terms)
    if terms.breaks is not None:
        columns["price_breaks"] = _broken(len(ids), terms)
    if terms.lead_samples is not None:
        columns["lead_samples_days"] = [
            None if np.isnan(row).any() else " ".join(repr(float(v)) for v in row) for row in terms.lead_samples
        ]
    frame = pl.DataFrame(columns)
    needed = {"sku", "on_hand", "lead_time_days", "review_days"}
    return frame.select([name for name in frame.columns if name in needed or frame[name].null_count() < frame.height])


def _supplied(terms: ItemTerms) -> dict[str, Any]:
    """Repeat a supplier's terms on each of its products."""
    if terms.suppliers is None:
        return {}
    found: dict[str, Any] = {}
    has, code = terms.supplier >= 0, np.maximum(terms.supplier, 0)
    for column, name in SUPPLIERS.items():
        of = getattr(terms.suppliers, name)
        found[column] = _numbers(np.where(has, of[code], np.nan) if len(of) else np.full(len(has), np.nan))
    texts = [" ".join(f"{a.isoformat()}/{b.isoformat()}" for a, b in closed) for closed in terms.suppliers.closures]
    found["supplier_closures"] = [texts[c] or None if h else None for h, c in zip(has, code.tolist(), strict=True)]
    return found


def _broken(n: int, terms: ItemTerms) -> list[str | None]:
    found: list[list[str]] = [[] for _ in range(n)]
    if terms.breaks is not None:
        for row, units, cost in zip(terms.breaks.row, terms.breaks.from_units, terms.breaks.unit_cost, strict=True):
            found[int(row)].append(f"{float(units)!r}:{float(cost)!r}")
    return [" ".join(each) or None for each in found]


def _inbound(ids: tuple[str, ...], stock: StockState) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "sku": [ids[row] for row in stock.inbound_row.tolist()],
            "units": _numbers(stock.inbound_units),
            "arrives_on": pl.Series(stock.inbound_day.astype("datetime64[D]"), dtype=pl.Date),
        }
    )


def _numbers(values: Floats) -> pl.Series:
    return pl.Series(values, dtype=pl.Float64).fill_nan(None)
