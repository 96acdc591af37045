"""REPLAY.json: everything a replay shows, for other programs and for the portal's page."""

import json
import math
from dataclasses import asdict
from pathlib import Path

import numpy as np

from forecasting.planning.past.bootstrap import Difference
from forecasting.planning.past.results import Arm, Comparison, Replay
from forecasting.planning.types import Floats
from forecasting.words import pack


def write_replay(found: Replay, path: Path) -> None:
    """Write a replay as JSON; figures that are not known are null."""
    text = json.dumps(as_json(found), indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def as_json(found: Replay) -> dict[str, object]:
    """Tell a replay in plain values: what docs/replay.md describes."""
    main = found.main
    told = {
        "start": found.openings[0].isoformat(),
        "end": found.openings[-1].isoformat(),
        "freq": found.freq,
        "counted_from": found.counted_from.isoformat(),
        "warm_up_periods": found.warm_up,
        "periods": len(found.openings),
        "products": len(main.rows),
        "baseline_is": main.name,
        "arms": {"baseline": _arm(main.arm), "lagom": _arm(main.lagom)},
        **_comparison(found, main),
        "censored_share": found.censored,
        "lagom_curve": [asdict(point) for point in found.curve],
        "curve_products": found.sampled,
        "challengers": {each.name: _comparison(found, each) | _arms(each) for each in found.comparisons[1:]},
        "by_period": _by_period(found),
        "notes": [str(note) for note in found.notes],
        "said": [pack(note) for note in found.notes],
    }
    plain = _plain(told)
    if not isinstance(plain, dict):
        raise TypeError("a replay is a list of names")
    return plain


def _arms(each: Comparison) -> dict[str, object]:
    return {"arms": {"baseline": _arm(each.arm), "lagom": _arm(each.lagom)}}


def _comparison(found: Replay, each: Comparison) -> dict[str, object]:
    value = each.difference("stock_value")
    known = np.isfinite(each.arm.terminal[1])
    return {
        "differences": [asdict(difference) for difference in each.differences],
        "readings_of_censored_demand": {k: [asdict(d) for d in v] for k, v in each.readings.items()},
        "products_worse_share": each.fares.share,
        "spread_over_products": _spread(each),
        "per_product": _per_product(found, each),
        "equal_service": [asdict(equal) for equal in each.equal],
        "baseline_curve": [asdict(point) for point in each.curve],
        "priced": {name: asdict(known) for name, known in each.priced.items()},
        "working_capital_freed": _freed(value) if known else None,
    }


def _arm(arm: Arm) -> dict[str, object]:
    return {**arm.figures, "terminal_units": arm.terminal[0], "terminal_money": arm.terminal[1]}


def _freed(value: Difference) -> dict[str, object]:
    return {"value": -value.value, "low": -value.high, "high": -value.low, "verdict": value.verdict}


def _spread(each: Comparison) -> dict[str, object]:
    """Say how products differ: quantiles of the change of their stock (share) and fill (points)."""
    fares = each.fares
    with np.errstate(divide="ignore", invalid="ignore"):
        stock = np.where(fares.other_stock > 0, fares.stock / fares.other_stock - 1, np.nan)
    changes = {"stock_change": stock, "fill_change": fares.fill - fares.other_fill}
    return {name: _quantiles(values) for name, values in changes.items()}


def _quantiles(values: Floats) -> dict[str, float] | None:
    known = values[np.isfinite(values)]
    return {f"q{q}": float(np.quantile(known, q / 100)) for q in (10, 25, 50, 75, 90)} if known.size else None


def _per_product(found: Replay, each: Comparison) -> list[dict[str, object]]:
    fares = each.fares
    return [
        {
            "sku": found.ids[row],
            "baseline_stock": float(fares.other_stock[i]),
            "lagom_stock": float(fares.stock[i]),
            "baseline_fill": float(fares.other_fill[i]),
            "lagom_fill": float(fares.fill[i]),
            "worse": bool(fares.worse[i]),
        }
        for i, row in enumerate(each.rows.tolist())
    ]


def _by_period(found: Replay) -> list[dict[str, object]]:
    main = found.main
    columns: dict[str, list[object]] = {"date": [day.isoformat() for day in found.openings]}
    columns["demand"] = _sums(found.demand[main.rows])
    for name, arm in (("baseline", main.arm), ("lagom", found.lagom)):
        columns[f"{name}_stock"] = _sums(np.maximum(arm.life.stock[main.rows], 0))
        columns[f"{name}_lost"] = _sums(arm.life.lost[main.rows])
        columns[f"{name}_ordered"] = _sums(arm.life.ordered[main.rows])
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _sums(values: Floats) -> list[object]:
    return [float(total) for total in values.sum(axis=0)]


def _plain(value: object) -> object:
    """Turn NaN and infinities into null, and round, all the way down."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value
