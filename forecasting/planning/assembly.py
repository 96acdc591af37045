"""Putting a plan together: figures and decisions to the plan that people read, with its words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from forecasting.engine.periods import PER_YEAR
from forecasting.engine.types import Forecast
from forecasting.planning.choices import Choices, shortage_per_unit
from forecasting.planning.clock import Clock
from forecasting.planning.figures import Figures
from forecasting.planning.lots import batch, burden
from forecasting.planning.passports import Case, passport, reason
from forecasting.planning.results import Curve, Transfer
from forecasting.planning.suppliers import Rhythm, supplier_orders
from forecasting.planning.types import Floats, Ints, ItemTerms, Plan, Policy
from forecasting.words import Said


@dataclass(frozen=True, slots=True)
class Whole:
    """All products with their figures, before anything is decided across them; on_hand before transfers."""

    forecast: Forecast
    terms: ItemTerms
    on_hand: Floats
    policy: Policy
    clock: Clock
    choices: Choices
    figures: Figures
    as_of: date
    letters: tuple[tuple[str, ...], tuple[str, ...]]
    waits: tuple[Floats, Floats]
    handed: Floats
    rhythm: Rhythm
    transfers: tuple[Transfer, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided across products: units (n,), changes by kind, sentences by row, rows that joined, and figures
    of the orders as they are now.
    """

    units: Floats
    changes: Mapping[str, Floats]
    told: Mapping[int, Said]
    joined: Ints
    unit_cost: Floats
    rank: Ints
    curve: Curve | None
    cost: Floats
    missed: Floats
    capped: bool


def assemble(whole: Whole, decided: Decided) -> Plan:
    """Make the plan."""
    found, terms, choices = whole.figures, whole.terms, whole.choices
    case = _case(whole, decided)
    rows = range(len(whole.forecast.ids))
    passports = tuple(passport(case, i) for i in rows)
    period = whole.clock.days_per_period
    lot, review = np.maximum(choices.lot, batch(choices, found.rate)), choices.review / period
    safety = np.maximum(found.target - found.demand, 0)
    ordered = decided.units > 0
    arrival = whole.clock.openings[whole.clock.index(terms.lead_time_days + whole.waits[0])]
    none = np.datetime64("NaT", "D")
    worth = shortage_per_unit(terms)
    return Plan(
        ids=whole.forecast.ids,
        as_of=whole.as_of,
        safety_stock=safety,
        reorder_point=found.target,
        order_up_to=found.up_to,
        max_target=np.maximum(found.up_to, found.target + lot),
        order_units=decided.units,
        order_on=np.where(ordered, np.datetime64(whole.as_of, "D"), none),
        arrives_on=np.where(ordered, arrival, none),
        expected_cost=decided.cost,
        level=found.level,
        demand_interval=found.demand,
        demand_daily=found.rate / period,
        average_target=safety + np.maximum(np.maximum(lot, found.up_to - found.target), found.rate * review) / 2,
        reason=tuple(reason(case, i, passports[i]) for i in rows),
        passports=passports,
        risk=found.risk,
        lost_margin=worth * (found.missed_before + decided.missed),
        lost_margin_idle=worth * (found.missed_before + found.missed_idle),
        rank=decided.rank,
        unit_cost=decided.unit_cost,
        abc=whole.letters[0],
        xyz=whole.letters[1],
        transfers=whole.transfers,
        supplier_orders=supplier_orders(terms, choices, decided.units, decided.joined),
        curve=decided.curve,
    )


def _case(whole: Whole, decided: Decided) -> Case:
    found, period = whole.figures, whole.clock.days_per_period
    return Case(
        figures=found,
        terms=whole.terms,
        on_hand=whole.on_hand,
        choices=whole.choices,
        policy=whole.policy,
        as_of=whole.as_of,
        period_days=period,
        horizon=whole.forecast.mean.shape[1],
        capped=decided.capped,
        changes=decided.changes,
        handed=whole.handed,
        moved=_moved(whole),
        waits=whole.waits,
        burden=burden(whole.choices, found.rate, whole.choices.review / period, PER_YEAR[whole.forecast.freq]),
        told=decided.told,
    )


def _moved(whole: Whole) -> Floats:
    """Units that transfers bring in time for the interval, or take away, (n,)."""
    units = np.zeros(len(whole.on_hand))
    for move in whole.transfers:
        units[move.origin] -= move.units
        when = int(whole.clock.index_of(np.array([move.arrives_on], "datetime64[D]"))[0])
        units[move.destination] += move.units if when < whole.figures.until[move.destination] else 0
    return units
