"""Each gap that the card of readiness names: its button leads to where exactly this is closed, and this counts."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from forecasting.ingest.readiness import Facts, findings
from forecasting.models import Product, StockCount, Supplier, Upload
from forecasting.queries import readiness
from tenants.isolation import tenant_scope
from tests.factories import LocationFactory, ProductFactory, SaleFactory

DAY = date(2026, 3, 2)
KNOWN = {"name": "x", "unit_cost": 1, "lead_time_days": 7}
# gap: what lacks it, and what closes it on the product's own page
TYPED = {
    "no_cost": ("NOCOST", {"unit_cost": "2.50"}),
    "no_lead_time": ("NOLEAD", {"lead_time_days": "14"}),
    "uncatalogued": ("NEW", {"name": "Tea", "category": "Food"}),
    "alike": ("007", {"replaces": "7"}),
}


@pytest.fixture
def firm(acme):
    """A firm with every gap at once."""
    with tenant_scope(acme.pk):
        made = {
            "NOCOST": ProductFactory(sku="NOCOST", **{**KNOWN, "unit_cost": None}),
            "NOLEAD": ProductFactory(sku="NOLEAD", **{**KNOWN, "lead_time_days": None}, supplier=None),
            "NEW": ProductFactory(sku="NEW", **{**KNOWN, "name": ""}, incomplete=True),
            "007": ProductFactory(sku="007", **KNOWN),
            "7": ProductFactory(sku="7", **KNOWN),
        }
        place = LocationFactory()
        SaleFactory(product=made["7"], sold_on=DAY)
        SaleFactory(product=made["7"], sold_on=DAY + timedelta(days=40), order_id="2")
        for sku in ("NOCOST", "NOLEAD", "NEW", "7"):
            StockCount.objects.create(product=made[sku], location=place, counted_at=DAY, on_hand=0 if sku == "7" else 5)
        Upload.objects.create(name="a.csv", path="a", size=1, sha256="0" * 64, by="a", state=Upload.State.DONE)
    return acme


def gaps(acme):
    with tenant_scope(acme.pk):
        facts = readiness.facts()
        return facts, {finding.fix for finding in readiness.findings(facts) if finding.fix}


def rows(page):
    """Read the card: what each gap says -> where its buttons lead."""
    card = page.split('id="readiness"')[1].split("</section>")[0]
    return [re.findall(r'href="([^"]+)"', item) for item in card.split("<li>")[1:]]


def listed(browser, address):
    """Read which products a list shows."""
    return set(re.findall(r'href="/products/([^/"]+)/"', browser.get(address).content.decode()))


def test_the_button_of_each_gap_leads_to_where_it_is_closed(firm, alice, client_for):
    browser = client_for(alice)
    _facts, open_ = gaps(firm)
    every = Facts(days=9, products=9, no_cost=1, no_lead_time=1, no_stock=1, uncatalogued=1, alike_groups=1)
    assert open_ == {finding.fix for finding in [*findings(every), *findings(Facts(counted=9, out=9))] if finding.fix}
    buttons = [links for links in rows(browser.get(reverse("uploads")).content.decode()) if links]
    assert len(buttons) == len(open_)
    leads = {address for links in buttons for address in links}
    products = reverse("products")
    for gap, (sku, _told) in TYPED.items():
        shown = listed(browser, f"{products}?show={gap}")
        assert f"{products}?show={gap}" in leads
        assert shown == ({"007", "7"} if gap == "alike" else {sku})  # those that lack it, and no others
    assert listed(browser, f"{products}?show=no_stock") == {"007"}
    assert listed(browser, f"{products}?show=out") == {"7"}
    assert {f"{products}?show=no_stock", f"{products}?show=out", reverse("uploads")} <= leads
    assert 'type="file"' in browser.get(reverse("uploads")).content.decode()  # older sales and counts come in here


@pytest.mark.parametrize("gap", TYPED)
def test_what_is_typed_there_closes_the_gap(firm, alice, client_for, gap):
    sku, told = TYPED[gap]
    browser = client_for(alice)
    page = reverse("product", args=[sku])
    form = browser.get(page).context["form"]
    kept = {name: form[name].value() for name in form.fields}
    answer = browser.post(page, {**{name: value for name, value in kept.items() if value is not None}, **told})
    assert answer.status_code == 302, answer.context["form"].errors
    assert gap not in gaps(firm)[1]
    assert listed(browser, f"{reverse('products')}?show={gap}") == set()


def test_a_suppliers_lead_time_closes_the_gap_of_its_products(firm):
    with tenant_scope(firm.pk):
        Product.objects.filter(sku="NOLEAD").update(supplier=Supplier.objects.create(code="m", lead_time_days=9))
    assert "no_lead_time" not in gaps(firm)[1]


def test_only_another_product_can_have_been_there_before(firm, alice, client_for):
    browser = client_for(alice)
    for older in ("007", "nothing"):
        answer = browser.post(reverse("product", args=["007"]), {"status": "active", "replaces": older})
        assert answer.status_code == 422
        assert "the code of another product" in answer.content.decode()
