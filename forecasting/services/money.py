"""Puts money on stock, plan and sales: per product, per place and per channel."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from babel.numbers import get_currency_precision
from django.db import connection
from numpy.typing import NDArray

from forecasting.finance import HoldingRate, MoneyFigures, Split, StockFacts, money_figures, ratios
from forecasting.finance.stock import RATE_PARTS
from forecasting.models import Component, Location, Policy, Product, ProductMoney, Run, ShelfMoney
from forecasting.planning import ItemTerms, Plan, StockState
from forecasting.services import margins, rates, stock_days
from forecasting.services.proposals import money, needs, number
from tenants.models import Organisation

Doubles = NDArray[np.float64]
BATCH = 500
NEWEST_SALE = "SELECT product_id, max(sold_on) FROM forecasting_sale WHERE units > 0 AND sold_on <= %s GROUP BY 1"
OLDEST_SALE = "SELECT min(sold_on) FROM forecasting_sale WHERE units > 0 AND sold_on > %s::date - 365"
HIDDEN = ("rate", "", "last_sale")  # factors that are no input of the firm


@dataclass(frozen=True, slots=True)
class Held:
    """What lies there and what the plan says of it; products, terms, stock and plan share their rows.

    places: the place of each row, where rows are products in places.
    """

    products: list[Product]
    terms: ItemTerms
    stock: StockState
    plan: Plan
    places: list[Location] | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    """What the money of a run is computed from: the products, and their shelves where stock lies in several places."""

    organisation: Organisation
    policy: Policy
    as_of: date
    held: Held
    shelves: Held | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What was computed on the way: figures of the products, a year of stock, a year of sales."""

    figures: MoneyFigures
    days: stock_days.StockDays
    sales: margins.YearOfSales
    span: int  # days of the last year in which there were sales


def write(run: Run, basis: Basis) -> None:
    """Compute and keep the money of a run: products, places, channels; linear in products, sales and counts."""
    digits = get_currency_precision(basis.organisation.currency)
    days = stock_days.read(basis.held.products, as_of=basis.as_of)
    unsold = _days_since_sale(basis)
    figures = money_figures(_facts(basis, basis.held, days.average, unsold), _rate(basis.policy), digits=digits)
    year = margins.read(as_of=basis.as_of, rates=rates.table(basis.organisation))
    sales = margins.splitted(year, costs=_costs(basis), holding=_holding(basis, figures), digits=digits)
    found = Found(figures, days, sales, _span(basis.as_of))
    margins.keep(run, sales, basis.held.products)
    ProductMoney.objects.bulk_create(_product_rows(run, basis, found), batch_size=BATCH)
    if basis.shelves is not None:
        ShelfMoney.objects.bulk_create(_shelf_rows(run, basis, basis.shelves, found, unsold), batch_size=BATCH)


def _costs(basis: Basis) -> dict[int, Decimal | None]:
    """Return what each product costs in the firm's own money."""
    worth = rates.table(basis.organisation)
    return {p.pk: worth.home_money(p.unit_cost, p.currency, rates.NEWEST) for p in basis.held.products}


def _holding(basis: Basis, figures: MoneyFigures) -> dict[int, Decimal | None]:
    """Return what holding each product costs a year: of the year's average stock, else of what lies there now."""
    share = Decimal(repr(basis.policy.holding_rate))
    pairs = zip(figures.average.each, figures.value.each, strict=True)
    values = [average if average is not None else value for average, value in pairs]
    return {
        product.pk: None if value is None else value * share
        for product, value in zip(basis.held.products, values, strict=True)
    }


def _rate(policy: Policy) -> HoldingRate:
    return HoldingRate(capital=policy.capital_rate, storage=policy.storage_rate, risk=policy.risk_rate)


def _facts(basis: Basis, held: Held, average: Doubles, unsold: Doubles) -> StockFacts:
    inbound = np.zeros(len(held.products))
    np.add.at(inbound, held.stock.inbound_row, held.stock.inbound_units)
    return StockFacts(
        on_hand=held.stock.on_hand,
        inbound=inbound,
        unit_cost=held.terms.unit_cost,
        demand_daily=held.plan.demand_daily,
        min_target=held.plan.min_target,
        max_target=held.plan.max_target,
        average_target=held.plan.average_target,
        safety_stock=held.plan.safety_stock,
        lot=np.fmax(held.terms.moq, held.terms.pack_size),
        review_days=np.nan_to_num(held.terms.review_days, nan=basis.policy.review_days),
        days_since_sale=unsold,
        average_stock=average,
    )


def _days_since_sale(basis: Basis) -> Doubles:
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_SALE, [basis.as_of])
        newest = _with_components(dict(cursor.fetchall()))
    days = [(basis.as_of - newest[p.pk]).days if p.pk in newest else np.inf for p in basis.held.products]
    return np.array(days, np.float64)


def _with_components(newest: dict[int, date]) -> dict[int, date]:
    """Let what goes into other goods be sold when these are: it is used up, not dead."""
    lines = list(Component.objects.values_list("parent_id", "component_id").order_by("pk"))
    for _level in lines:
        before = dict(newest)
        for parent, component in lines:
            if parent in newest:
                newest[component] = max(newest.get(component, date.min), newest[parent])
        if newest == before:
            break
    return newest


