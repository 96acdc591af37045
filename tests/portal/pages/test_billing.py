"""The billing page: who sees it, what it offers, what a choice would do, the PDF."""

import datetime as dt
import io
import re

import pypdf
import pytest

from tenants.isolation import tenant_scope
from tenants.models import Invoice, LimitState, Organisation
from tenants.services import billing, subscriptions, usage
from tests.billed import manager_of
from tests.factories import LocationFactory, ProductFactory


@pytest.fixture
def bought(acme):
    return billing.change_tier(organisation=acme, tier="starter", interval="month", by=None)


def test_owner_sees_tiers_use_and_trial(client_for, alice, acme):
    page = client_for(alice).get("/billing/").content.decode()
    for words in ("Starter", "Growth", "Scale", "€29.00", "€990.00", "You are trying Growth until"):
        assert words in page


def test_use_is_shown_day_by_day_and_the_last_word_of_a_day_stays(client_for, alice, acme, rival):
    with tenant_scope(rival.pk):
        usage.note(usage.PLANNED, 777)
    with tenant_scope(acme.pk):
        for planned in (40, 41):
            usage.note(usage.PLANNED, planned)
            usage.count(usage.SERIES, 45)
        usage.note(usage.STORAGE, 3 * 1024 * 1024)
    page = client_for(alice).get("/billing/").content.decode()
    shown = [re.sub("<.*?>", "", cell) for cell in re.findall("<td.*?</td>", page[page.index("Use by day") :])[:4]]
    assert [cell.replace("\xa0", " ") for cell in shown] == ["41", "90", "–", "3.0 MB"]
    assert "777" not in page


def test_accountant_reads_and_changes_nothing_and_planner_sees_nothing(client_for, ada, bob, bought):
    page = client_for(ada).get("/billing/")
    assert page.status_code == 200
    assert b"billing/change" not in page.content
    assert client_for(ada).post("/billing/change/", {"tier": "scale"}).status_code == 403
    assert client_for(bob).get("/billing/").status_code == 403


def test_choice_is_shown_before_it_is_made(client_for, alice, acme):
    client = client_for(alice)
    seen = client.get("/billing/change/?tier=starter&interval=year").content.decode()
    assert "€290.00" in seen
    assert "€345.10" in seen  # with 19 %
    assert not Invoice.objects.exists()
    assert client.post("/billing/change/", {"tier": "starter", "interval": "year"}).status_code == 302
    acme.refresh_from_db()
    assert acme.tier == "starter"
    assert Invoice.objects.get().number in client.get("/billing/").content.decode()


def test_downgrade_says_what_will_be_over_the_limit(client_for, alice, acme, bought):
    with tenant_scope(acme.pk):
        for _ in range(51):
            ProductFactory()
    seen = client_for(alice).get("/billing/change/?tier=free").content.decode()
    assert "This will be over the limit" in seen
    assert "you use 51, Free allows 50" in seen
    assert LimitState.objects.get(organisation=acme, name="products").used == 51


def test_too_many_places_say_what_follows_before_the_choice_in_the_grace_and_after_it(client_for, alice, acme):
    client, today = client_for(alice), subscriptions.today_of(acme)
    with tenant_scope(acme.pk):
        LocationFactory.create_batch(3)
    chosen = client.get("/billing/change/?tier=free").content.decode()
    assert "31 days later, all places are planned together as one" in chosen
    assert "slowest-selling" not in chosen
    assert "products that your tier plans" not in chosen, "the bar of other pages takes no part here"
    Organisation.objects.filter(pk=acme.pk).update(tier="free")
    told = client.get("/billing/").content.decode()
    assert "Places: 3 of 1. From " in told
    assert "all places are planned together as one" in told
    assert "New plans take all places together" not in (seen := client.get("/plans/").content.decode())
    assert "From " in seen[seen.index("You have 3 places, your tier plans 1 apart.") :]
    LimitState.objects.filter(name="locations").update(over_since=today - dt.timedelta(days=31))
    assert "New plans take all places together" in client.get("/plans/").content.decode()


