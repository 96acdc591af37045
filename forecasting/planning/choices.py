"""What each product is planned by: its own terms, then the organisation's policy, every fallback noted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.periods import PER_YEAR
from forecasting.engine.types import Freq
from forecasting.planning.types import Floats, ItemTerms, Policy
from forecasting.words import Said, say

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Choices:
    """Settled terms of n products, float64 (n,) unless told otherwise; NaN = not known and not assumed.

    review: days. level: service level, NaN where the costs decide. holding: money per unit and period. shortage: money
    per unit missed. fixed: money per order line, 0 when none. pack: units, 0 = divisible. lot: least order, units.
    economic, fill: bool (n,), how the target is found; neither = cycle service.
    """

    review: Floats
    level: Floats
    holding: Floats
    shortage: Floats
    fixed: Floats
    pack: Floats
    lot: Floats
    economic: Flags
    fill: Flags


def settle(terms: ItemTerms, policy: Policy, freq: Freq) -> Choices:
    """Settle how each product is planned."""
    holding = holding_per_period(terms, policy, freq)
    shortage = shortage_per_unit(terms)
    economic = np.isnan(terms.service_level) & (holding > 0) & (shortage > 0) & policy.economic
    level = np.where(np.isnan(terms.service_level), policy.service_level, terms.service_level)
    whole = 1.0 if policy.whole_units else 0.0
    pack = np.where(terms.pack_size > 0, terms.pack_size, whole)
    moq = np.nan_to_num(terms.moq)
    with np.errstate(divide="ignore", invalid="ignore"):
        lot = np.where(pack > 0, np.ceil(np.round(moq / pack, 9)) * pack, moq)
    return Choices(
        review=np.where(np.isnan(terms.review_days), policy.review_days, terms.review_days),
        level=np.where(economic, np.nan, level),
        holding=holding,
        shortage=shortage,
        fixed=np.nan_to_num(terms.order_cost),
        pack=pack,
        lot=np.maximum(lot, pack),
        economic=economic,
        fill=~economic & (policy.service == "fill"),
    )


def holding_per_period(terms: ItemTerms, policy: Policy, freq: Freq) -> Floats:
    """Money to hold a unit for a period: as given, else rate * unit cost / periods per year, (n,)."""
    rate = np.where(np.isnan(terms.holding_rate), policy.holding_rate, terms.holding_rate)
    return np.where(np.isnan(terms.holding_cost), rate * terms.unit_cost / PER_YEAR[freq], terms.holding_cost)


def shortage_per_unit(terms: ItemTerms) -> Floats:
    """Money a missed unit costs: as given, else the margin when price and cost are known and it is positive, (n,)."""
    margin = terms.unit_price - terms.unit_cost
    return np.where(np.isnan(terms.shortage_cost), np.where(margin > 0, margin, np.nan), terms.shortage_cost)


def assumed(terms: ItemTerms, choices: Choices, policy: Policy, row: int) -> tuple[Said, ...]:
    """Say what stands in for the silent terms of one product."""
    said = []
    if np.isnan(terms.review_days[row]):
        said.append(
            say(
                "Orders are reviewed every day (the organisation's setting)."
                if policy.review_days == 1
                else "Orders are reviewed every %(days)g days (the organisation's setting).",
                days=policy.review_days,
            )
        )
    sampled = terms.lead_samples is not None and not np.isnan(terms.lead_samples[row]).any()
    if sampled:
        days = round(float(terms.lead_time_days[row]))
        said.append(
            say(
                "The lead time, %(days)g day, and its spread are learned from deliveries."
                if days == 1
                else "The lead time, %(days)g days, and its spread are learned from deliveries.",
                days=days,
            )
        )
    elif np.isnan(terms.lead_time_sd_days[row]):
        said.append(say("The lead time is taken as always the same: its spread is not known."))
    if choices.economic[row]:
        said += _economic(terms, policy, row)
    elif np.isnan(terms.service_level[row]):
        said.append(say("Service level %(level)g: the organisation's setting.", level=policy.service_level))
    return tuple(said)


def _economic(terms: ItemTerms, policy: Policy, row: int) -> list[Said]:
    said = [say("The service level follows from what a missed sale and a unit in stock cost.")]
    if np.isnan(terms.shortage_cost[row]):
        said.append(say("A missed sale costs the margin, price less unit cost."))
    if np.isnan(terms.holding_cost[row]) and np.isnan(terms.holding_rate[row]):
        said.append(
            say("Holding costs %(rate)g of unit cost a year (the organisation's setting).", rate=policy.holding_rate)
        )
    return said


def missing(terms: ItemTerms, on_hand: Floats, row: int) -> tuple[str, ...]:
    """Name the inputs without which a product cannot be planned."""
    needed = (("lead_time_days", terms.lead_time_days[row]), ("on_hand", on_hand[row]))
    return tuple(name for name, value in needed if np.isnan(value))
