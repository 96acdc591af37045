"""Turns what is to be made into production orders on finite capacity, and adds what they need to the proposals."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.types import Forecast
from forecasting.models import CapacityChange, Proposal, Routing, Run, WorkCentre
from forecasting.planning.production import (
    Bill,
    Capacity,
    Items,
    Need,
    Requirements,
    Waits,
    Works,
    buffers,
    low_level_codes,
    require,
    schedule,
    unkitted,
)
from forecasting.services import kits, policies
from forecasting.services.pegging import THERE, WEEKS, Basis, Book
from forecasting.services.proposals import PERIOD_DAYS
from forecasting.words import Said, pack, say

Doubles = NDArray[np.float64]
PATHS = 400  # on which components' safety stock is weighed


def follow(run: Run, basis: Basis, proposals: Sequence[Proposal]) -> None:
    """Plan what is made after the stock plan, write its orders and schedule, and put its needs into the proposals.

    Proposals are changed in place: kits are never bought, what is made is marked, components get what is needed more.
    """
    bills = kits.read()
    if not bills.lines:
        return
    _hush(proposals, bills.kits)
    keys = [product.pk for product in basis.products]
    bill = unkitted(bills.rows(keys), [key in bills.kits for key in keys])
    made = _plannable(basis, np.array([key in bills.made for key in keys], np.bool_))
    items = _items(basis, bill, made, proposals)
    required = require(bill, items)
    centres = list(WorkCentre.objects.order_by("code"))
    works = _works(basis, bill, items, centres)
    capacity = _capacity(centres, basis.start)
    found = schedule(bill, items, required, works, capacity)
    _mark(proposals, {keys[row] for row in np.flatnonzero(made)})
    _ask_more(basis, items, required, proposals)
    Book(run, basis, items, required, found).write(works, capacity, centres)


def _hush(proposals: Sequence[Proposal], kit_keys: frozenset[int]) -> None:
    """Propose nothing for kits: they lie nowhere, and their components are planned in their place."""
    note = {"label": pack(say("A kit: put together when it is sold. Its components are planned with what it sells."))}
    for proposal in proposals:
        if proposal.product_id in kit_keys:
            for name in ("on_hand", "order_on", "arrives_on", "lasts_until", "value", "unit_cost", "risk", "rank"):
                setattr(proposal, name, None)
            for name in ("safety_stock", "reorder_point", "order_up_to", "lost_margin", "lost_margin_idle"):
                setattr(proposal, name, None)
            proposal.units, proposal.missing, proposal.sensitivity = 0.0, [], {}
            proposal.passport = [{**note, "units": None, "kind": "note"}]


def _mark(proposals: Sequence[Proposal], made: set[int]) -> None:
    for proposal in proposals:
        proposal.made = proposal.product_id in made


def _plannable(basis: Basis, made: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Leave out what cannot be planned because a stock count or a lead time is missing."""
    return np.asarray(made & ~np.isnan(basis.stock.on_hand) & ~np.isnan(basis.terms.lead_time_days))


def _items(basis: Basis, bill: Bill, made: NDArray[np.bool_], proposals: Sequence[Proposal]) -> Items:
    terms, stock = basis.terms, basis.stock
    unknown = np.isnan(stock.on_hand) | np.isnan(terms.lead_time_days)
    row_of = {product.pk: row for row, product in enumerate(basis.products)}
    proposed = np.zeros(len(basis.products))
    for proposal in proposals:
        proposed[row_of[proposal.product_id]] += proposal.units or 0.0
    ending, kept = terms.discontinued, _buffers(basis, bill, made)
    return Items(
        demand=np.where(ending[:, None], 0.0, weekly(basis.forecast, WEEKS)) * ~unknown[:, None],
        on_hand=np.where(unknown, THERE, np.nan_to_num(stock.on_hand)),
        receipts=_receipts(basis),
        safety=np.where(ending | unknown, 0.0, np.maximum(np.nan_to_num(basis.plan.safety_stock), kept)),
        proposed=np.where(unknown, 0.0, proposed),
        least=np.nan_to_num(terms.moq),
        pack=np.nan_to_num(terms.pack_size),
        lead=np.ceil(np.nan_to_num(terms.lead_time_days) / 7).astype(np.int64),
        cover=np.maximum(np.round(np.nan_to_num(terms.review_days, nan=7.0) / 7), 1).astype(np.int64),
        made=made,
        running=_running(basis, bill, made),
    )


