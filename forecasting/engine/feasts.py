"""Feasts that move and days of big sales, as shapes over the days before and after: learned, taken out, put back."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.calendars import NEW_YEAR, SALES_DAYS
from forecasting.engine.clean import Cleaned
from forecasting.engine.periods import period_index
from forecasting.engine.types import Calendar, Floats, Freq

FEAST: dict[Freq, tuple[int, int]] = {"D": (21, 28), "W": (3, 4), "M": (0, -1)}  # periods before and after a new year
SALE: dict[Freq, tuple[int, int]] = {"D": (3, 6), "W": (0, 1), "M": (0, -1)}  # the same of a day of big sales
SALES = (*SALES_DAYS, "Black Friday", "Cyber Monday")
DOUBT = 0.15  # how many times a shape that was never seen to differ counts beside those seen
PLAIN = 0.1  # a shape this near to none, as a logarithm, is none
EMPTY = 0.4  # share of usual demand below which a period tells nothing of it
APART = 30  # days within which a name means the same feast
LOW, HIGH = 0.05, 8.0

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Feasts:
    """Shapes by feast: name -> float64 (G + 1, before + 1 + after), factors on demand; all products in the last row."""

    shapes: dict[str, Doubles]

    def factor(self, calendar: Calendar | None, start: date, freq: Freq, count: int) -> Doubles:
        """Return the factor of all known feasts on each of `count` periods, by group: float64 (G + 1, count)."""
        groups = next((len(shape) for shape in self.shapes.values()), 1)
        out = np.ones((groups, count))
        for name, shape in self.shapes.items():
            before, _ = _reach(name, freq)
            for at in _places(calendar, name, start, freq):
                inside = np.arange(max(at - before, 0), min(at - before + shape.shape[1], count))
                out[:, inside] *= shape[:, inside - (at - before)]
        return np.clip(out, LOW, HIGH)


def learn_feasts(common: Floats, calendar: Calendar | None, start: date, freq: Freq) -> Feasts:
    """Learn the shapes of Chinese New Year and of the days of big sales that the panel has seen whole.

    common: float32 (G + 1, T), how each group moved around its level. A shape is the geometric mean of the movement at
    each distance from the feast over the n times it was seen, to the power n/(n + 0.15); what is near to none is none.
    """
    shapes: dict[str, Doubles] = {}
    moved = np.log(np.clip(common.astype(np.float64), LOW, HIGH))
    for name in (NEW_YEAR, *SALES):
        before, after = _reach(name, freq)
        seen = [at for at in _places(calendar, name, start, freq) if before <= at < common.shape[1] - after]
        if after < 0 or not seen:
            continue
        mean = np.mean([moved[:, at - before : at + after + 1] for at in seen], axis=0)
        mean = np.where(np.abs(mean) < PLAIN, 0, mean) * len(seen) / (len(seen) + DOUBT)
        shapes[name] = np.exp(mean)
        for at in seen:
            moved[:, at - before : at + after + 1] -= mean
    return Feasts(shapes)


def taken_out(cleaned: Cleaned, factor: Doubles) -> Cleaned:
    """Divide known demand by the factor of its group's feasts, float64 (G + 1, T); unknown where little is sold."""
    if (factor == 1).all():
        return cleaned
    rows = factor[np.minimum(cleaned.group, len(factor) - 1)]
    with np.errstate(invalid="ignore"):
        units, proof = (
            np.where(rows < EMPTY, np.nan, grid / rows).astype(np.float32) for grid in (cleaned.units, cleaned.proof)
        )
    return replace(cleaned, units=units, proof=proof)


def put_back(mean: Floats, group: NDArray[np.int64], factor: Doubles) -> Floats:
    """Multiply means (n, H) by the factor of the feasts ahead, float64 (G + 1, H)."""
    return np.asarray(mean * factor[np.minimum(group, len(factor) - 1)], np.float32)


def _reach(name: str, freq: Freq) -> tuple[int, int]:
    return (FEAST if name == NEW_YEAR else SALE)[freq]


def _places(calendar: Calendar | None, name: str, start: date, freq: Freq) -> list[int]:
    """Find the periods of a feast's first days: holidays of several days have the same name on each."""
    days = sorted({day for one, day in calendar.events if one == name}) if calendar else []
    first = [day for i, day in enumerate(days) if i == 0 or (day - days[i - 1]).days > APART]
    return [int(at) for at in period_index(np.array(first, "datetime64[D]"), start, freq)] if first else []
