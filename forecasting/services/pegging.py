"""Writes what a run makes of production: orders with what goes into them and what they are for, and the schedule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from forecasting.engine.types import Forecast
from forecasting.models import Product, ProductionLoad, ProductionOrder, ProductionSlot, Run, WorkCentre
from forecasting.planning import ItemTerms, Plan, StockState
from forecasting.planning.production import Capacity, Consequence, Items, Planned, Requirements, Schedule, Works

WEEKS = 26
THERE = 1e12  # stock of what was never counted or has no lead time: it holds no order up, and the page says so
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Basis:
    """What production is planned from, a row per product, all places together."""

    products: Sequence[Product]
    forecast: Forecast
    plan: Plan
    stock: StockState
    terms: ItemTerms

    @property
    def start(self) -> date:
        """Return the day on which week 0 opens."""
        return self.forecast.start


class Book:
    """Says of each order what goes into it and which other orders it is made for, and writes all of it down."""

    def __init__(self, run: Run, basis: Basis, items: Items, required: Requirements, found: Schedule) -> None:
        self.run, self.basis, self.items, self.required, self.found = run, basis, items, required, found
        self.of_order: dict[int, list[int]] = {}
        self.of_component: dict[int, list[int]] = {}
        for at, need in enumerate(required.needs):
            self.of_order.setdefault(need.order, []).append(at)
            self.of_component.setdefault(need.component, []).append(at)

    def write(self, works: Works, capacity: Capacity, centres: Sequence[WorkCentre]) -> None:
        """Write the orders of what is made, their weeks at the work centres, and the load of these."""
        orders = self._orders()
        ProductionOrder.objects.bulk_create(orders.values())
        ProductionSlot.objects.bulk_create(self._slots(orders, works, centres))
        ProductionLoad.objects.bulk_create(self._loads(capacity, centres))

    def _opens(self, week: int) -> date:
        return self.basis.start + timedelta(days=7 * week)

    def _orders(self) -> dict[int, ProductionOrder]:
        """Make a row for every order of what is made, by its place among the requirements' orders."""
        both = enumerate(zip(self.required.orders, self.found.consequences, strict=True))
        known = [(k, order, told) for k, (order, told) in both if told is not None]
        known.sort(key=lambda one: (one[1].week, one[1].due, self.basis.products[one[1].item].sku))
        return {k: self._order(k, order, told, number) for number, (k, order, told) in enumerate(known, start=1)}

    def _order(self, k: int, order: Planned, told: Consequence, number: int) -> ProductionOrder:
        price = self.basis.terms.unit_price[order.item]
        lost = round(told.lost_units, 3)
        return ProductionOrder(
            organisation_id=self.run.organisation_id,
            run=self.run,
            product=self.basis.products[order.item],
            number=number,
            units=order.units,
            proposed=order.proposed,
            start_on=None if told.start is None else self._opens(told.start),
            due_on=self._opens(told.due + 1) - DAY,
            finish_on=None if told.finish is None else self._opens(told.finish + 1) - DAY,
            late_units=told.late_units,
            late_days=7 * told.late_weeks,
            unmade_units=told.unmade,
            lost_units=lost,
            lost_sales=Decimal(str(round(lost * float(price), 2))) if np.isfinite(price) else None,
            waits_until=self._opens(told.ready) if told.ready > order.week else None,
            needs=[self._need(at) for at in self.of_order.get(k, [])],
            serves=self._serves(k),
        )

    def _need(self, at: int) -> dict[str, Any]:
        """Say how much of a component an order takes, how much is not there when it should begin, and when it is."""
        need, (short, ready) = self.required.needs[at], self.found.met[at]
        known = {
            "sku": self.basis.products[need.component].sku,
            "units": round(need.units, 3),
            "on": self._opens(need.week).isoformat(),
            "short": round(short, 3),
        }
        if short:
            known["there"] = self._opens(ready).isoformat() if ready < WEEKS else None
        if self.items.on_hand[need.component] >= THERE:
            known["unknown"] = True
        return known

    def _serves(self, k: int) -> list[dict[str, Any]]:
        """List the orders of others that take from this one until the next of its kind is there."""
        order = self.required.orders[k]
        later = [other.due for other in self.required.orders if other.item == order.item and other.due > order.due]
        span = range(order.due, min(later, default=WEEKS))
        needs = [self.required.needs[at] for at in self.of_component.get(order.item, [])]
        return [
            {
                "sku": self.basis.products[self.required.orders[need.order].item].sku,
                "units": round(need.units, 3),
                "on": self._opens(need.week).isoformat(),
            }
            for need in needs
            if need.order >= 0 and need.week in span
        ]

    def _slots(
        self, orders: dict[int, ProductionOrder], works: Works, centres: Sequence[WorkCentre]
    ) -> list[ProductionSlot]:
        found = []
        for k, order in orders.items():
            row = self.required.orders[k].item
            for week in np.flatnonzero(self.found.made[k] > 0).tolist():
                units = float(self.found.made[k, week])
                minutes = works.minutes[row] * units + works.setup[row]
                found += [
                    ProductionSlot(
                        organisation_id=self.run.organisation_id,
                        run=self.run,
                        order=order,
                        work_centre=centre,
                        week=self._opens(week),
                        units=units,
                        minutes=float(minutes[column]),
                    )
                    for column, centre in enumerate(centres)
                    if minutes[column] > 0
                ]
        return found

    def _loads(self, capacity: Capacity, centres: Sequence[WorkCentre]) -> list[ProductionLoad]:
        return [
            ProductionLoad(
                organisation_id=self.run.organisation_id,
                run=self.run,
                work_centre=centre,
                week=self._opens(week),
                capacity=float(capacity.minutes[column, week]),
                wanted=float(self.found.wanted[column, week]),
                planned=float(self.found.load[column, week]),
            )
            for column, centre in enumerate(centres)
            for week in range(WEEKS)
        ]