def test_too_many_calls_are_said_to_be_refused_and_no_product_is_threatened(client_for, alice, acme):
    with tenant_scope(acme.pk):
        usage.count(usage.CALLS, 100_001)
    told = client_for(alice).get("/billing/").content.decode()
    assert "API calls today: 100,001 of 100,000. More are refused until midnight UTC." in told
    assert "slowest-selling" not in told


@pytest.mark.parametrize("asked", ["tier=gold", "tier=starter&interval=week"])
def test_nonsense_is_told(client_for, alice, acme, asked):
    assert client_for(alice).get(f"/billing/change/?{asked}").status_code == 422


def test_details_stand_on_the_next_invoice_and_a_wrong_vat_id_is_refused(client_for, alice, acme):
    client = client_for(alice)
    wrong = client.post("/billing/details/", {"billing_country": "FR", "vat_id": "DE123456789"})
    assert wrong.status_code == 422
    assert "looks different" in wrong.content.decode()
    right = {"billing_name": "Acme SARL", "billing_country": "FR", "vat_id": "fr 83 404 833 048"}
    assert client.post("/billing/details/", right).status_code == 302
    billing.change_tier(organisation=acme, tier="starter", interval="month", by=None)
    invoice = Invoice.objects.get()
    assert (invoice.buyer["name"], invoice.buyer["vat_id"]) == ("Acme SARL", "FR83404833048")
    assert invoice.vat_rule == "reverse_charge"


@pytest.mark.parametrize(("language", "word"), [("en", "Invoice"), ("zh-hans", "L20")])
def test_pdf_holds_number_sums_reference_and_speaks_the_customers_language(client_for, alice, acme, language, word):
    Organisation.objects.filter(pk=acme.pk).update(language=language)
    acme.refresh_from_db()
    invoice = billing.change_tier(organisation=acme, tier="growth", interval="month", by=None).unpaid[0]
    drawn = client_for(alice).get(f"/billing/invoices/{invoice.number}.pdf")
    assert drawn["Content-Type"] == "application/pdf"
    text = "\n".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(drawn.content)).pages)
    for words in (invoice.number, invoice.reference, "99.00", "117.81", word):
        assert words in text


def test_another_firms_invoice_is_not_found(client_for, charlie, rival, bought):
    assert client_for(charlie).get(f"/billing/invoices/{bought.unpaid[0].number}.pdf").status_code == 404


def test_late_payment_is_told_on_the_page(client_for, alice, acme, bought):
    row = subscriptions.of(acme)
    account = subscriptions.account_of(row)
    subscriptions.keep(row, billing.life.failed(account, account.period_start))
    assert "A payment is late" in client_for(alice).get("/billing/").content.decode()


def test_without_keys_stripe_is_nowhere(client_for, alice, acme, monkeypatch):
    client = client_for(alice)
    pages = [client.get(path).content.decode() for path in ("/billing/", "/billing/change/?tier=starter")]
    assert not [page for page in pages if "Stripe" in page or "online" in page]
    assert client.post("/billing/change/", {"tier": "starter", "provider": "stripe"}).status_code == 422
    assert client.post("/billing/desk/").status_code == 409
    assert client.post("/stripe/events/", {}).status_code == 404
    assert not Invoice.objects.exists()


def test_firms_over_a_limit_are_a_list_of_the_operators_page_and_no_notice_to_the_operator(client_for, acme):
    operator = manager_of(email="op@lagom.example", staff=True)
    operator.is_superuser = True
    operator.save()
    LimitState.objects.create(organisation=acme, name="products", used=77_777, over_since=dt.date(2026, 11, 1))
    page = client_for(operator).get("/operator/")
    assert page.status_code == 200
    assert acme.name in page.content.decode()
    assert "products that your tier plans" not in page.content.decode()
