import re

import pytest

from tenants.isolation import tenant_scope
from tenants.models import ApiKey, WebhookDelivery, WebhookEndpoint
from tenants.services import api_keys, webhooks


def test_a_key_is_shown_once_and_opens_the_api(client_for, acme, alice):
    client = client_for(alice)
    page = client.post("/keys/", {"name": "Shop", "scope": "r", "days": "30"})
    text, again = re.findall(r"lg_r_\w{20,}", page.content.decode())
    assert text == again
    assert f"export LAGOM_URL=http://testserver/api/v1 LAGOM_KEY={text}<" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert client_for().get("/api/v1/organisation", headers={"Authorization": f"Bearer {text}"}).status_code == 200
    again = client.get("/keys/").content.decode()
    assert text not in again
    assert text[:13] in again


def test_a_key_without_a_name_is_asked_for_one(client_for, acme, alice):
    assert client_for(alice).post("/keys/", {"name": " ", "scope": "r"}).status_code == 422


def test_a_key_is_revoked_by_its_own_firm_only(client_for, acme, alice, charlie, rival):
    with tenant_scope(acme.pk):
        made = api_keys.make(organisation=acme, name="x", scope="w", by=alice)
    assert client_for(charlie).post(f"/keys/{made.row.pk}/revoke/").status_code == 404
    assert client_for(alice).post(f"/keys/{made.row.pk}/revoke/").status_code == 302
    assert ApiKey.objects.get().revoked_by == alice.email
    assert "revoked" in client_for(alice).get("/keys/").content.decode()


@pytest.mark.parametrize("path", ["/keys/", "/webhooks/"])
def test_who_may_not_make_them_does_not_see_them(client_for, acme, bob, victor, path):
    for person in (bob, victor):
        assert client_for(person).get(path).status_code == 403


def test_a_webhook_is_added_with_its_secret_shown_once_and_removed(client_for, acme, alice):
    client = client_for(alice)
    page = client.post("/webhooks/", {"url": "https://example.com/hook", "events": ["order.sent"]})
    assert "whsec_" in page.content.decode()
    assert "whsec_" not in client.get("/webhooks/").content.decode()
    with tenant_scope(acme.pk):
        endpoint = WebhookEndpoint.objects.get()
        webhooks.emit("order.sent", {"number": "PO-1"})
        delivery = WebhookDelivery.objects.get()
    detail = client.get(f"/webhooks/{endpoint.pk}/").content.decode()
    assert delivery.message_id in detail
    assert client.post(f"/webhooks/{endpoint.pk}/{delivery.pk}/again/").status_code == 302
    assert client.post(f"/webhooks/{endpoint.pk}/remove/").status_code == 302
    assert client.get(f"/webhooks/{endpoint.pk}/").status_code == 404


def test_an_address_inside_is_told_at_its_field(client_for, acme, alice):
    page = client_for(alice).post("/webhooks/", {"url": "https://10.0.0.1/", "events": ["order.sent"]})
    assert page.status_code == 422
    assert "inside a network" in page.content.decode()


def test_each_event_of_a_webhook_is_a_box_with_its_own_label(client_for, acme, alice):
    page = client_for(alice).get("/webhooks/").content.decode()
    box = r'<div class="field-check">\s*<input[^>]*name="events" value="([^"]+)"[^>]*>\s*<label for="([^"]+)">'
    boxes = re.findall(box, page)
    assert len(boxes) == len({label for _event, label in boxes}) == 8
