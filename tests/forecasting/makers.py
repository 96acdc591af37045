"""A small maker for tests: beds of a frame and boards, frames of boards, and a set put together when it is sold."""

import datetime as dt

from forecasting import models as rows
from tests.factories import LocationFactory, ProductFactory
from tests.forecasting.running import LAST, line

GOODS = {
    "BED": {"unit_cost": 100, "unit_price": 250, "lead_time_days": 7, "review_days": 7},
    "FRAME": {"unit_cost": 40, "lead_time_days": 7, "review_days": 7},
    "BOARD": {"unit_cost": 5, "lead_time_days": 14, "review_days": 7, "pack_size": 50},
    "LAMP": {"unit_cost": 9, "lead_time_days": 14, "review_days": 7},
    "SET": {"unit_price": 300},
}
ON_HAND = {"BED": 20, "FRAME": 5, "BOARD": 60, "LAMP": 500}
LINES = [
    ("BED", "FRAME", 1, True),
    ("BED", "BOARD", 4, True),
    ("FRAME", "BOARD", 2, True),
    ("SET", "BED", 1, False),
    ("SET", "LAMP", 2, False),
]
SOLD = {"BED": 10, "SET": 5}  # a week


def furnish(minutes=600, weeks=40):
    """Make the maker's rows in the organisation in scope; minutes a week at its one bench."""
    goods = {sku: ProductFactory(sku=sku, **terms) for sku, terms in GOODS.items()}
    place = LocationFactory(code="works")
    for sku, units in ON_HAND.items():
        rows.StockCount.objects.create(product=goods[sku], location=place, counted_at=LAST, on_hand=units)
    for parent, part, units, made in LINES:
        rows.Component.objects.create(parent=goods[parent], component=goods[part], quantity=units, made=made)
    bench = rows.WorkCentre.objects.create(code="BENCH", name="Bench", weekly_minutes=minutes)
    rows.Routing.objects.create(product=goods["BED"], work_centre=bench, minutes_per_unit=20, setup_minutes=30)
    rows.Routing.objects.create(product=goods["FRAME"], work_centre=bench, minutes_per_unit=10)
    for sku, units in SOLD.items():
        for ago in range(weeks):
            line(goods[sku], LAST - dt.timedelta(weeks=ago), units, f"{sku}-{ago}")
    return goods
