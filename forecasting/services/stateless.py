"""Forecasts series that are not kept: a request and its answer lie in files for as long as somebody waits."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from forecasting import engine
from forecasting.engine.types import DemandPanel
from forecasting.models import Job
from forecasting.services import files, progress
from forecasting.words import say


def store(asked: dict[str, Any], *, name: str) -> None:
    """Write a request down for the worker."""
    path = _request(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(json.dumps(asked))


def run(job: Job) -> None:
    """Forecast the series of a request, and write the answer beside it."""
    name = job.details["name"]
    asked = json.loads(_request(name).read_text())
    progress.say_stage(job, say("Forecasting %(n)d series", n=len(asked["series"])), total=len(asked["series"]))
    found = engine.forecast(panel(asked), asked["horizon"], levels=asked["levels"], on_progress=progress.reporter(job))
    answer = {
        "freq": asked["freq"],
        "start": found.start.isoformat(),
        "levels": asked["levels"],
        "series": [
            {
                "id": one,
                "model": found.model[row],
                "mean": _plain(found.mean[row]),
                "quantiles": [_plain(found.quantiles[row, :, level]) for level in range(len(asked["levels"]))],
            }
            for row, one in enumerate(found.ids)
        ],
    }
    place = _answer(name)
    place.with_suffix(".new").write_text(json.dumps(answer))
    place.with_suffix(".new").replace(place)


def _plain(values: Any) -> list[float]:
    return [round(float(value), 6) for value in values]


def panel(asked: dict[str, Any]) -> DemandPanel:
    """Lay the series over one grid of periods, unknown where they have not begun or have ended."""
    freq, series = asked["freq"], asked["series"]
    starts = [date.fromisoformat(one["start"]) for one in series]
    first = min(starts)
    offsets = [_between(first, start, freq) for start in starts]
    count = max(offset + len(one["y"]) for offset, one in zip(offsets, series, strict=True))
    units = np.full((len(series), count), np.nan, np.float32)
    for row, (offset, one) in enumerate(zip(offsets, series, strict=True)):
        units[row, offset : offset + len(one["y"])] = [np.nan if y is None else y for y in one["y"]]
    return DemandPanel(tuple(one["id"] for one in series), first, freq, units)


def _between(first: date, start: date, freq: str) -> int:
    if freq == "M":
        return (start.year - first.year) * 12 + start.month - first.month
    return (start - first).days // (7 if freq == "W" else 1)


def take(name: str) -> dict[str, Any]:
    """Return the answer."""
    found: dict[str, Any] = json.loads(_answer(name).read_text())
    return found


def forget(name: str) -> None:
    """Remove a request and its answer."""
    for path in (_request(name), _answer(name)):
        path.unlink(missing_ok=True)


def _request(name: str) -> Path:
    return files.place(f"forecast/{name}.request.json")


def _answer(name: str) -> Path:
    return files.place(f"forecast/{name}.answer.json")
