"""Makes the prices at Stripe that are missing: one for each paid tier, by the month and by the year."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants import payments
from tenants.payments.provider import ProviderError


class Command(BaseCommand):
    """Make the prices of tenants/tiers.py at Stripe, once."""

    help = "Make the prices at Stripe that are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them and name them; say what is wrong where Stripe cannot be asked."""
        try:
            made = payments.of("stripe").make_prices()
        except ProviderError as error:
            raise CommandError(f"Stripe could not be asked ({error}). Is STRIPE_SECRET_KEY set and right?") from None
        self.stdout.write("\n".join(f"made {name}" for name in made) or "nothing is missing")
