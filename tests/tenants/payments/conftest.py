"""A small Stripe beside the tests, and a site that is set up for it."""

import pytest

from tests.fakes import stripe_process


@pytest.fixture(scope="session")
def stripe_of_session():
    with stripe_process.running() as steering:
        yield steering


@pytest.fixture
def stripe(stripe_of_session, settings, database):
    """Stripe, empty but for our prices; the site knows its address and keys."""
    from tenants import payments
    from tests.tenants.payments.doing import SECRET

    stripe_of_session.forget()
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_test_ours", SECRET
    settings.STRIPE_API_BASE = stripe_of_session.address
    payments.of("stripe").make_prices()
    return stripe_of_session


@pytest.fixture
def firm(stripe, database):
    from tests.factories import UserFactory, found

    return found("Acme", owner=UserFactory(email="alice@acme.example"))


@pytest.fixture
def paying(stripe, firm):
    """A firm that has paid for Starter by the month at Stripe, of which we were told."""
    from tests.tenants.payments.doing import choose, tell_all

    stripe.pay(choose(firm, "starter", provider="stripe"))
    tell_all(stripe)
    firm.refresh_from_db()
    return firm
