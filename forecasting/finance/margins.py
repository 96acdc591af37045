"""What a product earns per unit and channel, after every fee that the channel takes."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from forecasting.finance.amounts import Amount, Floats, amount


@dataclass(frozen=True, slots=True)
class ChannelTerms:
    """What selling through a channel costs; shares of the price or money per unit, NaN = not known, 0 = none.

    fee_percent, payment_percent, ad_cost_percent: percent of price. fee_fixed, payment_fixed, shipping_per_unit: money
    per unit. return_rate: share of units that come back; return_cost: money lost on each.
    """

    fee_percent: float = np.nan
    fee_fixed: float = np.nan
    payment_percent: float = np.nan
    payment_fixed: float = 0.0
    shipping_per_unit: float = np.nan
    ad_cost_percent: float = np.nan
    return_rate: float = 0.0
    return_cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Margins:
    """Money per unit of n products, float64 (n,), NaN = absent; margin = price - cost - all fees.

    share: margin / price. needs: per product the inputs that are missing.
    """

    price: Floats
    cost: Floats
    platform: Floats
    payment: Floats
    shipping: Floats
    advertising: Floats
    returns: Floats
    holding: Floats
    margin: Floats
    share: Floats
    needs: tuple[tuple[str, ...], ...]


def margins(price: ArrayLike, cost: ArrayLike, channel: ChannelTerms, *, holding: ArrayLike = 0.0) -> Margins:
    """Compute the margin per unit after channel fees; a missing input leaves it absent and is named.

    price, cost: money per unit (n,). holding: money to hold a unit until it is sold, (n,).
    """
    prices, costs = np.broadcast_arrays(np.asarray(price, np.float64), np.asarray(cost, np.float64))
    held = np.broadcast_to(np.asarray(holding, np.float64), prices.shape)
    platform = prices * channel.fee_percent / 100 + channel.fee_fixed
    payment = prices * channel.payment_percent / 100 + channel.payment_fixed
    shipping = np.full(prices.shape, channel.shipping_per_unit)
    advertising = prices * channel.ad_cost_percent / 100
    returns = np.full(prices.shape, channel.return_rate * channel.return_cost)
    margin = prices - costs - platform - payment - shipping - advertising - returns - held
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(prices > 0, margin / prices, np.nan)
    needs = _needs(prices, costs, channel)
    return Margins(
        prices, costs, platform, payment, shipping, advertising, returns, np.array(held), margin, share, needs
    )


def _needs(price: Floats, cost: Floats, channel: ChannelTerms) -> tuple[tuple[str, ...], ...]:
    silent = tuple(f.name for f in fields(channel) if np.isnan(getattr(channel, f.name)))
    return tuple(
        (("unit_price",) if no_price else ()) + (("unit_cost",) if no_cost else ()) + silent
        for no_price, no_cost in zip(np.isnan(price).tolist(), np.isnan(cost).tolist(), strict=True)
    )


def margin_total(found: Margins, units: Floats, *, digits: int = 2) -> Amount:
    """Earned by selling `units` (n,) of each product: margin per unit times units, in decimals."""
    total = amount({"margin": found.margin, "units": units}, digits=digits)
    return Amount(total.each, total.total, total.left_out, found.needs)


def moved(own: Margins, market: Margins, units: Floats, share: float = 0.10) -> float:
    """Money gained when `share` of the units (n,) sold on a marketplace is sold in the own shop instead.

    Products whose margin is unknown in either channel are left out.
    """
    gain = (own.margin - market.margin) * units * share
    return float(np.nansum(gain))
