"""REPLAY.json: everything a replay shows, for other programs."""

import json
import math
from dataclasses import asdict
from pathlib import Path

import numpy as np

from forecasting.planning.past.evidence import Difference
from forecasting.planning.past.replays import Arm, Replay
from forecasting.planning.types import Floats


def write_replay(found: Replay, path: Path) -> None:
    """Write a replay as JSON; figures that are not known are null."""
    told = {
        "start": found.openings[0].isoformat(),
        "end": found.openings[-1].isoformat(),
        "counted_from": found.counted_from.isoformat(),
        "periods": len(found.openings),
        "products": len(found.ids),
        "arms": {"baseline": _arm(found.baseline), "lagom": _arm(found.lagom)},
        "differences": [_difference(d) for d in found.differences],
        "readings_of_censored_demand": {k: [_difference(d) for d in v] for k, v in found.readings.items()},
        "censored_share": found.censored,
        "products_worse_share": found.worse,
        "equal_service": {
            "fill": found.lagom.figures["fill"],
            "lagom_stock_units": found.lagom.figures["stock_units"],
            "baseline_stock_units": found.equal_stock,
            "saved_share": _saved(found.lagom.figures["stock_units"], found.equal_stock),
            "baseline_curve": [{"fill": fill, "stock_units": stock} for fill, stock in found.curve],
        },
        "working_capital_freed": found.freed,
        "by_period": _by_period(found),
        "notes": [str(note) for note in found.notes],
    }
    path.write_text(json.dumps(_plain(told), indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def _arm(arm: Arm) -> dict[str, object]:
    return {
        **arm.figures,
        "bullwhip": arm.bullwhip[0],
        "bullwhip_cv": arm.bullwhip[1],
        "terminal_units": arm.terminal[0],
        "terminal_value": arm.terminal[1],
    }


def _saved(mine: float, other: float) -> float:
    return 1 - mine / other if other > 0 else float("nan")


def _difference(difference: Difference) -> dict[str, object]:
    return asdict(difference)


def _by_period(found: Replay) -> list[dict[str, object]]:
    columns: dict[str, list[object]] = {"date": [day.isoformat() for day in found.openings]}
    columns["demand"] = _sums(found.demand)
    for name, arm in (("baseline", found.baseline), ("lagom", found.lagom)):
        columns[f"{name}_stock"] = _sums(np.maximum(arm.life.stock, 0))
        columns[f"{name}_lost"] = _sums(arm.life.lost)
        columns[f"{name}_ordered"] = _sums(arm.life.ordered)
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
