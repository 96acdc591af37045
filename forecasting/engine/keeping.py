"""Keeps what was fitted as bytes, and reads it back: arrays and plain values only, so that reading runs no code."""

import io
import json
import zipfile
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.changes import Moved, MovedPaths
from forecasting.engine.effects import Effects
from forecasting.engine.feasts import Feasts
from forecasting.engine.knowledge import Knowledge
from forecasting.engine.launch import Launches
from forecasting.engine.paths import Outlook
from forecasting.engine.pooled import GlobalModel, Taught
from forecasting.engine.recovery import Company
from forecasting.engine.remembered import Remembered, Verdict
from forecasting.engine.seasons import Pool
from forecasting.engine.selection import Kinds
from forecasting.engine.spread import Bank
from forecasting.engine.types import Calendar, Forecast
from forecasting.engine.unsold import Unsold

LEARNED = (GlobalModel, Taught, Pool, Kinds, Bank, Calendar, Knowledge, Company, Launches, Effects, Feasts, Unsold)
TOLD = (Remembered, Verdict)
DRAWN = (Forecast, Outlook, MovedPaths, Moved)
KINDS: dict[str, Any] = {kind.__name__: kind for kind in (*LEARNED, *TOLD, *DRAWN)}
TREE = "tree"

Arrays = dict[str, NDArray[Any]]
Kind = TypeVar("Kind")


def save(model: GlobalModel) -> bytes:
    """Write a fitted model as a NumPy archive.

    Raises TypeError for a part that is neither an array nor a plain value.
    """
    return _written(model)


def load(body: bytes) -> GlobalModel:
    """Read a fitted model.

    Raises ValueError when these bytes are none, or one of another version of the program.
    """
    return _read(body, GlobalModel, "fitted model")


def save_forecast(forecast: Forecast) -> bytes:
    """Write what a plan reads of a forecast as a NumPy archive: means, quantiles and what paths are drawn from.

    Scores, reasons and the past are left out. Raises TypeError as `save` does.
    """
    kept = {name: getattr(forecast, name) for name in ("ids", "start", "freq", "levels", "quantiles", "mean", "draw")}
    return _written(Forecast(**kept, model=(), reason=()))


def load_forecast(body: bytes) -> Forecast:
    """Read a forecast whose paths are those of the one that was written, to the bit.

    Raises ValueError as `load` does.
    """
    return _read(body, Forecast, "forecast")


def _written(value: object) -> bytes:
    arrays: Arrays = {}
    tree = json.dumps(_packed(value, arrays))
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **{TREE: np.array(tree)}, **arrays)
    return out.getvalue()


def _read(body: bytes, kind: type[Kind], name: str) -> Kind:
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as archive:
            arrays = {array: archive[array] for array in archive.files}
        found = _unpacked(json.loads(str(arrays[TREE])), arrays)
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"these bytes are no {name} of this version") from error
    if not isinstance(found, kind):
        raise ValueError(f"these bytes are no {name} of this version")
    return found


def _packed(value: object, arrays: Arrays) -> object:
    if is_dataclass(value) and type(value).__name__ in KINDS:
        inner = {field.name: _packed(getattr(value, field.name), arrays) for field in fields(value)}
        return {"kind": type(value).__name__, "fields": inner}
    if isinstance(value, np.ndarray):
        name = f"a{len(arrays)}"
        arrays[name] = value
        return {"array": name}
    if isinstance(value, tuple):
        return [_packed(part, arrays) for part in value]
    if isinstance(value, dict):
        return {"map": [[str(name), _packed(part, arrays)] for name, part in value.items()]}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"a fitted model with a {type(value).__name__} cannot be kept")


def _unpacked(kept: Any, arrays: Arrays) -> Any:
    if isinstance(kept, list):
        return tuple(_unpacked(part, arrays) for part in kept)
    if not isinstance(kept, dict):
        return kept
    if "array" in kept:
        return arrays[kept["array"]]
    if "map" in kept:
        return {name: _unpacked(part, arrays) for name, part in kept["map"]}
    if "date" in kept:
        return date.fromisoformat(kept["date"])
    return KINDS[kept["kind"]](**{name: _unpacked(part, arrays) for name, part in kept["fields"].items()})
