"""Learns from the days on which goods were ordered and came how long they take; uploaded and own orders alike."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
from django.db.models import Count, F
from django.utils import timezone
from numpy.typing import NDArray

from forecasting.models import Inbound
from forecasting.planning.leadtimes import Learned, Receipts, learn
from forecasting.planning.types import Closure, Floats

BACK = timedelta(days=2 * 365)  # older deliveries say little about the next one
OWN, SUPPLIERS = 3, 6  # deliveries of the product, or of its supplier, from which on they win over what is stated
Row = tuple[int, int | None]  # product and place


def learned(
    row_of: Mapping[Row, int],
    suppliers: Sequence[int],
    stated: Floats,
    stated_sd: Floats,
    *,
    closures: Sequence[Sequence[Closure]] = (),
    until: date | None = None,
) -> Learned | None:
    """Return what deliveries teach about each row; NaN where there were too few to win over what is stated.

    row_of: the row of a product, or of a product in a place where places are told apart; a product without a place is
    taught by the place that most of its deliveries went to. closures: of each supplier; they are no lead time. until:
    only what had come before this day. None without any delivery.
    """
    receipts = _receipts(row_of, until or timezone.localdate() + timedelta(days=1))
    if not len(receipts.product):
        return None
    found = learn(receipts, np.asarray(suppliers, np.int64), stated, stated_sd, closures)
    enough = (found.count >= OWN) | (found.count_supplier >= SUPPLIERS)
    return Learned(
        np.where(enough[:, None], found.samples, np.nan),
        np.where(enough, found.mean, np.nan),
        np.where(enough, found.sd, np.nan),
        found.weight,
        found.count,
        found.count_supplier,
    )


def _receipts(row_of: Mapping[Row, int], until: date) -> Receipts:
    came = Inbound.objects.filter(ordered_on__gte=until - BACK, received_on__gte=F("ordered_on"), received_on__lt=until)
    rows: list[int] = []
    days: list[tuple[date, date, date]] = []
    main = main_places(until)
    for product, place, *three in came.order_by("pk").values_list(
        "product_id", "location_id", "ordered_on", "expected_on", "received_on"
    ):
        row = row_of.get((product, place), row_of.get((product, None)) if place == main.get(product) else None)
        if row is not None:
            rows.append(row)
            days.append(tuple(three))
    table: NDArray[np.datetime64] = np.array(days, "datetime64[D]").reshape(-1, 3)
    return Receipts(table[:, 0], table[:, 1], table[:, 2], np.array(rows, np.int64))


def main_places(until: date) -> dict[int, int | None]:
    """Name the place that most of each product's deliveries before a day went to."""
    sent = Inbound.objects.filter(received_on__lt=until).values_list("product_id", "location_id")
    counted = sent.annotate(times=Count("pk")).order_by("product_id", "times", "location_id")
    return {product: place for product, place, _times in counted}
