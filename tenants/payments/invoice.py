"""Bank transfer: we write the invoice and wait; nobody else knows of it, so there is nobody to tell or ask."""

from tenants.payments.provider import Buyer, Picture, Wish


class Transfer:
    """Paid by invoices of ours; the rules of tenants.billing.life move what is paid for."""

    name = "transfer"
    moves_itself = False

    def is_offered(self) -> bool:
        """Be there always."""
        return True

    def customer(self, buyer: Buyer) -> str:
        """Know nobody: the reference on the invoice finds the firm."""
        return ""

    def subscribe(self, wish: Wish) -> str:
        """Send nobody away."""
        return ""

    def change(self, wish: Wish) -> str:
        """Have nothing to confirm."""
        return ""

    def change_later(self, wish: Wish) -> None:
        """Leave it to the row of the subscription."""

    def change_nothing(self, wish: Wish) -> None:
        """Leave it to the row of the subscription."""

    def credit(self, wish: Wish, cents: int) -> None:
        """Leave it to our own entries of credit."""

    def discount(self, wish: Wish, percent: float, months: int) -> None:
        """Leave it to the row of the subscription."""

    def forget(self, customer: str) -> None:
        """Know nobody."""

    def tax(self, wish: Wish) -> None:
        """Leave it to the next invoice."""

    def desk(self, customer: str, back: str) -> str:
        """Have no page of its own."""
        return ""

    def picture(self, customer: str) -> Picture:
        """Tell nothing: what is paid is booked by the operator."""
        return Picture()

    def make_prices(self) -> list[str]:
        """Need none: the prices are those of tenants/tiers.py."""
        return []
