"""Turns a plan's arrays into proposals that carry their reasons."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.types import Forecast
from forecasting.models import Location, Product, Proposal, Run
from forecasting.planning import Plan, StockState
from forecasting.planning.results import Curve
from forecasting.services import rates
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
PLACES = Decimal("0.0001")  # of the money that Lagom keeps
POINTS = 60  # of a curve that is kept
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


def rows(
    *,
    run: Run,
    products: list[Product],
    forecast: Forecast,
    plan: Plan,
    stock: StockState,
    places: list[Location] | None = None,
) -> list[Proposal]:
    """Make one proposal per row of the plan, also where nothing is to be ordered or something is not known.

    places: where each row lies, for a firm that keeps stock in several places.
    """
    inbound = np.zeros(len(products))
    np.add.at(inbound, stock.inbound_row, stock.inbound_units)
    until = lasts_until(forecast, plan.as_of, stock.on_hand + inbound)
    worth = rates.table(run.organisation)
    rate_of = {product.currency: worth.at(product.currency, rates.NEWEST) for product in products}
    known = zip(places or [None] * len(products), stock.on_hand, inbound, until, strict=True)
    return [
        _row(
            run,
            product,
            plan,
            row,
            place=place,
            on_hand=on_hand,
            inbound=coming,
            until=day,
            rate=rate_of[product.currency],
        )
        for row, (product, (place, on_hand, coming, day)) in enumerate(zip(products, known, strict=True))
    ]


def _row(run: Run, product: Product, plan: Plan, row: int, **known: Any) -> Proposal:
    units, steps = _decided(product, plan, row)
    ordering = bool(units)
    made = Proposal(
        organisation_id=run.organisation_id,
        run=run,
        product=product,
        location=known["place"],
        supplier=product.supplier,
        on_hand=number(known["on_hand"]),
        inbound=float(known["inbound"]),
        pace=number(plan.demand_daily[row]),
        safety_stock=number(plan.safety_stock[row]),
        reorder_point=number(plan.reorder_point[row]),
        order_up_to=number(plan.order_up_to[row]),
        units=units,
        order_on=_order_day(plan, row) if ordering else None,
        arrives_on=_day(plan.arrives_on[row]) if ordering else None,
        lasts_until=known["until"],
        expected_cost=money(plan.expected_cost[row]),
        risk=_told(plan.risk, row),
        lost_margin=_money_told(plan.lost_margin, row),
        lost_margin_idle=_money_told(plan.lost_margin_idle, row),
        rank=int(plan.rank[row]) if len(plan.rank) and plan.rank[row] else None,
        abc=plan.abc[row] if plan.abc else "",
        xyz=plan.xyz[row] if plan.xyz else "",
        level=number(plan.passports[row].level),
        interval_days=number(plan.passports[row].interval_days),
        sensitivity=_sensitivity(plan, row),
        passport=steps,
        missing=needs(plan.passports[row].missing),
    )
    if ordering:
        price(made, _each(product, _told(plan.unit_cost, row), known["rate"]), known["rate"])
    return made


def _each(product: Product, planned: float | None, rate: Decimal | None) -> Decimal | None:
    """Return what a unit costs in this order in the product's currency; the plan, with price breaks, in the firm's."""
    if planned is None or rate is None:
        return product.unit_cost
    return (Decimal(str(round(planned, 6))) / rate).quantize(PLACES)


def price(proposal: Proposal, each: Decimal | None, rate: Decimal | None) -> None:
    """Write what a proposal costs: in its product's currency, and in the firm's at a rate; absent where not known."""
    proposal.unit_cost = each
    proposal.value = None if each is None else (each * Decimal(str(proposal.units))).quantize(PLACES)
    known = proposal.value is not None and rate is not None
    proposal.home_value = (proposal.value * rate).quantize(PLACES) if known else None


def curve(drawn: Curve | None) -> dict[str, Any]:
    """Keep a curve with so many points that a picture shows no difference; nothing where nothing is bought."""
    if drawn is None or len(drawn.spent) < 2 or not drawn.spent[-1] > 0:
        return {}
    evenly = np.searchsorted(drawn.spent, np.linspace(0, drawn.spent[-1], POINTS))
    kept = np.unique(np.concatenate([[0, drawn.at, len(drawn.spent) - 1], evenly]))
    kept = kept[np.append(np.diff(drawn.spent[kept]) > 0, True)]  # of points at one amount, the last
    told = {name: getattr(drawn, name)[kept].round(4).tolist() for name in ("spent", "gain", "service")}
    return {**told, "at": int(np.abs(drawn.spent[kept] - drawn.spent[drawn.at]).argmin())}


def _told(values: NDArray[np.float64], row: int) -> float | None:
    """Read a figure that a plan may leave out whole."""
    return number(values[row]) if len(values) else None


def _money_told(values: NDArray[np.float64], row: int) -> Decimal | None:
    return money(values[row]) if len(values) else None


def _sensitivity(plan: Plan, row: int) -> dict[str, Any]:
    found = plan.sensitivity
    if found is None:
        return {}
    return {
        key: {"label": pack(what), "units": number(found.units[row, at])}
        for at, (key, what) in enumerate(zip(found.keys, found.what, strict=True))
    }


def _decided(product: Product, plan: Plan, row: int) -> tuple[float | None, list[dict[str, Any]]]:
    """Return the units proposed and the waterfall that leads there; cause: the same word in every plan."""
    passport = plan.passports[row]
    steps = [_step(step.label, step.units, "add", step.kind) for step in passport.steps]
    units = number(plan.order_units[row])
    if units and product.status == Product.Status.DISCONTINUED:
        steps.append(_step(say("Discontinued: not bought again"), -units, "add", "ended"))
        units = 0.0
    if units is not None and steps:
        steps.append(_step(say("Order"), units, "sum"))
    notes = [{"label": pack(said), "units": None, "kind": "note"} for said in (*passport.told, *passport.assumed)]
    return units, steps + notes


def _step(label: Said, units: float, kind: str, cause: str = "") -> dict[str, Any]:
    told = {"label": pack(label), "units": round(float(units), 3), "kind": kind}
    return told | {"cause": cause} if cause else told


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
