"""Transfers before purchases: what one place has beyond its most goes where the same product falls short."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from forecasting.planning.results import Transfer
from forecasting.planning.types import Floats, ItemTerms, Policy, StockState
from forecasting.words import say


@dataclass(frozen=True, slots=True)
class Shelves:
    """Products in places, float64 (n,): units on hand, most that should lie there, and units short of the target."""

    on_hand: Floats
    most: Floats
    need: Floats


def transfers(shelves: Shelves, terms: ItemTerms, policy: Policy, as_of: date) -> tuple[Transfer, ...]:
    """Propose moves of whole units from the fullest place to the emptiest; nothing moves that is not spare.

    A move that costs more per unit than buying the unit is not proposed.
    """
    found: list[Transfer] = []
    if not policy.transfers:
        return ()
    spare = np.where(np.isnan(shelves.on_hand - shelves.most), 0, np.maximum(shelves.on_hand - shelves.most, 0))
    short = np.where(np.isnan(shelves.need), 0, np.maximum(shelves.need, 0))
    step = 1.0 if policy.whole_units else 0.0
    placed = np.flatnonzero((terms.product >= 0) & (terms.location >= 0))
    both = np.intersect1d(terms.product[placed[spare[placed] >= 1]], terms.product[placed[short[placed] > 0.5]])
    for code in both.tolist():
        rows = placed[terms.product[placed] == code]
        for to in sorted(rows[short[rows] > 0.5].tolist(), key=lambda row: (-short[row], row)):
            for origin in sorted(rows[spare[rows] >= 1].tolist(), key=lambda row: (-spare[row], row)):
                units = min(spare[origin], np.ceil(short[to]) if step else short[to])
                units = float(np.floor(units + 1e-9) if step else units)
                if units <= 0 or origin == to or not _pays(terms, policy, to):
                    continue
                spare[origin] -= units
                short[to] = max(short[to] - units, 0)
                found.append(_transfer(terms, policy, as_of, (origin, to, units)))
    return tuple(found)


def _each(own: float, usual: float) -> float:
    return usual if np.isnan(own) else float(own)


def _pays(terms: ItemTerms, policy: Policy, to: int) -> bool:
    """Tell whether moving a unit to a place costs less than buying it; an infinite cost says: never to here."""
    cost = _each(terms.transfer_cost[to], policy.transfer_cost)
    return bool(np.isfinite(cost) and (np.isnan(terms.unit_cost[to]) or cost < terms.unit_cost[to]))


def _transfer(terms: ItemTerms, policy: Policy, as_of: date, move: tuple[int, int, float]) -> Transfer:
    origin, to, units = move
    days = _each(terms.transfer_days[to], policy.transfer_days)
    sent = as_of + timedelta(1)
    return Transfer(
        origin=origin,
        destination=to,
        units=units,
        send_on=sent,
        arrives_on=sent + timedelta(int(np.ceil(days))),
        cost=units * _each(terms.transfer_cost[to], policy.transfer_cost),
        reason=say(
            "%(units)g lies there beyond what it needs, and here it is short: moved before any is bought"
            if units == 1
            else "%(units)g lie there beyond what it needs, and here they are short: moved before any are bought",
            units=units,
        ),
    )


def joined(moves: tuple[Transfer, ...]) -> tuple[Transfer, ...]:
    """Make one move of all that goes the same way."""
    found: dict[tuple[int, int], Transfer] = {}
    for move in moves:
        way = (move.origin, move.destination)
        before = found.get(way)
        if before is not None:
            units = before.units + move.units
            reason = replace(move.reason, values={**move.reason.values, "units": units})
            move = replace(before, units=units, cost=before.cost + move.cost, reason=reason)
        found[way] = move
    return tuple(found.values())


def moved(stock: StockState, moves: tuple[Transfer, ...]) -> StockState:
    """Take transfers off where they leave, and let them come in where they go: no unit is made or lost."""
    on_hand = stock.on_hand.copy()
    for move in moves:
        on_hand[move.origin] -= move.units
    return replace(
        stock,
        on_hand=on_hand,
        inbound_row=np.concatenate([stock.inbound_row, np.array([m.destination for m in moves], np.int64)]),
        inbound_units=np.concatenate([stock.inbound_units, np.array([m.units for m in moves], np.float64)]),
        inbound_day=np.concatenate([stock.inbound_day, np.array([m.arrives_on for m in moves], "datetime64[D]")]),
    )
