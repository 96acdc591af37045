"""What programs change of the firm, its rules, suppliers and works, through the services of the pages."""

import pytest

from forecasting.models import CapacityChange, Policy, PriceBreak, Routing, Supplier, Upload, WorkCentre
from tenants.isolation import tenant_scope
from tenants.models import AuditEntry, Organisation
from tests.factories import ProductFactory, SupplierFactory, UploadFactory
from tests.forecasting.makers import furnish
from tests.forecasting.running import run


@pytest.fixture
def key(acme, key_for):
    return key_for(acme)


def audited(acme):
    with tenant_scope(acme.pk):
        return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def results(answer):
    assert answer.status == 200, answer.content
    return answer.said["results"]


def test_the_firm_is_renamed_and_told_when_to_plan_by_itself(call, acme, key):
    change = {"name": "Acme Trading", "time_zone": "Asia/Shanghai", "auto_hour": 3, "auto_runs": False}
    changed = call(key, "PATCH", "organisation", change)
    assert changed.status == 200, changed.content
    assert {name: changed.said[name] for name in change} == change
    assert call(key, "GET", "organisation").said["name"] == "Acme Trading"
    firm = Organisation.objects.get(pk=acme.pk)
    assert (firm.name, firm.auto_hour, firm.currency) == ("Acme Trading", 3, "EUR")
    assert audited(acme)[-1] == "organisation.changed"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Base"),
        ("country", "XX"),
        ("currency", "XXZ"),
        ("currency", "euro"),
        ("auto_hour", 24),
        ("language", "tlh"),
    ],
)
def test_a_firm_that_cannot_be_is_refused_by_field(call, acme, key, field, value):
    refused = call(key, "PATCH", "organisation", {"name": "x", field: value})
    assert (refused.status, [one["field"] for one in refused.said["errors"]]) == (422, [field])
    assert Organisation.objects.get(pk=acme.pk).name == "Acme"


def test_the_rules_of_the_plan_are_read_and_changed(call, acme, key):
    before = call(key, "GET", "policy").said
    assert (before["service_level"], before["level_a"], before["freq"]) == (0.95, None, "W")
    changed = call(key, "PATCH", "policy", {"service_level": 0.9, "level_a": 0.98, "lead_time_days": 14})
    assert changed.said == {**before, "service_level": 0.9, "level_a": 0.98, "lead_time_days": 14}
    assert call(key, "PATCH", "policy", {"level_a": None}).said["level_a"] is None
    for wrong in ({"service_level": 95}, {"service_level": None}, {"freq": "Y"}, {"capital_rate": -1}):
        assert call(key, "PATCH", "policy", wrong).status == 422
    with tenant_scope(acme.pk):
        assert (Policy.objects.get().service_level, Policy.objects.get().level_a) == (0.9, None)
    assert audited(acme)[-2:] == ["policy.changed", "policy.changed"]


def test_a_supplier_is_told_where_letters_go(call, acme, key):
    with tenant_scope(acme.pk):
        SupplierFactory(code="A/B", lead_time_days=9)
    change = {"email": "orders@mill.example", "contact": "Ann", "order_cost": "12.5", "lead_time_days": None}
    changed = call(key, "PATCH", "suppliers/A/B", change)
    assert {name: changed.said[name] for name in change} == {**change, "order_cost": "12.5000"}
    assert call(key, "GET", "suppliers/A/B").said == changed.said
    assert call(key, "PATCH", "suppliers/A/B", {"email": "nowhere"}).status == 422
    assert call(key, "PATCH", "suppliers/C", change).status == call(key, "GET", "suppliers/C").status == 404
    with tenant_scope(acme.pk):
        assert Supplier.objects.get().email == "orders@mill.example"
    assert "supplier.changed" in audited(acme)


