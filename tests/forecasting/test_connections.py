"""Fetching from shops that speak the documented protocols, through real sockets and the real job."""

from datetime import date

import pytest

from forecasting import jobs
from forecasting.models import Connection, ConnectionEntry, Job, Product, Sale, StockCount
from forecasting.services import connections
from forecasting.services.fetchers import guarded
from tenants.errors import Conflict, Invalid
from tenants.isolation import tenant_scope
from tenants.services import egress
from tests.fakes.shops import ShopifyShop, WooShop, served


def money(amount):
    return {"shopMoney": {"amount": amount}}


def line(number, sku, units, price="10.00"):
    return {
        "id": f"gid://line/{number}",
        "sku": sku,
        "title": sku,
        "variantTitle": None,
        "quantity": units,
        "originalUnitPriceSet": money(price),
        "totalDiscountSet": money("0.00"),
    }


def order(name, updated, lines, *, status="PAID", cancelled=None, refunds=(), more=()):
    return {
        "name": name,
        "createdAt": "2026-11-01T09:00:00Z",
        "updatedAt": updated,
        "cancelledAt": cancelled,
        "displayFinancialStatus": status,
        "currencyCode": "EUR",
        "sourceName": "web",
        "customer": {"id": "gid://customer/1"},
        "lineItems": {"nodes": list(lines), "pageInfo": {"hasNextPage": bool(more), "endCursor": "x"}},
        "refunds": list(refunds),
        "more": list(more),
    }


def refund(number, line_id, units, at):
    back = {"quantity": units, "lineItem": {"id": f"gid://line/{line_id}"}}
    return {"id": f"gid://refund/{number}", "createdAt": at, "refundLineItems": {"nodes": [back]}}


def variant(sku, on_hand, *, title="Default Title", tracked=True):
    level = {
        "location": {"name": "Berlin"},
        "quantities": [{"name": "on_hand", "quantity": on_hand}, {"name": "committed", "quantity": 1}],
    }
    return {
        "id": sku,
        "sku": sku,
        "title": title,
        "price": "10.00",
        "product": {"title": "Mug", "status": "ACTIVE", "productType": "Kitchen", "vendor": "Kiln"},
        "inventoryItem": {
            "tracked": tracked,
            "unitCost": {"amount": "4.10", "currencyCode": "EUR"},
            "inventoryLevels": {"nodes": [level]},
        },
    }


@pytest.fixture
def shopify():
    return ShopifyShop(
        [variant("MUG-B", 12, title="blue"), variant("MUG-R", 3, title="red"), variant("CARD", 0, tracked=False)],
        [
            order("#1001", "2026-11-01T09:00:00Z", [line(1, "MUG-B", 2), line(2, "MUG-B", 1)]),
            order("#1002", "2026-11-02T09:00:00Z", [line(3, "MUG-R", 4)], more=[line(4, "MUG-B", 5)]),
            order("#1003", "2026-11-03T09:00:00Z", [line(5, "MUG-R", 9)], cancelled="2026-11-03T09:00:00Z"),
            order(
                "#1004",
                "2026-11-09T09:00:00Z",
                [line(6, "MUG-R", 2)],
                status="PARTIALLY_REFUNDED",
                refunds=[refund(1, 6, 1, "2026-11-09T09:00:00Z")],
            ),
        ],
    )


@pytest.fixture
def firm(committed_db, acme, settings):
    settings.WEBHOOK_ALLOW_PRIVATE = True
    return acme


def connected(firm, alice, kind, address, *keys):
    with tenant_scope(firm.pk):
        return connections.connect(kind=kind, address=address, keys=list(keys), by=alice)


def fetch(firm, connection):
    job = jobs.start("pull", organisation=firm, by=None, connection=str(connection.pk), name=connection.name)
    Job.objects.filter(pk=job.pk).update(state=Job.State.RELEASED)
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def sold(firm):
    with tenant_scope(firm.pk):
        rows = Sale.objects.select_related("product").order_by("order_id", "line_id")
        return [(row.order_id, row.line_id, row.product.sku, row.units, row.sold_on.day) for row in rows]


SOLD = [
    ("#1001", "MUG-B#1", "MUG-B", 2, 1),
    ("#1001", "MUG-B#2", "MUG-B", 1, 1),
    ("#1002", "MUG-B#1", "MUG-B", 5, 1),
    ("#1002", "MUG-R#1", "MUG-R", 4, 1),
    ("#1004", "MUG-R#1", "MUG-R", 2, 1),
    ("#1004", "MUG-R#1-gid://refund/1", "MUG-R", -1, 9),
]


