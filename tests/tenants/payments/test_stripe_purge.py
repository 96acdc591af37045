"""A firm that is removed here is forgotten at Stripe first: nothing is collected from one that is gone."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from tenants.isolation import tenant_scope
from tenants.models import Departure, Membership, Organisation
from tenants.payments.provider import ProviderError
from tenants.services import leaving, purge
from tests.tenants.payments.doing import row_of

AWAY = "http://127.0.0.1:9"


@pytest.fixture
def leaving_firm(committed_db, paying, settings, tmp_path):
    """A firm that pays at Stripe, has closed, and whose thirty days are over."""
    settings.MEDIA_ROOT = tmp_path
    owner = Membership.objects.get(organisation=paying).user
    with tenant_scope(paying.pk):
        leaving.close(organisation=paying, by=owner, name=paying.name)
    Departure.objects.filter(pk=paying.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    return paying


def letter(certificate):
    (found,) = [one for one in mail.outbox if str(certificate.pk) in one.body]
    return found.body


def test_customer_goes_with_the_firm_and_the_certificate_says_so(stripe, leaving_firm, outbox):
    (certificate,) = purge.every_due()
    outbox()
    assert stripe.every("customer") == []
    assert [one["status"] for one in stripe.every("subscription")] == ["canceled"]
    assert certificate.rows[purge.CUSTOMERS] == 1
    assert "customer record at Stripe is deleted" in letter(certificate)
    assert f"rows: {sum(certificate.rows.values()) - 1}, tables: {len(certificate.rows) - 1}," in letter(certificate)


def test_firm_waits_while_stripe_is_away_and_goes_once_it_answers(stripe, leaving_firm, settings, caplog):
    there, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, AWAY
    with pytest.raises(ProviderError, match="away"):
        purge.firm(Departure.objects.get(pk=leaving_firm.pk))
    assert purge.every_due() == []
    assert Organisation.objects.filter(pk=leaving_firm.pk).exists()
    assert "is not removed yet: Stripe: away" in caplog.text
    settings.STRIPE_API_BASE = there
    # As after a crash between Stripe's answer and our rows: what is gone there is gone, and no obstacle.
    purge.payments.of("stripe").forget(row_of(leaving_firm).provider_customer)
    (certificate,) = purge.every_due()
    assert certificate.rows[purge.CUSTOMERS] == 1


def test_site_without_a_key_removes_its_own_and_tells_what_is_left(stripe, leaving_firm, settings, caplog, outbox):
    customer = row_of(leaving_firm).provider_customer
    settings.STRIPE_SECRET_KEY = ""
    (certificate,) = purge.every_due()
    outbox()
    assert f"delete the customer {customer} at Stripe" in caplog.text
    assert certificate.rows[purge.CUSTOMERS] == 0
    assert "could not be deleted by this site" in letter(certificate)