def test_price_breaks_are_replaced_as_a_whole(call, acme, key):
    with tenant_scope(acme.pk):
        ProductFactory(sku="T/1")
    breaks = [{"from_units": 10, "unit_cost": "2.0000"}, {"from_units": 100, "unit_cost": "1.5000"}]
    assert call(key, "PUT", "products/T/1/price-breaks", {"breaks": breaks[::-1]}).said == {"breaks": breaks}
    assert call(key, "GET", "products/T/1/price-breaks").said == {"breaks": breaks}
    dearer = [breaks[0], {"from_units": 100, "unit_cost": "3"}]
    assert call(key, "PUT", "products/T/1/price-breaks", {"breaks": dearer}).status == 422
    assert call(key, "PUT", "products/T/2/price-breaks", {"breaks": breaks}).status == 404
    call(key, "PUT", "products/T/1/price-breaks", {"breaks": breaks[:1]})
    with tenant_scope(acme.pk):
        assert [one.from_units for one in PriceBreak.objects.all()] == [10]


def test_the_works_are_described_and_taken_apart(call, acme, key):
    with tenant_scope(acme.pk):
        ProductFactory(sku="BED")
    bench = {"code": "BENCH/1", "name": "Bench", "weekly_minutes": 2400}
    shut = {"work_centre": "BENCH/1", "starts_on": "2026-12-24", "ends_on": "2026-12-31", "weekly_minutes": 0}
    step = {"sku": "BED", "work_centre": "BENCH/1", "minutes_per_unit": 20, "setup_minutes": 30}
    for path, row in (("work-centres", bench), ("capacities", shut), ("routings", step)):
        for _ in range(2):
            kept = call(key, "POST", path, row)
            assert (kept.status, kept.said) == (200, row), kept.content
        assert results(call(key, "GET", path)) == [row]
    assert call(key, "POST", "capacities", {**shut, "ends_on": "2026-12-01"}).status == 422
    assert call(key, "POST", "capacities", {**shut, "work_centre": "X"}).said["errors"][0]["field"] == "work_centre"
    assert call(key, "POST", "routings", {**step, "sku": "X"}).said["errors"][0]["field"] == "sku"
    assert call(key, "DELETE", "work-centres/BENCH/1").status == 409  # goods are made there
    for path in ("routings/BED?work_centre=BENCH/1", "capacities/2026-12-24/BENCH/1"):
        assert [call(key, "DELETE", path).status for _ in range(2)] == [204, 404]
    assert [call(key, "DELETE", "work-centres/BENCH/1").status for _ in range(2)] == [204, 404]
    with tenant_scope(acme.pk):
        assert not any(rows.objects.exists() for rows in (WorkCentre, CapacityChange, Routing))
    assert {"work_centre.dropped", "work_centre.restored", "routing.dropped"} <= set(audited(acme))


def test_what_is_to_be_made_is_listed_and_released_by_accepting_its_line(call, acme, key):
    assert call(key, "GET", "production").status == 404
    with tenant_scope(acme.pk):
        furnish(minutes=3500)
        run(acme)
    found = results(call(key, "GET", "production?sku=BED"))
    assert found
    assert {one["sku"] for one in found} == {"BED"}
    begins = next(one for one in found if one["begin_now"])
    assert {need["sku"] for need in begins["needs"]} == {"FRAME", "BOARD"}
    (line,) = results(call(key, "GET", "plan?sku=BED"))
    assert (line["made"], line["order_units"]) == (True, begins["units"])
    released = call(key, "POST", "plan/BED/accept")
    order = call(key, "GET", f"orders/{released.said['order']}").said
    assert (order["number"][:3], order["state"]) == ("MO-", "sent")
    assert call(key, "POST", "plan/BED/undo").status == 200
    assert call(key, "GET", f"orders/{released.said['order']}").said["state"] == "cancelled"


def test_a_file_that_was_taken_for_a_shops_is_looked_at_again_by_its_columns(call, acme, key):
    with tenant_scope(acme.pk):
        upload = UploadFactory(state=Upload.State.ASKING)
        loaded = UploadFactory(state=Upload.State.DONE)
    again = call(key, "POST", f"uploads/{upload.pk}/by-hand")
    assert (again.status, again.said["state"]) == (202, "asking")
    (job,) = results(call(key, "GET", "jobs?kind=look"))
    assert (job["upload"], job["state"]) == (str(upload.pk), "queued")
    assert call(key, "POST", f"uploads/{loaded.pk}/by-hand").status == 409