def _buffers(basis: Basis, bill: Bill, made: NDArray[np.bool_]) -> Doubles:
    """Work out what components keep against the errors of what they go into, at the service level of the firm."""
    terms, forecast = basis.terms, basis.forecast
    if forecast.draw is None:
        return np.zeros(bill.n)
    rules = policies.current()

    drawn: dict[int, Doubles] = {}

    def paths(rows: NDArray[np.int64]) -> Doubles:
        for row in rows.tolist():
            if row not in drawn:
                drawn[row] = forecast.paths(PATHS, 0, slice(row, row + 1))[0].astype(np.float64)
        return np.stack([drawn[row] for row in rows.tolist()])

    waits = Waits(
        terms.lead_time_days,
        terms.lead_time_sd_days,
        np.nan_to_num(terms.review_days, nan=rules.review_days),
        PERIOD_DAYS[forecast.freq],
    )
    return buffers(bill, made, waits, paths, np.nan_to_num(terms.service_level, nan=rules.service_level))


def weekly(forecast: Forecast, weeks: int) -> Doubles:
    """Spread the mean forecast over weeks from its first day, (n, weeks); beyond its horizon it goes on at its mean."""
    mean = np.nan_to_num(np.asarray(forecast.mean, np.float64))
    length = PERIOD_DAYS[forecast.freq]
    pace = np.concatenate([mean, mean.mean(axis=1, keepdims=True)], axis=1) / length
    period = np.minimum((np.arange(weeks * 7) / length).astype(np.int64), mean.shape[1])
    return pace[:, period].reshape(len(mean), weeks, 7).sum(axis=2)


