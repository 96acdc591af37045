"""Writes the example firm's tables other than sales: products, suppliers, stock counts, purchases, events, kits."""

from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.example.catalogue import Catalogue, units_per_day
from forecasting.example.dates import AHEAD, Window, new_years, sales_days
from forecasting.example.demand import Campaign
from forecasting.example.goods import CATEGORIES
from forecasting.example.naming import names
from forecasting.example.partners import MAKERS, OUTLETS, PLACES, TMALL
from forecasting.example.warehouse import Ledger

Flags = NDArray[np.bool_]

SHELF_LIFE = {"Buckwheat": 720, "Cassia Seed": 720, "Rush": 1095}


def products(rng: np.random.Generator, catalogue: Catalogue, skus: list[str], window: Window) -> pl.DataFrame:
    """Write the product list, with the gaps that real lists have: a few costs and lead times are missing."""
    english, chinese = names(catalogue)
    n, supplier = catalogue.n, catalogue.supplier
    missing = rng.permutation(np.flatnonzero(~catalogue.is_kit))
    no_cost, no_lead = missing[: round(n * 0.008)], missing[len(missing) - round(n * 0.006) :]
    lead = np.array([maker.lead_days for maker in MAKERS])[supplier]
    cloth = [CATEGORIES[c].cloths[m][0] for c, m in zip(catalogue.category, catalogue.cloth, strict=True)]
    table = {
        "sku": skus,
        "name": english,
        "name_zh": chinese,
        "category": [CATEGORIES[c].name for c in catalogue.category],
        "category_zh": [CATEGORIES[c].name_zh for c in catalogue.category],
        "unit_cost": _blank(catalogue.cost.tolist(), no_cost),
        "unit_price": catalogue.price.tolist(),
        "currency": ["CNY"] * n,
        "supplier": [MAKERS[s].code for s in supplier],
        "lead_time_days": _blank(lead.tolist(), no_lead),
        "lead_time_sd_days": [MAKERS[s].lead_sd_days for s in supplier],
        "review_days": [MAKERS[s].review_days for s in supplier],
        "moq": catalogue.moq.tolist(),
        "pack_size": catalogue.pack.tolist(),
        "shelf_life_days": [SHELF_LIFE.get(word) for word in cloth],
        "service_level": _service(catalogue),
        "status": ["discontinued" if end <= window.days else "active" for end in catalogue.end],
        "replaces": [skus[row] if row >= 0 else None for row in catalogue.replaces],
    }
    return pl.DataFrame(table, schema_overrides={"replaces": pl.String, "shelf_life_days": pl.Int64})


def _blank(values: list[float] | list[int], rows: NDArray[np.int64]) -> list[float | None]:
    """Leave some cells empty."""
    gaps = set(rows.tolist())
    return [None if row in gaps else value for row, value in enumerate(values)]


def _service(catalogue: Catalogue) -> list[float | None]:
    """Set service levels as a planner would: by money sold, spares low, and most left to the firm's default."""
    money = units_per_day(catalogue) * catalogue.price
    cuts = np.quantile(money, [0.4, 0.8])
    by_rank = np.array([0.0, 0.95, 0.97])[np.searchsorted(cuts, money)]
    level = np.where(catalogue.category == len(CATEGORIES) - 1, 0.9, by_rank)
    return [float(value) or None for value in level]


def suppliers() -> pl.DataFrame:
    """Write the supplier list."""
    return pl.DataFrame(
        {
            "code": [maker.code for maker in MAKERS],
            "name": [maker.name for maker in MAKERS],
            "name_zh": [maker.name_zh for maker in MAKERS],
            "lead_time_days": [maker.lead_days for maker in MAKERS],
            "lead_time_sd_days": [maker.lead_sd_days for maker in MAKERS],
            "review_days": [maker.review_days for maker in MAKERS],
            "currency": ["CNY"] * len(MAKERS),
        }
    )


def locations() -> pl.DataFrame:
    """Write the list of warehouses."""
    return pl.DataFrame(
        {
            "code": [place.code for place in PLACES],
            "name": [place.name for place in PLACES],
            "name_zh": [place.name_zh for place in PLACES],
            "country": [place.country for place in PLACES],
            "travel_days": [place.travel_days for place in PLACES],
        }
    )


def channels() -> pl.DataFrame:
    """Write the channels with their costs: fees as shares of the money paid, shipping in CNY an order line."""
    return pl.DataFrame(
        {
            "code": [outlet.code for outlet in OUTLETS],
            "name": [outlet.name for outlet in OUTLETS],
            "name_zh": [outlet.name_zh for outlet in OUTLETS],
            "location": [PLACES[outlet.place].code for outlet in OUTLETS],
            "platform_fee": [outlet.platform_fee for outlet in OUTLETS],
            "payment_fee": [outlet.payment_fee for outlet in OUTLETS],
            "advertising": [outlet.advertising for outlet in OUTLETS],
            "shipping": [outlet.shipping for outlet in OUTLETS],
            "currency": ["CNY"] * len(OUTLETS),
        }
    )


