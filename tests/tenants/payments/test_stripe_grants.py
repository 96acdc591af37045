"""What account managers give to firms that pay by Stripe: it is given at Stripe, and our invoices follow."""

import pytest

from tenants.errors import Conflict, Invalid
from tenants.isolation import tenant_scope
from tenants.models import AuditEntry, Invoice, Organisation, Payment
from tenants.services import account_managers, following, payments
from tests.factories import UserFactory
from tests.tenants.payments.doing import choose, row_of, tell_all

pytestmark = pytest.mark.usefixtures("database")


def follow(firm):
    with tenant_scope(firm.pk):
        following.follow(Organisation.objects.get(pk=firm.pk))


def nets():
    """The net sums of all invoices; VAT is 19 %."""
    return list(Invoice.objects.order_by("pk").values_list("net_cents", flat=True))


def discount(firm, percent, months):
    firm = Organisation.objects.get(pk=firm.pk)
    account_managers.discount(organisation=firm, percent=percent, months=months, by=UserFactory(), reason="thanks")


def credit(firm, cents):
    account_managers.credit(organisation=firm, cents=cents, by=UserFactory(), reason="an outage")


def test_credit_pays_the_next_bills_with_its_vat_and_no_money_is_booked_twice(stripe, paying):
    """Starter is 29 € a month, 34.51 € gross; 40 € of credit are 47.60 €: a whole month, and 13.09 € of the next."""
    credit(paying, 4000)
    stripe.advance(62)
    follow(paying)
    assert nets() == [2900, 2900, 2900]
    paid = [sorted(one.payments.values_list("cents", flat=True)) for one in Invoice.objects.order_by("pk")]
    assert paid == [[3451], [3451], [1309, 2142]]
    assert [charge["amount"] for charge in stripe.every("charge")] == [3451, 2142]
    assert set(Invoice.objects.values_list("state", flat=True)) == {"paid"}
    assert [one.reference.endswith(" credit") for one in Payment.objects.order_by("pk")] == [False, True, False, True]
    with tenant_scope(paying.pk):
        (entry,) = AuditEntry.objects.filter(action="billing.credit_granted")
    assert (entry.detail["cents"], entry.reason) == (4000, "an outage")


def test_discount_comes_off_the_months_that_follow_and_then_ends(stripe, paying):
    stripe.advance(1)
    discount(paying, 50, 2)
    stripe.advance(95)
    follow(paying)
    assert nets() == [2900, 1450, 1450, 2900]
    assert [charge["amount"] for charge in stripe.every("charge")] == [3451, 1726, 1726, 3451]


def test_discount_of_some_months_is_their_share_of_a_years_bill(stripe, paying):
    choose(paying, "starter", "year")
    tell_all(stripe)
    before = len(nets())
    discount(paying, 20, 3)  # a quarter of 20 %
    stripe.advance(367)
    follow(paying)
    assert nets()[before:] == [29_000 * 95 // 100]
    with pytest.raises(Invalid, match="12 where Stripe"):
        discount(paying, 20, 13)


def test_discount_can_be_taken_back_and_survives_a_smaller_tier_later(stripe, paying):
    choose(paying, "growth")
    tell_all(stripe)
    before = len(nets())
    discount(paying, 50, 3)
    choose(paying, "starter")
    with pytest.raises(Conflict, match="smaller tier waits"):
        discount(paying, 10, 1)
    stripe.advance(32)
    follow(paying)
    assert nets()[before:] == [1450]
    discount(paying, 0, 0)
    stripe.advance(31)
    follow(paying)
    assert nets()[before:] == [1450, 2900]


def test_what_is_tried_again_after_a_crash_is_given_once_and_again_on_purpose_twice(stripe, paying, monkeypatch):
    def broken(*_names, **_told):
        raise RuntimeError("the machine stops after Stripe has answered")

    with monkeypatch.context() as broke:
        broke.setattr(payments.audit, "record", broken)
        with pytest.raises(RuntimeError):
            credit(paying, 1000)
    credit(paying, 1000)
    (buyer,) = stripe.every("customer")
    assert buyer["balance"] == -1190
    credit(paying, 1000)
    (buyer,) = stripe.every("customer")
    assert buyer["balance"] == -2380


def test_stripe_that_is_away_is_said_and_nothing_is_noted(stripe, paying, settings):
    version = row_of(paying).version
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    for give in (lambda: credit(paying, 100), lambda: discount(paying, 10, 1)):
        with pytest.raises(Conflict, match="does not answer"):
            give()
    with pytest.raises(Invalid, match="more than nothing"):
        credit(paying, 0)
    assert row_of(paying).version == version
    with tenant_scope(paying.pk):
        assert not AuditEntry.objects.filter(action__endswith="_granted").exists()
