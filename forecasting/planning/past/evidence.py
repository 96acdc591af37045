"""What an arm of a replay came to: its figures, each a ratio of sums over products and periods."""

from dataclasses import dataclass

import numpy as np

from forecasting.engine.types import Freq
from forecasting.planning.past.world import Life
from forecasting.planning.types import Floats, Ints

MEASURABLE = 0.8  # share of the units wanted whose products have costs, below which no money is compared for the firm
WEEK: dict[Freq, int] = {"D": 7, "W": 1, "M": 1}  # periods in the bucket in which orders are compared with demand


@dataclass(frozen=True, slots=True)
class Prices:
    """Money of n products, float64 (n,): per unit and period held, per unit lost, per order line, per unit at cost.

    NaN = not known: the product then takes no part in that figure.
    """

    holding: Floats
    shortage: Floats
    line: Floats
    unit: Floats

    def rows(self, rows: Ints) -> "Prices":
        """Take some of the products."""
        return Prices(self.holding[rows], self.shortage[rows], self.line[rows], self.unit[rows])

    @property
    def complete(self) -> bool:
        """Tell whether all products have holding and shortage cost."""
        return bool(np.isfinite(self.holding + self.shortage).all())


@dataclass(frozen=True, slots=True)
class Record:
    """An arm over the periods that count: its life and the demand it met, all (n, T); periods_per_year of the panel."""

    life: Life
    demand: Floats
    prices: Prices
    freq: Freq
    periods_per_year: float

    def rows(self, rows: Ints) -> "Record":
        """Take some of the products."""
        life = self.life
        parts = (life.stock, life.sold, life.lost, life.ordered, life.arrived, life.moved, life.coming)
        return Record(
            Life(*(part[rows] for part in parts)),
            self.demand[rows],
            self.prices.rows(rows),
            self.freq,
            self.periods_per_year,
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of one arm as a ratio of sums over products and periods: top and bottom float64 (n, T).

    good: 1 when more of it is better, -1 when less is, 0 when neither.
    """

    name: str
    unit: str
    top: Floats
    bottom: Floats
    scale: float = 1.0
    good: int = 0

    def value(self) -> float:
        """Work out the ratio; NaN when there is nothing to divide by."""
        bottom = float(self.bottom.sum())
        return float(self.top.sum()) / bottom * self.scale if bottom else float("nan")


def cut(life: Life, since: int) -> Life:
    """Leave the warm-up out."""
    parts = (life.stock, life.sold, life.lost, life.ordered, life.arrived, life.moved)
    stock, sold, lost, ordered, arrived, moved = (np.asarray(part[:, since:]) for part in parts)
    return Life(stock, sold, lost, ordered, arrived, moved, life.coming)


def figures(record: Record) -> list[Figure]:
    """List the figures of an arm."""
    life, demand, prices = record.life, record.demand, record.prices
    held = np.maximum(life.stock, 0)
    waiting = np.maximum(-life.stock, 0)
    n, total = demand.shape
    each = np.full((n, total), 1.0 / n)
    lines = np.where(life.ordered > 0, 1.0, 0.0)
    missed = life.lost if not waiting.any() else waiting
    value, left = _money(held, prices.unit), np.maximum(life.stock[:, -1], 0) + life.coming
    short = _money(missed, prices.shortage)
    cost = _money(held, prices.holding) + short + lines * prices.line[:, None]
    worth = _money(demand, prices.unit)
    end = np.broadcast_to(_money(left[:, None], prices.unit), (n, total))
    return [
        Figure("stock_units", "units", held, each, good=-1),
        Figure("stock_value", "money", value, each, good=-1),
        Figure("fill", "share", demand - life.lost, demand, good=1),
        Figure("fill_value", "share", worth - _money(life.lost, prices.unit), worth, good=1),
        Figure("lost_units", "units per period", life.lost, each, good=-1),
        Figure("order_lines", "per period", lines, each, good=-1),
        Figure("ordered_units", "units per period", life.ordered, each),
        Figure("turns", "per year", _money(life.sold, prices.unit), value, record.periods_per_year, good=1),
        Figure("holding_cost", "money per period", _money(held, prices.holding), each, good=-1),
        Figure("shortage_cost", "money per period", short, each, good=-1),
        Figure("margin", "money per period", _money(life.sold, prices.shortage), each, good=1),
        Figure("total_cost", "money per period", _known(cost, prices), each, good=-1),
        Figure("terminal_value", "money", end, each),
    ]


def summary(record: Record) -> dict[str, float]:
    """Work out an arm's figures by name."""
    return {figure.name: figure.value() for figure in figures(record)}


def _money(units: Floats, price: Floats) -> Floats:
    return np.asarray(units * np.nan_to_num(price)[:, None])


def _known(cost: Floats, prices: Prices) -> Floats:
    both = ~np.isnan(prices.holding) & ~np.isnan(prices.shortage)
    return np.asarray(cost * both[:, None])


def by_week(values: Floats, freq: Freq) -> Floats:
    """Add days up to weeks, whole ones only; weeks and months stay, (n, buckets)."""
    size = WEEK[freq]
    whole = values.shape[1] // size * size
    return np.asarray(values[:, :whole].reshape(len(values), -1, size).sum(axis=2))


def at_close(stock: Floats, freq: Freq) -> Floats:
    """Take stock at the end of each week, (n, buckets)."""
    size = WEEK[freq]
    whole = stock.shape[1] // size * size
    return np.asarray(stock[:, size - 1 : whole : size])


@dataclass(frozen=True, slots=True)
class Priced:
    """The products whose price or cost is known: how many, and their share of the units that were wanted."""

    products: int
    share: float

    @property
    def enough(self) -> bool:
        """Tell whether they stand for the firm."""
        return self.share >= MEASURABLE


def priced(record: Record, money: Floats) -> Priced:
    """Count the products whose amount (n,) is known, and what of the demand is theirs."""
    known, wanted = np.isfinite(money), record.demand.sum(axis=1)
    whole = float(wanted.sum())
    return Priced(int(known.sum()), float(wanted[known].sum()) / whole if whole else float(known.mean()))


@dataclass(frozen=True, slots=True)
class Fares:
    """How products fare under both arms, each float64 (n,): mean stock (units), share delivered, and whether worse."""

    stock: Floats
    other_stock: Floats
    fill: Floats
    other_fill: Floats
    worse: Floats

    @property
    def share(self) -> float:
        """Share of products that fare worse."""
        return float(self.worse.mean()) if self.worse.size else float("nan")


def fares(mine: Record, other: Record) -> Fares:
    """Compare product by product: worse = costs more, or without costs delivers less or holds more for no more."""
    a, b = ({f.name: f for f in figures(record)} for record in (mine, other))
    fill, other_fill = (_ratio(arm["fill"]) for arm in (a, b))
    stock, other_stock = (arm["stock_units"].top.mean(axis=1) for arm in (a, b))
    less = fill < other_fill - 1e-9
    idle = (stock > other_stock + 1e-9) & ~(fill > other_fill + 1e-9)
    dearer = a["total_cost"].top.sum(axis=1) > b["total_cost"].top.sum(axis=1) + 1e-9
    priced = np.isfinite(mine.prices.holding + mine.prices.shortage)
    worse = np.where(priced, dearer, less | idle).astype(np.float64)
    return Fares(stock, other_stock, fill, other_fill, worse)


def _ratio(figure: Figure) -> Floats:
    bottom = figure.bottom.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(bottom > 0, figure.top.sum(axis=1) / bottom, np.nan))
