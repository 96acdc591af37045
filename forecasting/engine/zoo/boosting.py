"""The global model: one set of boosted trees for all products and steps, correcting a seasonal level."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.chance import Keys, mixed
from forecasting.engine.periods import YEAR
from forecasting.engine.types import Floats
from forecasting.engine.zoo.features import LEVEL, Rows, Sight, features, levels

ROWS = 80_000  # taught to the trees at most
FEWEST = 1000  # rows below which no trees are grown
HIGHEST = 12.0  # times its level that a period teaches at most
FORGET = 0.5  # weight of a period a year ago
PIECE = 200_000  # rows predicted at once

PARAMETERS: dict[str, Any] = {
    "objective": "poisson",
    "learning_rate": 0.05,
    "num_leaves": 31,
    "lambda_l2": 5.0,
    "feature_fraction": 0.7,
    "max_bin": 127,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "seed": 7,
    "verbosity": -1,
}
ROUNDS = 120

Doubles = NDArray[np.float64]


def teaching_rows(sight: Sight, keys: Keys, cut: int, horizon: int) -> Rows:
    """Choose known periods before the cut to learn from, of up to two years, each seen from a step drawn by chance."""
    n = len(keys)
    span = min(cut - 2, 2 * YEAR[sight.freq] if sight.freq != "M" else 5 * YEAR["M"])
    if n == 0 or span < 2:
        return Rows(*(np.empty(0, np.int64),) * 3)
    target = np.arange(cut - span, cut)
    draw = mixed(keys[:, None], target[None])
    step = (draw % np.uint64(horizon)).astype(np.int64)
    origin = target[None] - step
    known = sight.count[:, target + 1] - sight.count[:, target] > 0
    seen = sight.count[np.arange(n)[:, None], np.maximum(origin, 0)] >= 3
    share = min(1.0, 1.4 * ROWS / max(int((known & seen).sum()), 1))
    late = mixed(draw, 1) < np.uint64(int(share * (2**64 - 1)) if share < 1 else 2**64 - 1)
    use = np.nonzero(known & seen & (origin >= 1) & late)
    rows = Rows(use[0].astype(np.int64), origin[use], step[use])
    if len(rows.product) <= ROWS:
        return rows
    best = np.sort(np.argsort(mixed(draw[use], 2), kind="stable")[:ROWS])
    return Rows(rows.product[best], rows.origin[best], rows.step[best])


def grow(sight: Sight, keys: Keys, cut: int, horizon: int) -> str | None:
    """Fit the trees to demand over level, Poisson loss, starting from the seasonal factor; return them as text.

    Weights: a product's noise, s/(1 + 0.3·s) for a level of s counts, halved per year of age. None when there is too
    little to learn from. Deterministic: the same rows give the same text on any number of threads.
    """
    rows = teaching_rows(sight, keys, cut, horizon)
    if len(rows.product) < FEWEST:
        return None
    import lightgbm

    target, level = rows.origin + rows.step, levels(sight, rows)
    demand = sight.total[rows.product, target + 1] - sight.total[rows.product, target]
    weight = level / (1 + 0.3 * level) * FORGET ** ((cut - target) / YEAR[sight.freq])
    data = lightgbm.Dataset(
        features(sight, rows),
        label=np.minimum(demand / level, HIGHEST).astype(np.float32),
        weight=(weight / weight.mean()).astype(np.float32),
        init_score=np.log(sight.factor[rows.product, target].astype(np.float64)),
        free_raw_data=True,
    )
    leaf = int(np.clip(len(rows.product) // 500, 20, 100))
    trees = lightgbm.train(
        {**PARAMETERS, "min_data_in_leaf": leaf},
        data,
        num_boost_round=ROUNDS if len(rows.product) > FEWEST * 8 else ROUNDS // 2,
    )
    return str(trees.model_to_string())


def boosted(trees: str, sight: Sight, origins: tuple[int, ...], horizon: int) -> Floats:
    """Forecast all products from origins: float32 (n, K, H), in counts; NaN where nothing is known before an origin."""
    import lightgbm

    model = lightgbm.Booster(model_str=trees)
    shape = (len(sight.total), len(origins), horizon)
    product, moment, step = (part.reshape(-1) for part in np.indices(shape))
    rows = Rows(product, np.asarray(origins, np.int64)[moment], step)
    out = np.empty(len(product), np.float32)
    for start in range(0, len(out), PIECE):
        piece = slice(start, start + PIECE)
        part = rows.chunk(piece)
        raw = np.asarray(model.predict(features(sight, part), raw_score=True, num_threads=1))
        factor = sight.factor[part.product, part.origin + part.step]
        out[piece] = levels(sight, part) * factor * np.exp(np.clip(raw, -4, 2.5))
    seen = sight.count[rows.product, rows.origin] > 0
    return np.where(seen, out, np.nan).astype(np.float32).reshape(shape)


__all__ = ["LEVEL", "boosted", "grow", "teaching_rows"]
