"""How long the engine takes, how that grows, and what two workers gain."""

import multiprocessing
import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from forecasting.engine import DemandPanel, GlobalModel, fit, forecast
from forecasting.engine.keeping import load, save
from forecasting.engine.types import Forecast
from forecasting.planning import ItemTerms, StockState, plan

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.8, 0.9, 0.95, 0.99)
HORIZON = 28


def generated(products: int, periods: int = 730, seed: int = 1) -> DemandPanel:
    """Daily demand of many sizes with a weekly and a yearly season; a tenth launched late."""
    rng = np.random.default_rng(seed)
    days = np.arange(periods)
    level = np.exp(rng.normal(0, 1.5, products))[:, None]
    level = level * (1 + 0.4 * np.sin(days * 2 * np.pi / 7)) * np.exp(0.3 * np.sin(days * 2 * np.pi / 365.25))
    units = rng.poisson(rng.gamma(3, level / 3)).astype(np.float32)
    units[: products // 10, : (2 * periods) // 3] = np.nan
    return DemandPanel(tuple(f"sku-{i:05d}" for i in range(products)), date(2023, 1, 2), "D", units)


@dataclass(frozen=True)
class Took:
    """Processor seconds of a whole forecast, of one with what was kept a day later, of keeping it, and of the plan;
    wall seconds of the forecast; peak memory; off: how much the quantiles a day later differ from a whole run's, median
    and ninth decile of the relative difference of those above half a unit.
    """

    whole: float
    fit: float
    again: float
    kept: float
    plan: float
    off: tuple[float, float]
    wall: float
    megabytes: float


def seconds(products: int) -> Took:
    """Forecast at the last but one day; keep what was learned as bytes, read it, and forecast a day later; plan."""
    panel = generated(products, 731)
    before = replace(panel, units=panel.units[:, :-1])
    warm(0)
    wall, clock = time.perf_counter(), [time.process_time()]
    fitted = fit(before, HORIZON)
    clock.append(time.process_time())
    first = forecast(before, HORIZON, levels=LEVELS, fitted=fitted)
    clock.append(time.process_time())
    wall = time.perf_counter() - wall
    body = save(replace(fitted, remembered=first.remembered))
    clock.append(time.process_time())
    again = forecast(panel, HORIZON, levels=LEVELS, fitted=load(body))
    clock.append(time.process_time())
    plan(again, *_terms(again))
    clock.append(time.process_time())
    peak = _peak()
    off = _off(again, forecast(panel, HORIZON, levels=LEVELS, fitted=fitted))
    fit_, tested, kept, later, planned = np.diff(clock).tolist()
    return Took(fit_ + tested, fit_, later, kept, planned, off, wall, peak)


def _terms(known: Forecast) -> tuple[ItemTerms, StockState]:
    """Make terms: lead times of 5 to 21 days, a fifth with lots, packs or an order cost each; a month of stock."""
    n, rng = len(known.ids), np.random.default_rng(3)
    rate, cost = known.mean.mean(axis=1, dtype=np.float64), np.exp(rng.normal(1.5, 1, n))
    some = rng.random((3, n)) < 0.2
    terms = ItemTerms.of(
        n,
        unit_cost=cost,
        unit_price=1.8 * cost,
        lead_time_days=rng.choice([5.0, 10, 14, 21], n),
        lead_time_sd_days=rng.choice([0.0, 2, 4], n),
        moq=np.where(some[0], np.ceil(10 * rate), np.nan),
        pack_size=np.where(some[1], 6, np.nan),
        order_cost=np.where(some[2], 5, np.nan),
    )
    return terms, StockState(np.round(rate * rng.uniform(0, 45, n)))


def _off(one: Forecast, other: Forecast) -> tuple[float, float]:
    large = other.quantiles > 0.5
    found = np.quantile(np.abs(one.quantiles / np.where(large, other.quantiles, 1) - 1)[large], (0.5, 0.9))
    return float(found[0]), float(found[1])


def _peak() -> float:
    """Return this process's own peak memory in MB; getrusage would tell the parent's, which a child inherits."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def apart(products: int) -> Took:
    """Measure in a process of its own, so that peak memory is its own too."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(seconds, (products,))


def parallel(products: int, size: int) -> tuple[float, float, float]:
    """Return wall seconds of the chunks by one worker and by two, the fitted model handed to them, and how many times
    the processor seconds of the busier of the two go into those of the one: what two free cores would gain.
    """
    panel = generated(products)
    fitted = fit(panel, HORIZON)
    took, spent = [], []
    for workers in (1, 2):
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            pool.map(warm, range(workers))
            began = time.perf_counter()
            found = pool.map(_chunk, _chunks(panel, fitted, size), chunksize=1)
            took.append(time.perf_counter() - began)
            spent.append(max(sum(s for worker, s in found if worker == w) for w, _ in found))
    return took[0], took[1], spent[0] / spent[1]


def _chunks(panel: DemandPanel, fitted: GlobalModel, size: int) -> Iterator[tuple[DemandPanel, GlobalModel]]:
    for start in range(0, len(panel.ids), size):
        rows = slice(start, start + size)
        yield replace(panel, ids=panel.ids[rows], units=panel.units[rows]), fitted


def warm(worker: int) -> int:
    small = generated(20, 200)
    forecast(small, HORIZON)
    return worker


def _chunk(part: tuple[DemandPanel, GlobalModel]) -> tuple[int, float]:
    """Forecast a chunk: the worker that did it, and its processor seconds."""
    began = time.process_time()
    forecast(part[0], HORIZON, levels=LEVELS, fitted=part[1])
    return os.getpid(), time.process_time() - began


def one_by_one(count: int) -> dict[str, float]:
    """Return processor seconds per product of peers on the same panel's first products that have a whole past."""
    from tests.bench.datasets import Dataset
    from tests.bench.peers import _prophet, _statsforecast

    panel = generated(1000)
    data = Dataset("generated", panel, HORIZON, 7, (730,))
    series = [row.astype(float) for row in panel.units[100 : 101 + count]]
    out = {}
    for name, run in (("AutoETS", _statsforecast), ("DynamicOptimizedTheta", _statsforecast), ("Prophet", _prophet)):
        run(name, series[:1], data)
        began = _processor()
        run(name, series[1:], data)
        out[name] = (_processor() - began) / count
    return out


def _processor() -> float:
    """Return processor seconds of this process and of those it waited for: Prophet fits in a child."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