def test_shopify_gives_products_stock_and_orders_with_refunds_page_by_page(firm, alice, shopify):
    shopify.throttle = 2
    with served(shopify) as address:
        connection = connected(firm, alice, "shopify", address, "shpat_good")
        assert fetch(firm, connection).state == Job.State.DONE
    assert sold(firm) == SOLD
    with tenant_scope(firm.pk):
        assert dict(Product.objects.values_list("sku", "name")) == {
            "MUG-B": "Mug - blue",
            "MUG-R": "Mug - red",
            "CARD": "Mug",
        }
        counts = StockCount.objects.values_list("product__sku", "location__code", "on_hand", "reserved")
        assert sorted(counts) == [("MUG-B", "Berlin", 12, 1), ("MUG-R", "Berlin", 3, 1)]
        connection.refresh_from_db()
        assert connection.cursor == {"orders": "2026-11-09T09:00:00Z"}
        (entry,) = ConnectionEntry.objects.all()
        assert (entry.well, entry.said["values"]["counts"]) == (True, "products 3, stock 2, sales 7")


def test_the_next_turn_asks_only_for_what_changed_and_doubles_nothing(firm, alice, shopify):
    with served(shopify) as address:
        connection = connected(firm, alice, "shopify", address, "shpat_good")
        fetch(firm, connection)
        shopify.asked.clear()
        shopify.orders[0] |= {"cancelledAt": "2026-11-10T09:00:00Z", "updatedAt": "2026-11-10T09:00:00Z"}
        fetch(firm, connection)
    asked = [each["query"] for each in shopify.asked if "query" in each]
    assert set(asked) == {"updated_at:>='2026-11-09T09:00:00Z'"}
    assert sold(firm) == SOLD[2:]


def test_a_fetch_that_is_cut_off_goes_on_from_the_last_page_kept(firm, alice, shopify, monkeypatch):
    honest, kept = connections._keep, []

    def cut(job, connection, organisation, rows, reached, counts):
        if len(kept) == 3:
            raise RuntimeError("the power is gone")
        kept.append(reached)
        honest(job, connection, organisation, rows, reached, counts)

    with served(shopify) as address:
        connection = connected(firm, alice, "shopify", address, "shpat_good")
        monkeypatch.setattr(connections, "_keep", cut)
        assert fetch(firm, connection).state != Job.State.DONE
        assert sold(firm) == SOLD[:4]
        monkeypatch.setattr(connections, "_keep", honest)
        shopify.asked.clear()
        fetch(firm, connection)
    assert sold(firm) == SOLD
    assert "updated_at:>='2026-11-02T09:00:00Z'" in {each.get("query") for each in shopify.asked}


def test_a_refused_key_is_told_and_marks_the_connection(firm, alice, shopify):
    with served(shopify) as address:
        connection = connected(firm, alice, "shopify", address, "shpat_revoked")
        assert fetch(firm, connection).state == Job.State.DONE
    with tenant_scope(firm.pk):
        connection.refresh_from_db()
        assert connection.state == "failing"
        assert "refuses the key" in ConnectionEntry.objects.get().said["template"]


# ── WooCommerce ──


def woo_order(number, modified, items, *, status="completed", refunds=()):
    return {
        "id": number,
        "number": str(number),
        "status": status,
        "currency": "EUR",
        "created_via": "checkout",
        "customer_id": 7,
        "date_created_gmt": "2026-11-01T09:00:00",
        "date_modified_gmt": modified,
        "line_items": [
            {"id": 10 * number + place, "sku": sku, "quantity": units, "total": total, "name": sku}
            for place, (sku, units, total) in enumerate(items)
        ],
        "refunds": [{"id": each} for each in refunds],
    }


def woo_product(number, sku, **more):
    common = {
        "id": number,
        "sku": sku,
        "name": sku.title(),
        "type": "simple",
        "regular_price": "15",
        "categories": [],
    }
    return {**common, "manage_stock": False, "stock_quantity": None, "meta_data": [], **more}


@pytest.fixture
def woo():
    shirt = woo_product(100, "SHIRT", type="variable", variations=[101], categories=[{"name": "Clothes"}])
    medium = woo_product(101, "SHIRT-M", manage_stock=True, stock_quantity=8, attributes=[{"option": "M"}])
    medium["cost_of_goods_sold"] = {"total_value": 6.5}
    back = {"id": 900, "date_created_gmt": "2026-11-08T10:00:00"}
    back["line_items"] = [{"quantity": -1, "sku": "CAP", "meta_data": [{"key": "_refunded_item_id", "value": "170"}]}]
    return WooShop(
        [shirt, woo_product(102, "CAP")],
        {100: [medium]},
        [
            woo_order(17, "2026-11-08T10:00:00", [("CAP", 3, "45.00")], refunds=[900]),
            woo_order(18, "2026-11-02T10:00:00", [("SHIRT-M", 2, "51.00"), ("CAP", 1, "15.00")]),
            woo_order(19, "2026-11-03T10:00:00", [("CAP", 9, "135.00")], status="on-hold"),
        ],
        {17: [back]},
    )


