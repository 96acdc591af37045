"""Learns from the days on which goods were ordered and came how long they take; uploaded and own orders alike."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
from django.db.models import F
from django.utils import timezone
from numpy.typing import NDArray

from forecasting.models import Inbound
from forecasting.planning.leadtimes import Learned, Receipts, learn
from forecasting.planning.types import Floats

BACK = timedelta(days=2 * 365)  # older deliveries say little about the next one
OWN, SUPPLIERS = 3, 6  # deliveries of the product, or of its supplier, from which on they win over what is stated
Row = tuple[int, int | None]  # product and place


def learned(row_of: Mapping[Row, int], suppliers: Sequence[int], stated: Floats, stated_sd: Floats) -> Learned | None:
    """Return what deliveries teach about each row; NaN where there were too few to win over what is stated.

    row_of: the row of a product, or of a product in a place where places are told apart. None without any delivery.
    """
    receipts = _receipts(row_of)
    if not len(receipts.product):
        return None
    found = learn(receipts, np.asarray(suppliers, np.int64), stated, stated_sd)
    enough = (found.count >= OWN) | (found.count_supplier >= SUPPLIERS)
    return Learned(
        np.where(enough[:, None], found.samples, np.nan),
        np.where(enough, found.mean, np.nan),
        np.where(enough, found.sd, np.nan),
        found.weight,
        found.count,
        found.count_supplier,
    )


def _receipts(row_of: Mapping[Row, int]) -> Receipts:
    since = timezone.localdate() - BACK
    came = Inbound.objects.filter(ordered_on__gte=since, received_on__gte=F("ordered_on"))
    rows: list[int] = []
    days: list[tuple[date, date, date]] = []
    for product, place, *three in came.order_by("pk").values_list(
        "product_id", "location_id", "ordered_on", "expected_on", "received_on"
    ):
        row = row_of.get((product, place), row_of.get((product, None)))
        if row is not None:
            rows.append(row)
            days.append(tuple(three))
    table: NDArray[np.datetime64] = np.array(days, "datetime64[D]").reshape(-1, 3)
    return Receipts(table[:, 0], table[:, 1], table[:, 2], np.array(rows, np.int64))
