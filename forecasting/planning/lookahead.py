"""What a unit left over costs later on: orders to come do not make up for it in full.

The myopic order (newsvendor of the window in which it arrives) buys too much when sales are lost: the next order is
decided before the leftover is known in full. So windows to come are looked at too: each is filled to the same service
by an order that knows the sales before it, and the cost of one unit more in the first is followed along every path
until it is sold (a look-ahead as by Morton 1971; Zipkin 2008 measures what the myopic rule loses). Orders to come that
knew nothing of those sales would make a leftover seem dearer than it is, most where lead times are short.
"""

from dataclasses import dataclass

import numpy as np

from forecasting.planning import windows
from forecasting.planning.targets import Balance, Costs, Window, sample_quantile
from forecasting.planning.types import Floats, Ints
from forecasting.planning.windows import Spans

WINDOWS = 4  # orders to come that are looked at
ROUNDS = 3  # times that level and later cost are brought in line
COARSE = 3  # period ends looked at in windows to come
SAMPLE = 100  # paths on which later cost is measured


@dataclass(frozen=True, slots=True)
class Road:
    """The way ahead: cumulated demand minus inbound (n, m, P), the first window, and the periods of a cycle (n,)."""

    total: Floats
    window: Window
    spans: Spans
    cycle: Ints
    backorders: bool


def cost_level(road: Road, blur: Floats, costs: Costs) -> tuple[Floats, Floats]:
    """Level wanted above what will be there, where one more unit costs what it saves, and its later cost, (n,) each."""
    window = road.window.shifted(blur)
    thin = _thinned(road)
    later, balance = np.zeros_like(costs.holding), Balance.of(window)
    level = balance.level(window, costs, later)
    for _ in range(ROUNDS):
        later = (later + later_cost(thin, np.maximum(level, 0), costs, blur[:, : thin.total.shape[1]])) / 2
        level = balance.level(window, costs, later)
    return level, later


def later_cost(road: Road, level: Floats, costs: Costs, blur: Floats) -> Floats:
    """Money that a unit costs after the first window if it is left over there, (n,)."""
    window, spans = road.window, road.spans
    unsold = window.end + blur <= level[:, None]
    service = unsold.mean(axis=1)
    there = np.ones_like(unsold) if road.backorders else unsold
    left, cost = _left(window, level[:, None], road.backorders), np.zeros_like(level)
    for k in range(1, WINDOWS + 1):
        next_until = spans.until + road.cycle[:, None]
        spans = Spans(spans.until, next_until, spans.until_usual, spans.until_usual, spans.sampled)
        window = windows.window(road.total, spans, before=left, points=COARSE)
        known = np.take_along_axis(road.total, (k * road.cycle - 1)[:, None, None], axis=2)[:, :, 0]
        order = _next_order(window.end + blur, left, service, known, road.spans.arrive)
        held = np.zeros_like(cost)
        for weight, peak in zip(window.weight, window.peak, strict=True):
            held += (there * weight * (peak + blur <= order)).mean(axis=1)
        sold = window.end + blur > order
        cost += costs.holding * held - costs.shortage * (there * sold).mean(axis=1)
        there = there if road.backorders else there & ~sold
        left = _left(window, order, road.backorders)
    cost += costs.holding * road.cycle * (there & ~sold).mean(axis=1)
    return np.asarray(np.maximum(cost, 0) / np.maximum(service, 0.01))


def _next_order(short: Floats, left: Floats, service: Floats, known: Floats, arrive: Ints) -> Floats:
    """Order that fills the next window to the same service, (n, m), decided before what is left is known.

    known: demand minus inbound until it is decided, (n, m). As far as that tells what will be left, along a
    least-squares line, the order makes up for it; how demand goes on is not read from it. Only when orders arrive at
    once is all of what is left known: then each path is filled up on its own.
    """
    apart = known - known.mean(axis=1, keepdims=True)
    spread = (apart**2).mean(axis=1, keepdims=True)
    told = -apart * (apart * left).mean(axis=1, keepdims=True) / np.maximum(spread, 1e-9)
    blind = np.maximum(sample_quantile(short - told, service)[:, None] + told, 0)
    seen = np.maximum(sample_quantile(short + left, service)[:, None] - left, 0)
    return np.where(arrive.max(axis=1, keepdims=True) == 0, seen, blind)


def _left(window: Window, level: Floats, backorders: bool) -> Floats:
    """Stock at the end of a window that opened at a level, (n, m)."""
    return np.asarray((level if backorders else np.maximum(level, window.end)) - window.fall[-1])


def _thinned(road: Road) -> Road:
    """Keep the first paths only: later cost is a mean that needs no more."""
    m = SAMPLE
    first = road.window
    window = Window(first.fall[:, :, :m], first.peak[:, :, :m], first.weight[:, :, :m])
    usual = road.spans
    spans = Spans(usual.arrive[:, :m], usual.until[:, :m], usual.arrive_usual, usual.until_usual, usual.sampled)
    return Road(road.total[:, :m], window, spans, road.cycle, road.backorders)