def test_woocommerce_gives_variations_stock_and_orders_with_refunds(firm, alice, woo):
    woo.throttle, woo.broken = 1, 1
    with served(woo) as address:
        connection = connected(firm, alice, "woocommerce", f"http://{address}", "ck_good", "cs_good")
        assert fetch(firm, connection).state == Job.State.DONE
    assert sold(firm) == [
        ("17", "CAP#1", "CAP", 3, 1),
        ("17", "CAP#1-900", "CAP", -1, 8),
        ("18", "CAP#1", "CAP", 1, 1),
        ("18", "SHIRT-M#1", "SHIRT-M", 2, 1),
    ]
    with tenant_scope(firm.pk):
        shirt = Product.objects.get(sku="SHIRT-M")
        assert (shirt.name, shirt.category, float(shirt.unit_cost)) == ("Shirt - M", "Clothes", 6.5)
        assert not Product.objects.filter(sku="SHIRT").exists()
        assert [(count.product.sku, count.on_hand) for count in StockCount.objects.select_related("product")] == [
            ("SHIRT-M", 8)
        ]
        assert float(Sale.objects.get(order_id="18", line_id="SHIRT-M#1").unit_price) == 25.5


def test_woocommerce_orders_that_change_while_we_read_are_not_skipped(firm, alice, woo, monkeypatch):
    from forecasting.services.fetchers import woocommerce

    monkeypatch.setattr(woocommerce, "PAGE", 2)
    with served(woo) as address:
        connection = connected(firm, alice, "woocommerce", f"http://{address}", "ck_good", "cs_good")
        fetch(firm, connection)
        assert {order_id for order_id, *_ in sold(firm)} == {"17", "18"}
        woo.tables["orders"][1] = woo_order(18, "2026-11-12T10:00:00", [("CAP", 1, "15.00")], status="cancelled")
        woo.asked.clear()
        fetch(firm, connection)
    assert ("orders", "2026-11-08T10:00:00") in {(path, asked.get("modified_after")) for path, asked in woo.asked}
    assert [row for row in sold(firm) if row[0] == "18"] == [("18", "SHIRT-M#1", "SHIRT-M", 2, 1)]


# ── Addresses, secrets, turns ──


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("shopify", "shop.example"),
        ("shopify", "evil.example/my-shop.myshopify.com"),
        ("woocommerce", "http://shop.example"),
        ("woocommerce", "https://127.0.0.1"),
        ("woocommerce", "https://169.254.169.254/latest"),
        ("woocommerce", "https://user:pass@shop.example"),
        ("drop", "https://shop.example"),
    ],
)
def test_only_a_shops_own_public_address_is_taken(acme, alice, kind, address):
    with tenant_scope(acme.pk), pytest.raises(Invalid):
        connections.connect(kind=kind, address=address, keys=["a", "b"], by=alice)


def test_a_public_name_that_leads_inside_is_refused_when_it_is_fetched(monkeypatch):
    inside = [(2, 1, 6, "", ("10.0.0.5", 443))]
    monkeypatch.setattr(egress.socket, "getaddrinfo", lambda *_args, **_options: inside)
    with pytest.raises(egress.Refused):
        guarded.request("GET", "https://shop.example/wp-json/wc/v3/orders")


def test_keys_are_sealed_in_the_table_and_gone_when_the_shop_is_removed(acme, alice):
    with tenant_scope(acme.pk):
        connection = connections.connect(kind="shopify", address="a-b.myshopify.com", keys=["shpat_secret"], by=alice)
        assert "shpat_secret" not in connection.secret
        with pytest.raises(Conflict):
            connections.connect(kind="shopify", address="https://A-B.myshopify.com/", keys=["x"], by=alice)
        connections.remove(connection=connection, by=alice)
        assert Connection.objects.get().secret == ""
        assert connections.every() == []


def test_each_shop_has_its_turn_every_hour_and_a_paused_one_none(acme, alice, time_machine):
    time_machine.move_to("2026-11-23T10:00:00Z", tick=False)
    with tenant_scope(acme.pk):
        first = connections.connect(kind="shopify", address="a.myshopify.com", keys=["x"], by=alice)
        second = connections.connect(kind="shopify", address="b.myshopify.com", keys=["x"], by=alice)
        connections.set_paused(connection=second, paused=True, by=alice)
    jobs.pull_due()
    jobs.pull_due()  # a turn that waits is not doubled
    assert [job.details["name"] for job in Job.objects.filter(kind="pull")] == ["a.myshopify.com"]
    Job.objects.filter(kind="pull").delete()
    with tenant_scope(acme.pk):
        Connection.objects.filter(pk=first.pk).update(used_at="2026-11-23T09:30:00Z")
        assert connections.due() == []
    time_machine.move_to("2026-11-23T10:31:00Z", tick=False)
    with tenant_scope(acme.pk):
        assert [each.pk for each in connections.due()] == [first.pk]


def test_an_order_loaded_from_the_export_and_fetched_again_is_one_order(firm, alice, shopify):
    from forecasting.services import intake

    shopify.orders[:] = shopify.orders[:1]
    row = {"order_id": "#1001", "line_id": "MUG-B#1", "sku": "MUG-B", "sold_at": "2026-11-01T09:00:00Z", "units": 2}
    with tenant_scope(firm.pk):
        intake.upsert([row], kind="sales", organisation=firm, by=alice)
    with served(shopify) as address:
        fetch(firm, connected(firm, alice, "shopify", address, "shpat_good"))
    assert sold(firm) == SOLD[:2]
    with tenant_scope(firm.pk):
        assert Sale.objects.filter(sold_on=date(2026, 11, 1)).count() == 2
