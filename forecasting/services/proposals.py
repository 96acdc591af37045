"""Turns a plan's arrays into proposals that carry their reasons."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.types import Forecast
from forecasting.models import Product, Proposal, Run
from forecasting.planning import Plan, StockState
from forecasting.words import Said, pack, say

NEEDED = {
    "lead_time_days": say("Lead time"),
    "on_hand": say("Stock on hand"),
    "unit_cost": say("Cost per unit"),
    "unit_price": say("Price per unit"),
    "currency": say("An exchange rate"),
    "channel": say("Sales channel"),
    "fee_percent": say("The channel's fee in percent"),
    "fee_fixed": say("The channel's fee per unit"),
    "shipping_per_unit": say("The channel's shipping per unit"),
    "ad_cost_percent": say("The channel's advertising in percent"),
    "payment_percent": say("The channel's payment fee in percent"),
    "payment_fixed": say("The channel's payment fee per order"),
    "return_cost": say("What handling a return costs"),
}
PERIOD_DAYS = {"D": 1.0, "W": 7.0, "M": 365.25 / 12}
FAR = 1095  # days after which "will last until" says nothing


def needs(names: tuple[str, ...] | list[str]) -> list[dict[str, Any]]:
    """Say which inputs a figure lacks; each keeps the name of its field, so that a page can lead there."""
    return [{**pack(NEEDED[name]), "field": name} for name in names]


def number(value: float) -> float | None:
    """Turn NaN and infinity into "not known"."""
    return float(value) if np.isfinite(value) else None


def money(value: float) -> Decimal | None:
    """Turn a statistic into money to the cent; absent stays absent."""
    return Decimal(str(round(float(value), 2))) if np.isfinite(value) else None


def rows(*, run: Run, products: list[Product], forecast: Forecast, plan: Plan, stock: StockState) -> list[Proposal]:
    """Make one proposal per product, also where nothing is to be ordered or something is not known."""
    inbound = np.zeros(len(products))
    np.add.at(inbound, stock.inbound_row, stock.inbound_units)
    until = lasts_until(forecast, plan.as_of, stock.on_hand + inbound)
    return [
        _row(run, product, plan, row, on_hand=stock.on_hand[row], inbound=inbound[row], until=until[row])
        for row, product in enumerate(products)
    ]


def _row(run: Run, product: Product, plan: Plan, row: int, **known: Any) -> Proposal:
    units, steps = _decided(product, plan, row)
    ordering = bool(units)
    return Proposal(
        organisation_id=run.organisation_id,
        run=run,
        product=product,
        supplier=product.supplier,
        on_hand=number(known["on_hand"]),
        inbound=float(known["inbound"]),
        safety_stock=number(plan.safety_stock[row]),
        reorder_point=number(plan.reorder_point[row]),
        order_up_to=number(plan.order_up_to[row]),
        units=units,
        order_on=_order_day(plan, row) if ordering else None,
        arrives_on=_day(plan.arrives_on[row]) if ordering else None,
        lasts_until=known["until"],
        value=product.unit_cost * Decimal(str(units)) if ordering and product.unit_cost is not None else None,
        expected_cost=money(plan.expected_cost[row]),
        passport=steps,
        missing=needs(plan.passports[row].missing),
    )


def _decided(product: Product, plan: Plan, row: int) -> tuple[float | None, list[dict[str, Any]]]:
    """Return the units proposed and the waterfall that leads there."""
    passport = plan.passports[row]
    steps = [_step(step.label, step.units, "add") for step in passport.steps]
    units = number(plan.order_units[row])
    if units and product.status == Product.Status.DISCONTINUED:
        steps.append(_step(say("Discontinued: not bought again"), -units, "add"))
        units = 0.0
    if units is not None and steps:
        steps.append(_step(say("Order"), units, "sum"))
    return units, [*steps, *({"label": pack(said), "units": None, "kind": "note"} for said in passport.assumed)]


def _step(label: Said, units: float, kind: str) -> dict[str, Any]:
    return {"label": pack(label), "units": round(float(units), 3), "kind": kind}


def _order_day(plan: Plan, row: int) -> date | None:
    """Return the day to order on: an order "at the close of the last day of the data" is placed the morning after."""
    day = _day(plan.order_on[row])
    return day and max(day, plan.as_of + timedelta(days=1))


def _day(value: np.datetime64) -> date | None:
    return None if np.isnat(value) else value.astype("datetime64[D]").item()


def lasts_until(forecast: Forecast, as_of: date, units: NDArray[np.float64]) -> list[date | None]:
    """Find the day on which what is there and coming runs out at the mean forecast; None if unknown or far off."""
    mean = np.asarray(forecast.mean, np.float64)
    used = np.cumsum(mean, axis=1)
    period = PERIOD_DAYS[forecast.freq]
    full = (used <= units[:, None]).sum(axis=1)
    found: list[date | None] = []
    for row, periods in enumerate(full.tolist()):
        before = used[row, periods - 1] if periods else 0.0
        pace = mean[row, periods] if periods < mean.shape[1] else mean[row].mean()
        if not np.isfinite(units[row]) or pace <= 0:
            found.append(None)
            continue
        days = (periods + (units[row] - before) / pace) * period
        found.append(as_of + timedelta(days=int(days)) if days < FAR else None)
    return found