def stock(ledger: Ledger, skus: list[str], window: Window) -> pl.DataFrame:
    """Write the counts at the close of the day before the first, of every Sunday, and of the last day.

    Available = on_hand - reserved = the ledger's closing; only on the last day are goods still waiting for the courier.
    """
    days = np.arange(window.warm - 1, window.days)
    counted = days[(days - window.warm + window.start.weekday()) % 7 == 6]
    counted = np.unique(np.concatenate([[window.warm - 1], counted, [window.days - 1]]))
    known = np.cumsum(ledger.received, axis=1, dtype=np.int64)[:, counted] + ledger.closing[:, :1] > 0
    shelf, column = np.nonzero(known)
    last = counted[column] == window.days - 1
    waiting = np.where(last, (ledger.sold[:, -1] * 0.4).astype(np.int32)[shelf], 0)
    on_hand = ledger.closing[shelf, counted[column]] + waiting
    dates = np.datetime64(window.day(0), "D") + counted[column]
    table = pl.DataFrame(
        {"row": ledger.shelves.product[shelf], "place": ledger.shelves.place[shelf], "counted_at": dates}
    )
    return table.select(
        sku=pl.Series(skus).gather(table["row"]),
        location=pl.Series([place.code for place in PLACES]).gather(table["place"]),
        counted_at="counted_at",
        on_hand=pl.Series(on_hand.astype(np.int64)),
        reserved=pl.Series(waiting.astype(np.int64)),
    ).sort("counted_at", "location", "sku")


def inbound(catalogue: Catalogue, ledger: Ledger, skus: list[str], window: Window) -> pl.DataFrame:
    """Write the purchase orders that were received in the window or are still open; received_on is empty when open."""
    book = ledger.purchases
    table = pl.DataFrame(
        {
            "order": book.order,
            "shelf": book.shelf,
            "units": book.units,
            "ordered": book.ordered,
            "expected": book.expected,
            "received": book.received,
        }
    ).filter((pl.col("received") >= window.warm) & (pl.col("ordered") < window.days))
    rows = ledger.shelves.product[table["shelf"].to_numpy()]
    places = [PLACES[p].code for p in ledger.shelves.place[table["shelf"].to_numpy()]]
    day = {name: pl.lit(window.day(0)) + pl.duration(days=name) for name in ("ordered", "expected", "received")}
    return table.select(
        order_ref=pl.format("PO-{}", (pl.col("order") + 100_000).cast(pl.String)),
        sku=pl.Series([skus[row] for row in rows], dtype=pl.String),
        location=pl.Series(places, dtype=pl.String),
        supplier=pl.Series([MAKERS[s].code for s in catalogue.supplier[rows]], dtype=pl.String),
        units=pl.col("units").cast(pl.Int64),
        ordered_on=day["ordered"],
        expected_on=day["expected"],
        received_on=pl.when(pl.col("received") < window.days).then(day["received"]),
    ).sort("ordered_on", "order_ref", "sku")


def events(campaigns: list[Campaign], skus: list[str], window: Window) -> pl.DataFrame:
    """Write the event calendar: promotions by product and channel, sales days of the marketplace, suppliers' closures.

    Past and planned; an empty sku means every product.
    """
    rows = [row for campaign in campaigns for row in _promotion(campaign, skus, window)]
    for name, first, last, percent in sales_days(window):
        sale = _event(name, "sale", window, (first, last))
        rows.append(sale | {"percent_off": percent, "channel": OUTLETS[TMALL].code})
    for day in new_years(window):
        for maker in (maker for maker in MAKERS if any(maker.closes)):
            span = (day - maker.closes[0], day + maker.closes[1])
            rows.append(_event("Chinese New Year", "closure", window, span) | {"supplier": maker.code})
    text = dict.fromkeys(("name", "kind", "sku", "channel", "supplier"), pl.String)
    table = pl.DataFrame(rows, schema={**text, "starts_on": pl.Date, "ends_on": pl.Date, "percent_off": pl.Int64})
    shown = table.filter(
        (pl.col("ends_on") >= window.start) & (pl.col("starts_on") < window.until + timedelta(days=AHEAD))
    )
    return shown.sort("starts_on", "name", "channel", "sku", "supplier")


def _promotion(campaign: Campaign, skus: list[str], window: Window) -> list[dict[str, object]]:
    """Name a campaign once for each of its products and channels."""
    event = _event(campaign.name, "promotion", window, (campaign.first, campaign.last))
    event["percent_off"] = campaign.percent
    pairs = ((channel, row) for channel in campaign.channels for row in campaign.rows)
    return [event | {"channel": OUTLETS[channel].code, "sku": skus[row]} for channel, row in pairs]


def _event(name: str, kind: str, window: Window, span: tuple[int, int]) -> dict[str, object]:
    """Name an event and its days."""
    return {"name": name, "kind": kind, "starts_on": window.day(span[0]), "ends_on": window.day(span[1])}


def components(catalogue: Catalogue, skus: list[str]) -> pl.DataFrame:
    """Write what each kit is put together from."""
    rows = [
        {"kit": skus[kit], "sku": skus[row], "units": int(units)}
        for kit, parts in zip(catalogue.kits.tolist(), catalogue.parts.tolist(), strict=True)
        for row, units in parts
        if row >= 0
    ]
    return pl.DataFrame(rows, schema={"kit": pl.String, "sku": pl.String, "units": pl.Int64})
