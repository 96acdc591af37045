"""Sells things for two years and runs a forecast in the test's own transaction."""

import datetime as dt
from types import SimpleNamespace

import numpy as np

from forecasting import models as rows
from forecasting.services import forecasts, progress
from tests.factories import LocationFactory, ProductFactory, SupplierFactory

LAST = dt.date(2026, 11, 21)  # a Saturday
WEEKS = 80


def sell(count=3, *, weeks=WEEKS, mean=12.0, seed=3):
    """Sell `count` products for so many weeks, Poisson, in a line a week each; the first is sold out for a month."""
    rng = np.random.default_rng(seed)
    supplier, place = SupplierFactory(code="MILL", lead_time_days=14), LocationFactory(code="MAIN")
    products = [
        ProductFactory(sku=f"P{i:02}", category=f"C{i % 2}", supplier=supplier, unit_cost=5, unit_price=9)
        for i in range(count)
    ]
    for product in products:
        lines = []
        for ago, units in enumerate(rng.poisson(mean, weeks).tolist()):
            if not units or (product.sku == "P00" and 10 <= ago < 14):
                continue
            day = LAST - dt.timedelta(weeks=ago)
            lines.append(line(product, day, units, f"{product.sku}-{ago}", commit=False))
        rows.Sale.objects.bulk_create(lines)
        rows.StockCount.objects.create(product=product, location=place, counted_at=LAST, on_hand=40)
    for ago in range(10, 15):
        day = LAST - dt.timedelta(weeks=ago)
        rows.StockCount.objects.create(product=products[0], location=place, counted_at=day, on_hand=0)
    return products


def line(product, day, units, order, *, commit=True, **other):
    at = dt.datetime.combine(day, dt.time(10), dt.UTC)
    made = rows.Sale(
        product=product, sold_on=day, sold_at=at, units=units, order_id=order, line_id="1", unit_price=9, **other
    )
    if commit:
        made.save()
    return made


def run(firm, **details):
    """Do one run, and return it."""
    job = rows.Job.objects.create(
        kind="run", organisation=firm, state=rows.Job.State.RUNNING, lease_until=progress.lease(), details=details
    )
    job.heartbeat = SimpleNamespace(tell=lambda news: None, stop_with=None)
    forecasts.run(job)
    return rows.Run.objects.order_by("-pk").first()  # the clock may stand still


def a_week_earlier():
    """Take the last week back: the newest sales and counts are then a week before LAST."""
    before = LAST - dt.timedelta(weeks=1)
    rows.Sale.objects.filter(sold_on=LAST).delete()
    rows.StockCount.objects.filter(counted_at=LAST).update(counted_at=before)
    return before