def _span(as_of: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute(OLDEST_SALE, [as_of])
        oldest = cursor.fetchone()[0]
    return min(margins.YEAR, (as_of - oldest).days + 1) if oldest and oldest <= as_of else margins.YEAR


def _product_rows(run: Run, basis: Basis, found: Found) -> list[ProductMoney]:
    splits, units = found.sales.of_products(), found.sales.units_of()
    cost = basis.held.terms.unit_cost
    lost = basis.held.plan.lost_margin
    rows = []
    for row, product in enumerate(basis.held.products):
        sold = splits.get(product.pk)
        rows.append(
            ProductMoney(
                organisation_id=run.organisation_id,
                run=run,
                product=product,
                **_in_stock(found.figures, row, found.days.weeks[row] * cost[row]),
                **_turned(found, row, sold, idle=bool(splits) and sold is None),
                sell_through=_sell_through(units.get(product.pk), basis.held.stock.on_hand[row]),
                revenue=sold.revenue if sold else Decimal(0),
                goods=sold.goods if sold else Decimal(0),
                margin=sold.margin if sold else Decimal(0),
                lost_margin=money(lost[row]) if len(lost) else None,
                missing=needs(_lacking(found, row, sold, product)),
            )
        )
    return rows


def _in_stock(figures: MoneyFigures, row: int, weeks: Doubles) -> dict[str, Any]:
    """Fill the columns of a product or shelf; the holding cost is the sum of its parts to the cent."""
    parts = {name: figures.holding_parts[name].each[row] for name in RATE_PARTS}
    known = [value for value in parts.values() if value is not None]
    return {
        "stock_value": figures.value.each[row],
        "average_value": figures.average.each[row],
        "target_value": figures.target.each[row],
        "freed": figures.freed.each[row],
        "needed": figures.needed.each[row],
        "dead_value": figures.dead.each[row],
        "holding_cost": sum(known, Decimal(0)) if len(known) == len(parts) else None,
        **{f"holding_{name}": value for name, value in parts.items()},
        "days_of_stock": number(figures.days[row]),
        "floor_days": number(figures.floor[row]),
        "value_weeks": [None if value is None else round(value, 2) for value in map(number, weeks.tolist())],
    }


def _turned(found: Found, row: int, sold: Split | None, *, idle: bool) -> dict[str, float | None]:
    """Compute turns and return on stock of a year over the average stock, or over today's where days are not known.

    idle: nothing of it was sold while other products were: its stock never turns, and counts so in the firm's turns.
    """
    average, value = found.figures.average.each[row], found.figures.value.each[row]
    base = average if average is not None else value
    if idle and base:
        return {"turns": 0.0, "gmroi": 0.0}
    if sold is None or sold.goods is None or sold.returns is None or base is None:
        return {"turns": None, "gmroi": None}
    yearly = margins.YEAR / found.span
    gross = float(sold.revenue - sold.goods - sold.returns) * yearly
    return {
        "turns": number(float(ratios.turns(float(sold.goods) * yearly, float(base)))),
        "gmroi": number(float(ratios.return_on_stock(gross, float(base)))),
    }


def _sell_through(units: Decimal | None, left: float) -> float | None:
    """Compute the share sold of all that there was to sell: what was sold and what still lies there."""
    sold = float(units or 0)
    return number(float(ratios.sell_through(sold, sold + left))) if np.isfinite(left) else None


def _lacking(found: Found, row: int, sold: Split | None, product: Product) -> list[str]:
    figures = found.figures
    names = [*figures.value.needs[row], *figures.freed.needs[row], *(sold.needs if sold else ())]
    rateless = {"unit_cost": "currency"} if product.unit_cost is not None else {}
    names = [rateless.get(name, name) for name in names if name not in HIDDEN]
    if any((channel, product.pk) in found.sales.rateless for channel in [None, *found.sales.channels]):
        names.append("currency")
    return list(dict.fromkeys(names))


def _shelf_rows(run: Run, basis: Basis, shelves: Held, found: Found, unsold: Doubles) -> list[ShelfMoney]:
    """Put money on every product in every place; a shelf is as dead as its product."""
    row_of = {product.pk: row for row, product in enumerate(basis.held.products)}
    places = shelves.places or []
    keys = [(row_of[product.pk], place.pk) for product, place in zip(shelves.products, places, strict=True)]
    blank = (np.nan, np.full(stock_days.DAYS // 7, np.nan))
    days = [found.days.shelves.get(key, blank) for key in keys]
    average = np.array([mean for mean, _weeks in days], np.float64)
    since = unsold[[row for row, _place in keys]]
    digits = get_currency_precision(basis.organisation.currency)
    figures = money_figures(_facts(basis, shelves, average, since), _rate(basis.policy), digits=digits)
    return [
        ShelfMoney(
            organisation_id=run.organisation_id,
            run=run,
            product=product,
            location=places[row],
            **_in_stock(figures, row, days[row][1] * shelves.terms.unit_cost[row]),
        )
        for row, product in enumerate(shelves.products)
    ]
