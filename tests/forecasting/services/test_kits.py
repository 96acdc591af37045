"""Kits are demand for their components: in what was sold, in what lies there, and never in what is bought."""

import csv
import uuid
from datetime import date

import numpy as np
import pytest

from forecasting.ingest.errors import Unreadable
from forecasting.ingest.fields import KINDS, columns_written
from forecasting.models import Component, Product, ReplacedRow, StockCount, Upload
from forecasting.services import kits, loading, series
from tests.factories import LocationFactory, ProductFactory, SaleFactory


@pytest.fixture
def load(in_acme, tmp_path):
    """Load rows as one upload of components."""

    def loaded(*rows):
        upload = Upload.objects.create(
            name="x", path="x", size=1, sha256=uuid.uuid4().hex * 2, by="a", kind="components"
        )
        path = tmp_path / f"{upload.pk}.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, columns_written(KINDS["components"]))
            writer.writeheader()
            for number, row in enumerate(rows, start=2):
                writer.writerow(
                    dict(zip(["row", "parent_sku", "component_sku", "quantity", "made"], [number, *row], strict=False))
                )
        mapped = {"parent_sku", "component_sku", "quantity", "made"}
        loading.load(path, kind=KINDS["components"], mapped=mapped, upload=upload.pk)
        return upload

    return loaded


def lines():
    return sorted(Component.objects.values_list("parent__sku", "component__sku", "quantity"))


def test_a_file_of_components_makes_lines_and_products_and_can_be_taken_back(load):
    ProductFactory(sku="SET")
    first = load(("SET", "CUP", 2, "false"), ("SET", "BOX", 1, "false"))
    second = load(("SET", "CUP", 3, "false"))
    assert lines() == [("SET", "BOX", 1), ("SET", "CUP", 3)]
    assert Product.objects.get(sku="CUP").incomplete
    loading.unload(upload=second.pk, kind="components")
    assert lines() == [("SET", "BOX", 1), ("SET", "CUP", 2)]
    loading.unload(upload=first.pk, kind="components")
    assert lines() == []
    assert list(Product.objects.values_list("sku", flat=True)) == ["SET"]
    assert not ReplacedRow.objects.exists()


def test_a_file_by_which_a_product_goes_into_itself_is_refused_whole(load):
    load(("SET", "CUP", 2))
    with pytest.raises(Unreadable) as wrong:
        load(("CUP", "CLAY", 1), ("CLAY", "SET", 1))
    said = wrong.value.said
    assert said.template % said.values == "CLAY goes into itself: CLAY → SET → CUP → CLAY. Take one of these lines out."


def test_who_says_nothing_is_made_when_stock_of_it_was_counted(load):
    load(("SET", "CUP", 2), ("BED", "WOOD", 4), ("DESK", "WOOD", 2, "false"), ("BOX", "CARD", 1, "true"))
    for sku in ("BED", "DESK"):
        StockCount.objects.create(
            product=Product.objects.get(sku=sku), location=LocationFactory(), counted_at=date(2026, 11, 1), on_hand=5
        )
    found = kits.read()
    skus = dict(Product.objects.values_list("pk", "sku"))
    assert {skus[pk] for pk in found.kits} == {"SET", "DESK"}
    assert {skus[pk] for pk in found.made} == {"BED", "BOX"}


def test_what_kits_sold_is_demand_for_their_parts_once(load):
    load(("GIFT", "SET", 1, "false"), ("SET", "CUP", 2, "false"), ("SET", "BOX", 1, "false"))
    gift, kit, cup, box = (Product.objects.get(sku=sku) for sku in ("GIFT", "SET", "CUP", "BOX"))
    for product, units in ((gift, 1), (kit, 10), (cup, 5)):
        SaleFactory(product=product, units=units, sold_on=date(2026, 11, 2))
    SaleFactory(product=box, units=1, sold_on=date(2026, 11, 15))
    from tenants.models import Organisation

    found = series.read(organisation=Organisation.objects.get(name="Acme"), freq="W")
    sums = dict(zip(found.panel.ids, np.nansum(found.panel.units, axis=1).tolist(), strict=True))
    assert sums == {"GIFT": 1, "SET": 10, "CUP": 27, "BOX": 12}
    assert kits.among(found.products, kits.read()).tolist() == [sku in ("GIFT", "SET") for sku in found.panel.ids]


def test_what_kits_took_since_the_count_is_no_longer_there(load):
    load(("SET", "CUP", 2, "false"))
    cup, kit = Product.objects.get(sku="CUP"), Product.objects.get(sku="SET")
    places = LocationFactory.create_batch(2)
    for place, units in zip(places, (50, 20), strict=True):
        StockCount.objects.create(product=cup, location=place, counted_at=date(2026, 11, 1), on_hand=units)
    SaleFactory(product=kit, units=3, sold_on=date(2026, 11, 1))
    SaleFactory(product=kit, units=4, sold_on=date(2026, 11, 2))
    SaleFactory(product=kit, units=1, sold_on=date(2026, 11, 2), location=places[1])
    assert kits.taken(date(2026, 11, 3)) == {(cup.pk, None): 10}
    apart = kits.taken(date(2026, 11, 3), apart=True)
    assert apart == {(cup.pk, places[0].pk): 8, (cup.pk, places[1].pk): 2}
