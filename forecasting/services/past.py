"""Reads what the firm really did: stock by period, receipts, orders, and how long its suppliers took."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db import connection

from forecasting.engine.periods import period_index, period_starts
from forecasting.engine.types import DemandPanel
from forecasting.models import Product
from forecasting.planning.past.history import History
from forecasting.services import leadtimes, terms
from forecasting.services.oneoffs import Line
from tenants.isolation import current_organisation

Grids = tuple[np.ndarray[Any, np.dtype[np.float64]], np.ndarray[Any, np.dtype[np.float64]]]
COUNTED_EVERY = 35  # days; a product counted less often has no ledger to compare with
ENOUGH = 5  # deliveries of a supplier from which its lead time is learned

COUNTED = """
SELECT product_id, count(DISTINCT counted_at) FROM forecasting_stockcount
WHERE counted_at BETWEEN %(first)s AND %(last)s GROUP BY 1
"""
RECEIVED = """
SELECT product_id, received_on, sum(units) FROM forecasting_inbound
WHERE received_on BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
"""
ORDERED = """
SELECT product_id, ordered_on, sum(units) FROM forecasting_inbound
WHERE ordered_on BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
"""
DELIVERED = """
SELECT DISTINCT p.supplier_id, i.location_id, i.ordered_on, i.received_on
FROM forecasting_inbound i JOIN forecasting_product p ON p.id = i.product_id
WHERE i.ordered_on IS NOT NULL AND i.received_on >= i.ordered_on AND p.supplier_id IS NOT NULL
ORDER BY 1, 2, 3, 4
"""

# The day from which this firm's own records say that a product is not bought again: somebody set it so, or a file did.
GIVEN_UP = """
SELECT p.sku, max(known.day) FROM forecasting_product p JOIN (
    SELECT target AS sku, (at AT TIME ZONE 'UTC')::date AS day FROM tenants_auditentry
    WHERE organisation_id = %(firm)s AND action = 'product.changed' AND detail #>> '{status,to}' = 'discontinued'
    UNION ALL
    SELECT before ->> 'sku', (u.created_at AT TIME ZONE 'UTC')::date FROM forecasting_replacedrow r
    JOIN forecasting_upload u ON u.id = r.upload_id
    WHERE r."table" = 'forecasting_product' AND before ->> 'status' <> 'discontinued'
) known ON known.sku = p.sku WHERE p.status = 'discontinued' GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Window:
    """The periods of a replay: first one in the panel, how many, and the days that they span."""

    first: int
    total: int
    opens: date
    closes: date


def window(panel: DemandPanel, first: int, last: int) -> Window:
    """Name the days of the periods first..last of a panel."""
    starts = period_starts(panel.start, panel.freq, last + 2).astype(object)
    return Window(first, last - first + 1, starts[first], starts[last + 1] - timedelta(days=1))


def ledger(panel: DemandPanel, products: list[Product], span: Window, apart: Sequence[Line] = ()) -> History | None:
    """Read stock at the close of each period, receipts and orders; None where nothing was counted often enough.

    apart: one-off orders, which are no demand: what was bought for them is left out. One served from stock is a
    movement that meets all arms.
    """
    rows = {product.pk: row for row, product in enumerate(products)}
    days = {"first": span.opens, "last": span.closes}
    needed = max(((span.closes - span.opens).days + 1) // COUNTED_EVERY, 1)
    counted = np.zeros(len(products), np.bool_)
    for product, times in _fetched(COUNTED, days):
        counted[rows[product]] = times >= needed
    if not counted.any():
        return None
    ends = period_starts(span.opens, panel.freq, span.total + 1).astype(object)[1:]
    stock = np.stack([terms.stock(products, as_of=end - timedelta(days=1)).on_hand for end in ends], axis=1)
    stock[~counted] = np.nan
    arrived, ordered = (_by_period(text, days, rows, panel, span) for text in (RECEIVED, ORDERED))
    _leave_out(apart, rows, panel, span, (arrived, ordered))
    return History(
        stock=stock,
        arrived=arrived,
        ordered=ordered,
        took=_took(products, panel, span),
    )


def given_up() -> dict[str, date]:
    """Name the products that are discontinued, and since when that is recorded; others' days nobody knows.

    A later upload that changed anything else of a product that was bought then makes the day later, never earlier.
    """
    return dict(_fetched(GIVEN_UP, {"firm": current_organisation()}))


def _leave_out(apart: Sequence[Line], rows: dict[int, int], panel: DemandPanel, span: Window, grids: Grids) -> None:
    """Take what was bought for one-off orders off receipts and orders: received in time, and at least as much."""
    arrived, ordered = grids
    when = period_index(np.array([line.sold_on for line in apart], "datetime64[D]"), panel.start, panel.freq)
    for line, at in zip(apart, (when - span.first).tolist(), strict=True):
        row = rows.get(line.product, -1)
        came = [t for t in (at, at - 1) if row >= 0 and 0 <= t < span.total and arrived[row, t] >= line.units]
        if not came:
            continue
        arrived[row, came[0]] -= line.units
        sent = [t for t in range(came[0], -1, -1) if ordered[row, t] >= line.units]
        if sent:
            ordered[row, sent[0]] -= line.units


def _fetched(text: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return cursor.fetchall()


def _by_period(
    text: str, days: dict[str, Any], rows: dict[int, int], panel: DemandPanel, span: Window
) -> np.ndarray[Any, np.dtype[np.float64]]:
    found = np.zeros((len(rows), span.total))
    cells = _fetched(text, days)
    when = period_index(np.array([day for _, day, _ in cells], "datetime64[D]"), panel.start, panel.freq) - span.first
    for (product, _day, units), at in zip(cells, when.tolist(), strict=True):
        found[rows[product], min(max(at, 0), span.total - 1)] += units
    return found


def _took(products: list[Product], panel: DemandPanel, span: Window) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Say how many days an order placed at each opening took: those of the supplier's order nearest in time, to the
    place that most of the product goes to.
    """
    delivered: dict[tuple[int, int | None], list[tuple[date, date]]] = {}
    for supplier, place, ordered, received in _fetched(DELIVERED, {}):
        delivered.setdefault((supplier, place), []).append((ordered, received))
    main = leadtimes.main_places(span.closes)
    opens = period_starts(span.opens, panel.freq, span.total)
    found = np.full((len(products), span.total), np.nan)
    for row, product in enumerate(products):
        known = delivered.get((product.supplier_id or 0, main.get(product.pk)), [])
        if len(known) >= ENOUGH:
            ordered = np.array([one for one, _ in known], "datetime64[D]")
            days = np.array([(came - one).days for one, came in known], np.float64)
            nearest = np.abs((ordered[None, :] - opens[:, None]).astype(np.int64)).argmin(axis=1)
            found[row] = days[nearest]
    return found