def _week(day: np.datetime64, start: date) -> int:
    """Name the first week that opens on or after a day."""
    return max(-(-int((day - np.datetime64(start, "D")).astype(int)) // 7), 0)


def _receipts(basis: Basis) -> Doubles:
    found = np.zeros((len(basis.products), WEEKS))
    stock = basis.stock
    for row, units, day in zip(stock.inbound_row, stock.inbound_units, stock.inbound_day, strict=True):
        if (week := _week(day, basis.start)) < WEEKS:
            found[row, week] += units
    return found


def _running(basis: Basis, bill: Bill, made: NDArray[np.bool_]) -> tuple[Need, ...]:
    """Name what orders on their way will still take: those whose lead time has not begun by now."""
    stock, under = basis.stock, bill.under()
    found = []
    for row, units, day in zip(stock.inbound_row, stock.inbound_units, stock.inbound_day, strict=True):
        begins = day - np.timedelta64(int(np.nan_to_num(basis.terms.lead_time_days[row])), "D")
        if made[row] and begins >= np.datetime64(basis.start, "D") and (week := _week(begins, basis.start)) < WEEKS:
            found += [Need(-1, component, week, float(units) * quantity) for component, quantity in under[row]]
    return tuple(found)


def _works(basis: Basis, bill: Bill, items: Items, centres: Sequence[WorkCentre]) -> Works:
    row_of = {product.pk: row for row, product in enumerate(basis.products)}
    column_of = {centre.pk: column for column, centre in enumerate(centres)}
    shape = (len(row_of), len(centres))
    minutes, setup = np.zeros(shape), np.zeros(shape)
    for step in Routing.objects.all():
        if (row := row_of.get(step.product_id)) is not None and items.made[row]:
            minutes[row, column_of[step.work_centre_id]] = step.minutes_per_unit
            setup[row, column_of[step.work_centre_id]] = step.setup_minutes
    return Works(minutes, setup, _weight(basis, bill, items))


def _weight(basis: Basis, bill: Bill, items: Items) -> Doubles:
    """Weigh a unit that is late by what its sale leaves, and a component by what it holds up."""
    price, cost = basis.terms.unit_price, np.nan_to_num(basis.terms.unit_cost)
    weight = np.where(items.demand.any(axis=1), np.maximum(np.nan_to_num(price, nan=1.0) - cost, 0.01), 0.01)
    order = np.argsort(low_level_codes(bill)[bill.parent], kind="stable")
    for line in order.tolist():
        parent, part = bill.parent[line], bill.component[line]
        weight[part] = max(weight[part], weight[parent] / bill.quantity[line])
    return np.asarray(weight, np.float64)


def _capacity(centres: Sequence[WorkCentre], start: date) -> Capacity:
    column_of = {centre.pk: column for column, centre in enumerate(centres)}
    changes = [
        (column_of[change.work_centre_id], change.starts_on, change.ends_on, change.weekly_minutes)
        for change in CapacityChange.objects.order_by("pk")
    ]
    return Capacity.of([centre.weekly_minutes for centre in centres], changes, start=start, weeks=WEEKS)


def _ask_more(basis: Basis, items: Items, required: Requirements, proposals: Sequence[Proposal]) -> None:
    """Add to the proposal of each component what the orders of its parents take beyond what is there and coming."""
    of_product: dict[int, list[Proposal]] = {}
    for proposal in proposals:
        of_product.setdefault(proposal.product_id, []).append(proposal)
    for row in np.flatnonzero(required.extra > 0).tolist():
        product = basis.products[row]
        mine = [proposal for proposal in of_product.get(product.pk, []) if proposal.units is not None]
        if mine:
            chosen = max(mine, key=lambda proposal: proposal.on_hand or 0.0)
            extra = float(required.extra[row])
            _raise(chosen, extra, _reasons(basis, items, required, row, extra), basis, row)


def _reasons(basis: Basis, items: Items, required: Requirements, row: int, extra: float) -> list[tuple[Said, float]]:
    """Say for which products a component is needed until the order after this one, and what covers the rest."""
    until = int(items.lead[row] + items.cover[row])
    wanted: dict[str, float] = {}
    for need in required.needs:
        if need.component == row and need.week < until:
            sku = basis.products[required.orders[need.order].item].sku if need.order >= 0 else ""
            wanted[sku] = wanted.get(sku, 0.0) + need.units
    day = basis.start + timedelta(days=7 * until)
    steps = [
        (
            say("Needed to make %(sku)s until %(day)s", sku=sku, day=day.isoformat())
            if sku
            else say("Needed for orders in the works that have not begun"),
            units,
        )
        for sku, units in sorted(wanted.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    if items.safety[row] > 0:
        steps.append((say("Kept for the case that more is made than forecast"), float(items.safety[row])))
    rest = extra - sum(units for _, units in steps)
    return [*steps, (say("Covered by stock and orders on their way, and rounded to the lot"), rest)]


def _raise(proposal: Proposal, extra: float, reasons: list[tuple[Said, float]], basis: Basis, row: int) -> None:
    units = (proposal.units or 0.0) + extra
    each = proposal.unit_cost if proposal.unit_cost is not None else basis.products[row].unit_cost
    proposal.units = units
    proposal.order_on = proposal.order_on or basis.start
    lead = timedelta(days=float(np.nan_to_num(basis.terms.lead_time_days[row])))
    proposal.arrives_on = proposal.arrives_on or basis.start + lead
    proposal.unit_cost = each
    proposal.value = None if each is None else each * Decimal(str(units))
    added = [{"label": pack(said), "units": round(amount, 3), "kind": "add"} for said, amount in reasons]
    whole = {"label": pack(say("Order")), "units": round(units, 3), "kind": "sum"}
    steps = [step for step in proposal.passport if step["kind"] == "add"]
    notes = [step for step in proposal.passport if step["kind"] == "note"]
    proposal.passport = [*steps, *added, whole, *notes]
