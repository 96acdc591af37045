"""Splits a year of sales, per product and channel, into where each unit of money goes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from forecasting.finance import ChannelTerms, Rates, Sold, Split, added, split
from forecasting.models import Channel, ChannelMoney, Product, Run, SaleMoney
from forecasting.services.channels import FEES
from forecasting.services.proposals import needs

YEAR = 365
BATCH = 500

# Sales in foreign money keep their day, for their rate is of that day. One payment pays an order: each line its share.
SOLD = """
WITH lines AS (
    SELECT channel_id, product_id, currency, sold_on, units,
           units::numeric * unit_price - COALESCE(discount, 0) AS money,
           CASE WHEN units > 0 THEN 1::numeric / sum((units > 0)::int) OVER (PARTITION BY order_id) ELSE 0 END AS orders
    FROM forecasting_sale WHERE sold_on > %(first)s AND sold_on <= %(last)s AND unit_price IS NOT NULL
)
SELECT channel_id, product_id, currency, CASE WHEN currency NOT IN ('', %(home)s) THEN sold_on END AS day,
    COALESCE(sum(units) FILTER (WHERE units > 0), 0)::numeric, COALESCE(sum(money) FILTER (WHERE units > 0), 0),
    COALESCE(-sum(units) FILTER (WHERE units < 0), 0)::numeric, COALESCE(-sum(money) FILTER (WHERE units < 0), 0),
    sum(orders)
FROM lines GROUP BY 1, 2, 3, 4
"""
Key = tuple[int | None, int]  # a channel's id or None, a product's


@dataclass(frozen=True, slots=True)
class YearOfSales:
    """A year of sales in the firm's own money by channel and product; rateless: keys that have sales without a rate."""

    sold: dict[Key, Sold]
    channels: Mapping[int, Channel]
    rateless: frozenset[Key] = frozenset()
    splits: dict[Key, Split] = field(default_factory=dict)

    def units_of(self) -> dict[int, Decimal]:
        """Sum the units sold per product."""
        found: dict[int, Decimal] = {}
        for (_channel, product), sold in self.sold.items():
            found[product] = found.get(product, Decimal(0)) + sold.units
        return found

    def of_products(self) -> dict[int, Split]:
        """Add the channels of each product up."""
        lines: dict[int, list[Split]] = {}
        for (_channel, product), found in self.splits.items():
            lines.setdefault(product, []).append(found)
        return {product: added(found) for product, found in lines.items()}


def read(*, as_of: date, rates: Rates) -> YearOfSales:
    """Read the last year of priced sales; foreign money is converted at the rate of its day, or left out and told."""
    found: dict[Key, Sold] = {}
    rateless = set()
    with connection.cursor() as cursor:
        cursor.execute(SOLD, {"first": as_of - timedelta(days=YEAR), "last": as_of, "home": rates.home})
        for channel, product, currency, day, *figures in cursor.fetchall():
            units, revenue, returned, refunds, orders = figures
            rate = rates.at(currency, day or as_of)
            if rate is None:
                rateless.add((channel, product))
                continue
            line = Sold(units, revenue * rate, returned, refunds * rate, orders)
            before = found.get((channel, product))
            found[channel, product] = line if before is None else _both(before, line)
    return YearOfSales(found, {channel.pk: channel for channel in Channel.objects.all()}, frozenset(rateless))


def _both(one: Sold, other: Sold) -> Sold:
    units, revenue, returned, refunds, orders = (a + b for a, b in zip(one, other, strict=True))
    return Sold(units, revenue, returned, refunds, orders)


def terms_of(channel: Channel | None) -> ChannelTerms:
    """Read what selling through a channel costs; sales that name no channel pay no fee, and their figures say so."""
    return ChannelTerms(*[Decimal(0) if channel is None else getattr(channel, name) for name in FEES])


def splitted(
    year: YearOfSales, *, costs: Mapping[int, Decimal | None], holding: Mapping[int, Decimal | None], digits: int
) -> YearOfSales:
    """Split every product's sales in every channel; a product's yearly holding is shared out by units sold."""
    terms: dict[int | None, ChannelTerms] = {pk: terms_of(channel) for pk, channel in year.channels.items()}
    terms[None] = terms_of(None)
    units = year.units_of()
    splits = {}
    for (channel, product), sold in year.sold.items():
        held, all_units = holding.get(product), units[product]
        part = None if held is None else held * sold.units / all_units if all_units else Decimal(0)
        splits[channel, product] = split(sold, costs.get(product), terms[channel], part, digits=digits)
    return YearOfSales(year.sold, year.channels, year.rateless, splits)


def keep(run: Run, year: YearOfSales, products: Iterable[Product]) -> None:
    """Write the splits of a run, per product and channel and per channel."""
    known = {product.pk: product for product in products}
    rows = [
        SaleMoney(
            organisation_id=run.organisation_id,
            run=run,
            channel=year.channels.get(channel) if channel else None,
            product=known[product],
            units=float(year.sold[channel, product].units),
            missing=needs(_told(year, (channel, product), found, known[product])),
            **_columns(found),
        )
        for (channel, product), found in year.splits.items()
        if product in known
    ]
    SaleMoney.objects.bulk_create(rows, batch_size=BATCH)
    channels = sorted(
        {channel for channel, _product in [*year.splits, *year.rateless]}, key=lambda pk: (pk is None, pk)
    )
    ChannelMoney.objects.bulk_create(_channel_row(run, year, channel, known) for channel in channels)


def _columns(found: Split) -> dict[str, Decimal | None]:
    return {name: value for name, value in found._asdict().items() if name != "needs"}


def _told(year: YearOfSales, key: Key, found: Split, product: Product) -> list[str]:
    """Name what is missing; a cost that is there but in money without a rate lacks the rate."""
    rateless = {"unit_cost": "currency"} if product.unit_cost is not None else {}
    names = [rateless.get(name, name) for name in found.needs]
    return list(dict.fromkeys([*names, *(["currency"] if key in year.rateless else [])]))


def _channel_row(run: Run, year: YearOfSales, channel: int | None, known: Mapping[int, Product]) -> ChannelMoney:
    """Add up the products whose cost is known; the sales of the others are counted apart."""
    lines = {key: found for key, found in year.splits.items() if key[0] == channel}
    costed = {key: found for key, found in lines.items() if found.goods is not None}
    total = added(costed.values())
    told = [name for key, found in lines.items() for name in _told(year, key, found, known[key[1]])]
    rateless = ["currency"] if any(key[0] == channel for key in year.rateless) else []
    unnamed = ["channel"] if channel is None else []
    columns = _columns(total) if costed else {"revenue": Decimal(0)}
    return ChannelMoney(
        organisation_id=run.organisation_id,
        run=run,
        channel=year.channels.get(channel) if channel else None,
        units=float(sum(year.sold[key].units for key in costed)),
        left_out=sum((found.revenue for key, found in lines.items() if key not in costed), Decimal(0)),
        missing=needs(list(dict.fromkeys([*told, *rateless, *unnamed]))),
        **columns,
    )
