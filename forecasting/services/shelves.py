"""Plans every place of a firm on its own, where stock is kept in several."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.changes import Moved, changed
from forecasting.engine.types import Forecast
from forecasting.models import Policy, Product, Run, Transfer
from forecasting.planning import ItemTerms, Plan, StockState, combined, combined_stock
from forecasting.services import events, planned, series, terms
from forecasting.services.oneoffs import Line
from forecasting.words import pack
from tenants.models import Organisation


@dataclass(frozen=True, slots=True)
class Shelves:
    """Every product in every place: all share the rows of the series; product int64 (rows,) is the product's row."""

    series: series.Series
    terms: ItemTerms
    stock: StockState
    announced: events.Announced
    product: NDArray[np.int64]


def terms_of(
    *, organisation: Organisation, policy: Policy, apart: Sequence[Line], leave: frozenset[int] = frozenset()
) -> tuple[series.Series, ItemTerms] | None:
    """Read what is sold where, and on what terms it comes there; None while stock is kept in one place at most."""
    found = series.read_shelves(organisation=organisation, freq=policy.freq, apart=apart)
    if found is None or not found.products:
        return None
    found = planned.without(found, leave)
    return found, terms.terms(found.products, policy=policy, organisation=organisation, places=found.places)


def laid_out(
    found: series.Series,
    item_terms: ItemTerms,
    *,
    organisation: Organisation,
    products: Sequence[Product],
    horizon: int,
) -> Shelves:
    """Put stock and what is announced beside the series and terms of the shelves."""
    row_of = {product.pk: row for row, product in enumerate(products)}
    told = events.announced(found.panel, found.products, horizon, currency=organisation.currency)
    return Shelves(
        series=replace(found, panel=replace(found.panel, promo=told.promo, price=told.price)),
        terms=item_terms,
        stock=terms.stock(found.products, as_of=found.as_of, places=found.places, later=True),
        announced=told,
        product=np.array([row_of[product.pk] for product in found.products], np.int64),
    )


def follow(shelves: Shelves, forecast: Forecast, *, own: Forecast, told: Forecast) -> Forecast:
    """Move the shelves' forecast as people moved their products' (own before, told after), each by its share."""
    before, after = np.asarray(own.mean, np.float64), np.asarray(told.mean, np.float64)
    if np.array_equal(before, after):
        return forecast
    ratio = np.divide(after, before, out=np.ones_like(before), where=before > 0)
    return changed(forecast, Moved(ratio[shelves.product], np.zeros_like(ratio[shelves.product])))


def whole(shelves: Shelves, plan: Plan, products: Sequence[Product]) -> tuple[Plan, StockState]:
    """Return plan and stock per product, all places together."""
    ids = [product.sku for product in products]
    return combined(plan, shelves.product, ids), combined_stock(shelves.stock, shelves.product, len(ids))


def transfers(run: Run, shelves: Shelves, plan: Plan) -> list[Transfer]:
    """Make the rows that say what to move from where to where before more is bought."""
    places = shelves.series.places or []
    return [
        Transfer(
            organisation_id=run.organisation_id,
            run=run,
            product=shelves.series.products[move.origin],
            origin=places[move.origin],
            destination=places[move.destination],
            units=move.units,
            send_on=move.send_on,
            arrives_on=move.arrives_on,
            reason=pack(move.reason),
        )
        for move in plan.transfers
    ]
