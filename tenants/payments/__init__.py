"""How money reaches us: one interface, behind it bank transfer and Stripe."""

from tenants.payments.invoice import Transfer
from tenants.payments.provider import Provider
from tenants.payments.stripe import Stripe

PROVIDERS: dict[str, Provider] = {one.name: one for one in (Transfer(), Stripe())}


def of(name: str) -> Provider:
    """Return the provider of this name; raises KeyError for one that nobody knows."""
    return PROVIDERS[name]


def offered() -> list[str]:
    """Name the providers that this site is set up for."""
    return [name for name, one in PROVIDERS.items() if one.is_offered()]
