"""Puts the example firm together: draw the range, draw the wishes, live the days, write the tables."""

from datetime import date
from typing import Literal

import numpy as np
import polars as pl

from forecasting.example import tables, till
from forecasting.example.dates import window_of
from forecasting.example.demand import draw_campaigns, paint, wish
from forecasting.example.firm import Firm
from forecasting.example.goods import FIRM_NAME, FIRM_NAME_ZH
from forecasting.example.life import draw_catalogue
from forecasting.example.naming import skus
from forecasting.example.truth import tell
from forecasting.example.warehouse import live

CURRENCY = "CNY"
Skill = Literal["gut", "careful"]


def generate(*, products: int = 400, seed: int = 7, today: date, years: float = 2.5, buyers: Skill = "gut") -> Firm:
    """Generate the example firm, with so many products and years of order lines that end the day before today.

    buyers: "gut", or "careful" for a firm that has little left to gain: the same wishes, another stock. The same
    arguments give the same firm. Raises ValueError for fewer than 16 products, under 60 days, or days without a known
    Chinese New Year.
    """
    window = window_of(today, years)
    catalogue = draw_catalogue(products, seed, window)
    codes = skus(catalogue, seed)
    campaigns = draw_campaigns(catalogue, seed, window)
    off = paint(campaigns, catalogue.n, window.days)
    wishes, expected = wish(catalogue, off, seed, window)
    ledger = live(catalogue, wishes, expected if buyers == "careful" else None, seed, window)
    sales, bulk = till.book(catalogue, codes, wishes, ledger, off, (seed, window))
    cancelled = tuple(sales.filter(pl.col("status") == till.CANCELLED)["line_id"].to_list())
    rng = np.random.default_rng([seed, 12])
    return Firm(
        name=FIRM_NAME,
        name_zh=FIRM_NAME_ZH,
        currency=CURRENCY,
        start=window.start,
        until=window.until,
        products=tables.products(rng, catalogue, codes, window),
        suppliers=tables.suppliers(),
        locations=tables.locations(),
        channels=tables.channels(),
        sales=sales,
        stock=tables.stock(ledger, codes, window),
        inbound=tables.inbound(catalogue, ledger, codes, window),
        events=tables.events(campaigns, codes, window),
        components=tables.components(catalogue, codes),
        truth=tell((wishes, expected), catalogue, ledger, codes, window, (bulk, cancelled)),
    )
