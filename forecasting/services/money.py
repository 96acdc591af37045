"""Puts money on stock, plan and sales: per product and per channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from forecasting.finance import ChannelTerms, HoldingRate, StockFacts, margins, money_figures
from forecasting.finance.margins import Margins
from forecasting.models import Channel, ChannelMoney, Policy, Product, ProductMoney, Run
from forecasting.planning import ItemTerms, Plan, StockState
from forecasting.services.channels import FEES
from forecasting.services.proposals import money, needs, number
from tenants.models import Organisation

Doubles = NDArray[np.float64]

# A year of sales in the firm's own currency, by channel and product; returns take revenue and units back.
SOLD = """
SELECT channel_id, product_id, sum(units), sum(units * unit_price - COALESCE(discount, 0))
FROM forecasting_sale
WHERE sold_on > %(first)s AND sold_on <= %(last)s AND unit_price IS NOT NULL AND currency IN ('', %(currency)s)
GROUP BY 1, 2
"""
NEWEST_SALE = "SELECT product_id, max(sold_on) FROM forecasting_sale WHERE units > 0 AND sold_on <= %s GROUP BY 1"


@dataclass(frozen=True, slots=True)
class Basis:
    """What the money is computed from; products, terms, stock and plan share their rows."""

    organisation: Organisation
    policy: Policy
    products: list[Product]
    terms: ItemTerms
    stock: StockState
    plan: Plan
    as_of: date


@dataclass(frozen=True, slots=True)
class Sold:
    """A year of sales through one channel: units and revenue per product (n,), and what each unit earned."""

    channel: Channel | None
    units: Doubles
    revenue: Doubles
    margins: Margins


def read_sales(basis: Basis) -> list[Sold]:
    """Read a year of sales by channel, and take off what the channel costs."""
    row_of = {product.pk: row for row, product in enumerate(basis.products)}
    span = {"first": basis.as_of - timedelta(days=365), "last": basis.as_of, "currency": basis.organisation.currency}
    with connection.cursor() as cursor:
        cursor.execute(SOLD, span)
        cells = cursor.fetchall()
    channels = {channel.pk: channel for channel in Channel.objects.all()}
    found = []
    for key in sorted({cell[0] for cell in cells}, key=lambda pk: (pk is None, pk)):
        units, revenue = np.zeros(len(row_of)), np.zeros(len(row_of))
        for channel, product, sold, taken in cells:
            if channel == key:
                units[row_of[product]], revenue[row_of[product]] = sold, float(taken)
        with np.errstate(divide="ignore", invalid="ignore"):
            price = np.where(units > 0, revenue / units, np.nan)
        terms = _channel_terms(channels.get(key))
        found.append(Sold(channels.get(key), units, revenue, margins(price, basis.terms.unit_cost, terms)))
    return found


def _channel_terms(channel: Channel | None) -> ChannelTerms:
    """Read what a channel costs; sales that name no channel pay no fee, and the figure says so."""
    if channel is None:
        return ChannelTerms(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    fees = {name: getattr(channel, name) for name in FEES}
    return ChannelTerms(
        **{name: np.nan if fee is None else float(fee) for name, fee in fees.items()}, payment_percent=0.0
    )


def channel_rows(*, run: Run, sales: list[Sold]) -> list[ChannelMoney]:
    """Add up where each channel's money goes, over the products whose cost is known; the others are counted apart."""
    return [_channel_row(run, sold) for sold in sales]


def _channel_row(run: Run, sold: Sold) -> ChannelMoney:
    each, moving = sold.margins, sold.units > 0
    costed = moving & ~np.isnan(each.cost)

    def total(part: Doubles) -> Any:
        return money(float((part * sold.units)[costed].sum())) if costed.any() else None

    silent = [name for name in FEES if sold.channel is not None and getattr(sold.channel, name) is None]
    lacking = [*(["unit_cost"] if (moving & ~costed).any() else []), *silent]
    return ChannelMoney(
        organisation_id=run.organisation_id,
        run=run,
        channel=sold.channel,
        revenue=money(float(sold.revenue[costed].sum())),
        goods=total(each.cost),
        fees=total(each.platform + each.payment),
        shipping=total(each.shipping),
        advertising=total(each.advertising),
        margin=total(each.margin),
        left_out=money(float(sold.revenue[moving & ~costed].sum())),
        missing=needs([*lacking, *(["channel"] if sold.channel is None else [])]),
    )


def product_rows(*, run: Run, basis: Basis, sales: list[Sold]) -> list[ProductMoney]:
    """Put money on each product's stock, target and year of sales."""
    figures = money_figures(_facts(basis), _rate(basis.policy))
    sold = _sums(basis, sales)
    rows = []
    for row, product in enumerate(basis.products):
        lacking = list(dict.fromkeys([*figures.value.needs[row], *figures.freed.needs[row], *sold["needs"][row]]))
        rows.append(
            ProductMoney(
                organisation_id=run.organisation_id,
                run=run,
                product=product,
                stock_value=figures.value.each[row],
                target_value=figures.target.each[row],
                freed=figures.freed.each[row],
                needed=figures.needed.each[row],
                holding_cost=figures.holding.each[row],
                days_of_stock=number(figures.days[row]),
                turns=number(figures.turns[row]),
                gmroi=number(figures.return_on_stock[row]),
                revenue=money(sold["revenue"][row]),
                margin=money(sold["margin"][row]),
                missing=needs([name for name in lacking if name not in ("rate", "")]),
            )
        )
    return rows


def _rate(policy: Policy) -> HoldingRate:
    return HoldingRate(capital=policy.capital_rate, storage=policy.storage_rate, risk=policy.risk_rate)


def _facts(basis: Basis) -> StockFacts:
    inbound = np.zeros(len(basis.products))
    np.add.at(inbound, basis.stock.inbound_row, basis.stock.inbound_units)
    return StockFacts(
        on_hand=basis.stock.on_hand,
        inbound=inbound,
        unit_cost=basis.terms.unit_cost,
        unit_price=basis.terms.unit_price,
        demand_daily=basis.plan.demand_daily,
        min_target=basis.plan.min_target,
        max_target=basis.plan.max_target,
        average_target=basis.plan.average_target,
        days_since_sale=_days_since_sale(basis),
    )


def _days_since_sale(basis: Basis) -> Doubles:
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_SALE, [basis.as_of])
        newest = dict(cursor.fetchall())
    return np.array(
        [(basis.as_of - newest[p.pk]).days if p.pk in newest else np.inf for p in basis.products], np.float64
    )


def _sums(basis: Basis, sales: list[Sold]) -> Mapping[str, Any]:
    """Add up each product's year over its channels; the margin is absent where any channel's is."""
    n = len(basis.products)
    revenue, margin = np.zeros(n), np.zeros(n)
    lacking: list[list[str]] = [[] for _ in range(n)]
    for sold in sales:
        moving = sold.units > 0
        revenue += sold.revenue
        margin += np.where(moving, sold.margins.margin * sold.units, 0)
        for row in np.flatnonzero(moving):
            lacking[row] += sold.margins.needs[row]
    return {"revenue": revenue, "margin": margin, "needs": lacking}
