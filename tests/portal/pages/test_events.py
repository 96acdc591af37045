"""The calendar and the large orders, through the browser's door."""

import pytest

from forecasting.models import Event, OneOff
from tenants.isolation import tenant_scope
from tenants.models import AuditEntry
from tests.factories import EventFactory, OneOffFactory, ProductFactory, RunFactory, SupplierFactory

SALE = {"kind": "promotion", "name": "Sale", "first_day": "2026-12-01", "last_day": "2026-12-07"}


@pytest.fixture
def stocked(acme):
    with tenant_scope(acme.pk):
        ProductFactory(sku="0007", category="Tea")
        SupplierFactory(code="MILL", name="The mill")
    return acme


def event(firm):
    with tenant_scope(firm.pk):
        return Event.objects.select_related("supplier").get()


def test_the_calendar_tells_what_it_is_for_and_which_feasts_are_known(client_for, acme, victor):
    text = client_for(victor).get("/events/").content.decode()
    assert "Nothing planned yet" in text
    assert "Black Friday" in text and "Chinese New Year" in text
    assert "Add an event" not in text  # viewers read


def test_a_planner_writes_a_promotion_down_changes_it_and_takes_it_back(client_for, stocked, bob):
    client = client_for(bob)
    assert client.post("/events/", {**SALE, "skus": " 0007,\n0007", "categories": ["Tea"]}).status_code == 302
    made = event(stocked)
    assert (made.skus, made.categories, made.by) == (["0007"], ["Tea"], bob.email)
    assert "Tea; 0007" in client.get("/events/").content.decode()
    assert client.post(f"/events/{made.pk}/", {**SALE, "name": "Winter sale"}).status_code == 302
    assert event(stocked).name == "Winter sale"
    client.post(f"/events/{made.pk}/undo/")
    assert "Winter sale" not in client.get("/events/").content.decode()
    assert "Bring back" in client.get("/events/?show=gone").content.decode()
    client.post(f"/events/{made.pk}/undo/")
    assert event(stocked).undone_at is None
    with tenant_scope(stocked.pk):
        told = list(
            AuditEntry.objects.filter(action__startswith="event").order_by("pk").values_list("action", flat=True)
        )
    assert told == ["event.added", "event.changed", "event.taken_back", "event.brought_back"]


def test_a_supplier_is_closed(client_for, stocked, alice):
    client_for(alice).post("/events/", {**SALE, "kind": "supplier", "supplier": "MILL"})
    assert event(stocked).supplier.code == "MILL"


@pytest.mark.parametrize(
    "wrong",
    [
        {"last_day": "2026-11-30"},
        {"skus": "nothing"},
        {"kind": "supplier"},
        {"kind": "price"},
        {"name": ""},
        {"kind": "x"},
    ],
)
def test_a_wrong_event_is_told_and_not_kept(client_for, stocked, alice, wrong):
    answer = client_for(alice).post("/events/", {**SALE, **wrong})
    assert answer.status_code == 422
    assert answer.context["form"].errors
    with tenant_scope(stocked.pk):
        assert not Event.objects.exists()


def test_viewers_and_strangers_change_no_event(client_for, stocked, victor, charlie, rival):
    with tenant_scope(stocked.pk):
        made = EventFactory(name="Ours")
    assert client_for(victor).post("/events/", SALE).status_code == 403
    assert client_for(victor).post(f"/events/{made.pk}/undo/").status_code == 403
    assert client_for(charlie).get(f"/events/{made.pk}/").status_code == 404
    assert "Ours" not in client_for(charlie).get("/events/?show=past").content.decode()


@pytest.fixture
def large(stocked):
    with tenant_scope(stocked.pk):
        product = ProductFactory(sku="BIG")
        return [OneOffFactory(product=product, order_id=f"47{at}").pk for at in range(3)]


def decisions(firm):
    with tenant_scope(firm.pk):
        return list(OneOff.objects.order_by("pk").values_list("decision", flat=True))


def test_large_orders_are_decided_one_by_one_and_together(client_for, stocked, large, bob):
    client = client_for(bob)
    text = client.get("/oneoffs/").content.decode()
    assert "Kept apart until you decide" in text and "1,200" in text
    client.post("/oneoffs/", {"one": f"{large[0]}-normal"})
    assert decisions(stocked) == ["normal", "", ""]
    client.post("/oneoffs/", {"order": large[1:], "decision": "apart"})
    assert decisions(stocked) == ["normal", "apart", "apart"]
    client.post("/oneoffs/?show=all", {"one": f"{large[0]}-apart"})
    assert decisions(stocked) == ["apart"] * 3
    with tenant_scope(stocked.pk):
        assert OneOff.objects.first().by == bob.email


@pytest.mark.parametrize("body", [{}, {"decision": "apart"}, {"order": ["x"], "decision": "apart"}, {"one": "1"}])
def test_nothing_chosen_is_said_and_nothing_changes(client_for, stocked, large, alice, body):
    answer = client_for(alice).post("/oneoffs/", body)
    assert answer.status_code in (404, 422)
    assert decisions(stocked) == [""] * 3


def test_viewers_read_large_orders_and_strangers_see_none(client_for, stocked, large, victor, charlie, rival):
    assert "It is normal" not in client_for(victor).get("/oneoffs/").content.decode()
    assert client_for(victor).post("/oneoffs/", {"one": f"{large[0]}-normal"}).status_code == 403
    assert "No order stands out" in client_for(charlie).get("/oneoffs/").content.decode()
    assert client_for(charlie).post("/oneoffs/", {"one": f"{large[0]}-normal"}).status_code == 404
    assert decisions(stocked) == [""] * 3


def test_home_asks_about_large_orders(client_for, stocked, large, alice):
    with tenant_scope(stocked.pk):
        RunFactory()
    text = client_for(alice).get("/").content.decode()
    assert "Decide about 3 large orders" in text
