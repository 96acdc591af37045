"""What sales leave once goods, every fee of the channel, returns and holding are paid: decimals that add up.

Each part is rounded to the cent, and the margin is what is left of the revenue after those rounded parts, so that
parts and margin are always the revenue, per line and in every total.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from forecasting.finance.amounts import Floats, rounded

PARTS = ("goods", "fees", "payment", "shipping", "advertising", "returns", "holding")
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class ChannelTerms:
    """What selling through a channel costs; None = not known, 0 = none.

    fee_percent, payment_percent, ad_cost_percent: percent of the price. fee_fixed, shipping_per_unit: money per unit
    sold. payment_fixed: money per order. return_cost: money to handle a unit that comes back.
    """

    fee_percent: Decimal | None = None
    fee_fixed: Decimal | None = None
    payment_percent: Decimal | None = None
    payment_fixed: Decimal | None = None
    shipping_per_unit: Decimal | None = None
    ad_cost_percent: Decimal | None = None
    return_cost: Decimal | None = None


class Sold(NamedTuple):
    """What was sold of a product: units and revenue of what went out, units and refunds of what came back.

    orders: how many payments that was; an order of several lines counts its share for each.
    """

    units: Decimal
    revenue: Decimal
    returned: Decimal = Decimal(0)
    refunds: Decimal = Decimal(0)
    orders: Decimal = Decimal(0)


class Split(NamedTuple):
    """Where revenue goes: money per part, None where not known; revenue = the parts + margin. needs: what lacks.

    holding that is not known takes nothing off the margin, and is named in needs.
    """

    revenue: Decimal
    goods: Decimal | None
    fees: Decimal | None
    payment: Decimal | None
    shipping: Decimal | None
    advertising: Decimal | None
    returns: Decimal | None
    holding: Decimal | None
    margin: Decimal | None
    needs: tuple[str, ...] = ()


def split(
    sold: Sold, unit_cost: Decimal | None, terms: ChannelTerms, holding: Decimal | None, *, digits: int = 2
) -> Split:
    """Split the revenue of a product's sales through a channel.

    goods = units x cost; fees = percent of what customers kept + fixed fee per unit; payment = percent of all that was
    paid + fixed fee per order; shipping per unit sold; advertising = percent of what was paid; returns = refunds - cost
    of the units that came back (they are sold again) + handling them; holding: money to hold what was sold, as given.
    A part with an unknown term is None, and so is the margin; but holding that is not known takes nothing off, and is
    named. A fee that nothing was charged on needs no term.
    """
    needs: list[str] = []

    def part(*factors: tuple[str, Decimal | None, Decimal]) -> Decimal | None:
        silent = [name for name, term, base in factors if term is None and base]
        needs.extend(silent)
        return None if silent else rounded(sum(((t or 0) * base for _n, t, base in factors), Decimal(0)), digits)

    revenue = rounded(sold.revenue, digits)
    goods = part(("unit_cost", unit_cost, sold.units))
    fees = part(
        ("fee_percent", terms.fee_percent, (sold.revenue - sold.refunds) / HUNDRED),
        ("fee_fixed", terms.fee_fixed, sold.units),
    )
    payment = part(
        ("payment_percent", terms.payment_percent, sold.revenue / HUNDRED),
        ("payment_fixed", terms.payment_fixed, sold.orders),
    )
    shipping = part(("shipping_per_unit", terms.shipping_per_unit, sold.units))
    advertising = part(("ad_cost_percent", terms.ad_cost_percent, sold.revenue / HUNDRED))
    back = None if unit_cost is None else -unit_cost
    returns = part(
        ("", Decimal(1), sold.refunds),
        ("unit_cost", back, sold.returned),
        ("return_cost", terms.return_cost, sold.returned),
    )
    held = None if holding is None else rounded(holding, digits)
    paid = (goods, fees, payment, shipping, advertising, returns)
    known = [value for value in paid if value is not None]
    margin = revenue - sum(known, held or Decimal(0)) if len(known) == len(paid) else None
    if held is None:
        needs.append("on_hand")
    return Split(revenue, *paid, held, margin, tuple(dict.fromkeys(needs)))


def added(splits: Iterable[Split]) -> Split:
    """Add splits up; a part is None as soon as one of its lines is: a sum that leaves lines out would read as whole.

    Holding adds what is known of it, as the margins do.
    """
    lines = list(splits)

    def total(name: str) -> Decimal | None:
        values: list[Decimal | None] = [getattr(line, name) for line in lines]
        known = [value for value in values if value is not None]
        whole = len(known) == len(values) or (name == "holding" and known)
        return sum(known, Decimal(0)) if whole else None

    needs = tuple(dict.fromkeys(name for line in lines for name in line.needs))
    revenue = sum((line.revenue for line in lines), Decimal(0))
    goods, fees, payment, shipping, advertising, returns, holding = (total(name) for name in PARTS)
    margin = total("margin")
    return Split(revenue, goods, fees, payment, shipping, advertising, returns, holding, margin, needs)


@dataclass(frozen=True, slots=True)
class Move:
    """What moving volume between two channels would bring a year.

    units: what would move, of products sold in both. gain: money. left_from, left_to: margin per unit of those
    products in each channel, weighted by what would move. products: how many they are. wanted: units asked for.
    """

    units: float
    wanted: float
    gain: float
    left_from: float
    left_to: float
    products: int


def move(
    units_from: Floats,
    margin_from: Floats,
    units_to: Floats,
    margin_to: Floats,
    *,
    all_units: float,
    share: float = 0.10,
) -> Move | None:
    """Compute what moving a share of all units from one channel to another would bring, at each product's own margins.

    units and margin, float64 (n,): a year's units and margin of n products in both channels; a product without units
    or with an unknown (NaN) margin in either is left out. Every product moves in proportion to its units:
    gain = sum of moved_i x (margin_to_i / units_to_i - margin_from_i / units_from_i). None where no product compares.
    """
    both = (units_from > 0) & (units_to > 0) & ~np.isnan(margin_from) & ~np.isnan(margin_to)
    here = float(units_from[both].sum())
    if here <= 0:
        return None
    wanted = share * all_units
    units = min(wanted, here)
    weights = units_from[both] / here
    left_from = float((weights * margin_from[both] / units_from[both]).sum())
    left_to = float((weights * margin_to[both] / units_to[both]).sum())
    return Move(units, wanted, units * (left_to - left_from), left_from, left_to, int(both.sum()))
