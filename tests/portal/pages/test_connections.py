"""Connections on their pages, and files that programs drop at an address."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from forecasting import jobs
from forecasting.models import Connection, Job, Sale, Upload
from forecasting.services import connections
from tenants.isolation import tenant_scope
from tenants.models import Membership
from tenants.roles import Role
from tenants.services import accounts

SALES = b"sku,date,units\nA1,2026-01-05,3\n"


@pytest.fixture
def drop(committed_db, acme, alice, client_for, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    with tenant_scope(acme.pk):
        return connections.open_drop(name="till", by=alice)


def address_of(drop):
    with tenant_scope(drop.organisation_id):
        drop.refresh_from_db()
    return reverse("drop", args=[connections.drop_token(drop)])


def bring(client_for, address, body=SALES):
    return client_for(None).post(address, {"files": SimpleUploadedFile("sales.csv", body)})


def work(acme):
    while waiting := Job.objects.filter(organisation=acme, state__in=Job.OPEN).order_by("created_at").first():
        jobs.run(waiting.pk)


def test_a_dropped_file_waits_for_a_person_once_and_is_loaded_by_itself_from_then_on(acme, alice, drop, client_for):
    browser, address = client_for(alice), address_of(drop)
    answer = bring(client_for, address)
    assert answer.status_code == 202
    work(acme)
    with tenant_scope(acme.pk):
        (upload,) = Upload.objects.all()
        assert (upload.state, upload.by, str(upload.pk)) == ("asking", alice.email, answer.json()["uploads"][0])
    columns = {f"column-{at}": name for at, name in enumerate(("sku", "sold_at", "units"))}
    browser.post(reverse("upload_confirm", args=[upload.pk]), {"kind": "sales", **columns})
    work(acme)
    bring(client_for, address, SALES + b"A1,2026-01-06,2\n")
    work(acme)
    with tenant_scope(acme.pk):
        assert [each.state for each in Upload.objects.all()] == ["done", "done"]
        assert sum(Sale.objects.values_list("units", flat=True)) == 5


def test_an_address_that_was_renewed_removed_or_forged_takes_nothing(acme, alice, drop, client_for):
    old = address_of(drop)
    page, browser = reverse("connection_change", args=[drop.pk]), client_for(alice)
    assert browser.post(page, {"do": "renew"}).status_code == 302
    assert bring(client_for, old).status_code == 404
    new = address_of(drop)
    assert bring(client_for, new).status_code == 202
    assert bring(client_for, new.replace("/drop/", "/drop/x")).status_code == 404
    browser.post(page, {"do": "remove"})
    assert bring(client_for, new).status_code == 404
    assert client_for(None).get(new).status_code == 405


@pytest.mark.parametrize("how", ["removed", "lowered", "deletes the account"])
def test_an_address_ends_with_the_ownership_of_whoever_handed_it_out(acme, alice, bob, drop, client_for, how):
    row = Membership.objects.get(organisation=acme, user=bob)
    Membership.objects.filter(pk=row.pk).update(role=Role.OWNER)
    change, browser = reverse("connection_change", args=[drop.pk]), client_for(alice)
    client_for(bob).post(change, {"do": "renew"})
    address = address_of(drop)
    assert bring(client_for, address).status_code == 202
    if how == "removed":
        browser.post(f"/members/{row.pk}/remove/")
    elif how == "lowered":
        browser.post(f"/members/{row.pk}/role/", {"role": "planner"})
    else:
        accounts.delete(by=bob)
    assert bring(client_for, address).status_code == 404
    assert "has left the firm" in browser.get(reverse("connection", args=[drop.pk])).content.decode()
    browser.post(change, {"do": "renew"})
    assert bring(client_for, address_of(drop)).status_code == 202


def test_a_dropped_file_must_be_there_and_the_firm_open_for_work(acme, drop, client_for):
    address = address_of(drop)
    assert client_for(None).post(address).status_code == 422
    acme.state = "read_only"
    acme.save()
    assert bring(client_for, address).status_code == 403


def test_the_owner_connects_pauses_and_removes_a_shop(acme, alice, victor, client_for):
    browser = client_for(alice)
    given = {"kind": "shopify", "address": "my-mugs.myshopify.com", "token": "shpat_1"}
    answer = browser.post(reverse("connections_add"), given)
    with tenant_scope(acme.pk):
        found = Connection.objects.get()
    assert answer.url == reverse("connection", args=[found.pk])
    assert Job.objects.filter(kind="pull", details__connection=str(found.pk)).count() == 1
    page = browser.get(answer.url).content.decode()
    assert "60 days" in page
    assert "shpat_1" not in page
    assert "my-mugs.myshopify.com" in browser.get(reverse("connections")).content.decode()
    change = reverse("connection_change", args=[found.pk])
    browser.post(change, {"do": "pause"})
    assert "Paused" in browser.get(answer.url).content.decode()
    assert client_for(victor).post(change, {"do": "remove"}).status_code == 403
    browser.post(change, {"do": "remove"})
    assert browser.get(answer.url).status_code == 404


def test_only_owners_see_the_address_of_a_drop(acme, alice, victor, drop, client_for):
    page = reverse("connection", args=[drop.pk])
    assert re.search(r"/drop/[\w:-]+/", client_for(alice).get(page).content.decode())
    assert "/drop/" not in client_for(victor).get(page).content.decode()


def test_a_wrong_address_is_refused_with_words(acme, alice, client_for):
    given = {"kind": "woocommerce", "address": "http://shop.example", "key": "k", "secret": "s"}
    answer = client_for(alice).post(reverse("connections_add"), given)
    assert answer.status_code == 422
    assert "https://" in answer.content.decode()
