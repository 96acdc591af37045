"""What each channel's sales leave: side by side, product by product, and what moving volume would bring."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from django.db.models import F, QuerySet, Sum

from forecasting.finance import Move, move
from forecasting.finance.margins import PARTS as PAID
from forecasting.models import Channel, ChannelMoney, Run, SaleMoney

PARTS = (*PAID, "margin")
TEN_POINTS = 0.10


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a bar of 100: the number of its part, where it begins, how wide it is."""

    number: int
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Split:
    """Where each 100 of one channel's sales goes; a part that is not known is absent."""

    name: str
    revenue: Decimal | None
    parts: dict[str, float]
    missing: list[dict[str, Any]]
    left_out: Decimal | None = None
    code: str = ""
    own: bool | None = None
    money: dict[str, Decimal | None] | None = None

    @property
    def pieces(self) -> list[Piece]:
        """Lay the parts out side by side as one bar of 100, where all are known and none is a loss."""
        if not {*PARTS} - {"holding"} <= self.parts.keys() or min(self.parts.values()) < 0:
            return []
        left = 0.0
        pieces = []
        for number, name in enumerate(PARTS, start=1):
            pieces.append(Piece(number, left, self.parts.get(name, 0.0)))
            left += pieces[-1].width
        return pieces


def by_channel(run: Run) -> list[Split]:
    """Return the channels side by side, the largest first."""
    found = ChannelMoney.objects.filter(run=run).select_related("channel")
    return [_split(row) for row in found.order_by(F("revenue").desc(nulls_last=True), "pk")]


def _split(row: ChannelMoney) -> Split:
    values = {name: getattr(row, name) for name in PARTS}
    parts = {}
    if row.revenue:
        parts = {name: float(100 * value / row.revenue) for name, value in values.items() if value is not None}
    channel: Channel | None = row.channel
    return Split(
        name=str(channel) if channel else "",
        revenue=row.revenue,
        parts=parts,
        missing=list(row.missing or []),
        left_out=row.left_out,
        code=channel.code if channel else "",
        own=channel.own if channel else None,
        money=values,
    )


def pair(splits: list[Split], origin: str = "", destination: str = "") -> tuple[str, str] | None:
    """Choose the two channels to compare: those asked for, else the largest marketplace and the largest own shop."""
    codes = [one.code for one in splits if one.code]
    if origin in codes and destination in codes and origin != destination:
        return origin, destination
    if len(codes) < 2:
        return None
    market = next((one.code for one in splits if one.code and one.own is False), None)
    shop = next((one.code for one in splits if one.own and one.code != market), None)
    first = market or next(code for code in codes if code != shop)
    return first, shop or next(code for code in codes if code != first)


def moved(run: Run, origin: str, destination: str, *, share: float = TEN_POINTS) -> Move | None:
    """Compute what moving a share of all units from one channel to another would bring a year."""
    found = SaleMoney.objects.filter(run=run, units__gt=0)
    all_units = found.aggregate(sum=Sum("units"))["sum"] or 0.0
    both = found.filter(channel__code__in=(origin, destination)).values_list(
        "product_id", "channel__code", "units", "margin"
    )
    lines: dict[int, dict[str, tuple[float, float]]] = {}
    for product, code, units, margin in both:
        lines.setdefault(product, {})[code] = (units, np.nan if margin is None else float(margin))
    pairs = [(one[origin], one[destination]) for one in lines.values() if len(one) == len((origin, destination))]
    if not pairs:
        return None
    (units_from, margin_from), (units_to, margin_to) = np.array(pairs, np.float64).transpose(1, 2, 0)
    return move(units_from, margin_from, units_to, margin_to, all_units=all_units, share=share)


def products(run: Run, code: str) -> QuerySet[SaleMoney]:
    """List the products sold through a channel ("-": none that is named, "": any), the least margin first."""
    found = SaleMoney.objects.filter(run=run).select_related("product", "channel")
    named = found.filter(channel__code=code) if code else found
    chosen = found.filter(channel=None) if code == "-" else named
    return chosen.order_by(F("margin").asc(nulls_last=True), "product__sku")


def of_product(run: Run, product_id: int) -> list[SaleMoney]:
    """List what one product leaves in each channel, the most revenue first."""
    found = SaleMoney.objects.filter(run=run, product_id=product_id).select_related("channel")
    return list(found.order_by(F("revenue").desc(nulls_last=True), "pk"))
