"""What a payment provider does for us, and what it tells of a customer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tenants.billing.vat import Tax
from tenants.tiers import Interval, Tier


class ProviderError(Exception):
    """The provider does not answer, or refuses; `why` is a word: away, refused, setup, scheduled."""

    def __init__(self, why: str, told: str = "") -> None:
        super().__init__(f"{why}: {told}" if told else why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Buyer:
    """A firm as the provider is told of it."""

    organisation_id: int
    name: str
    email: str
    country: str
    language: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to pay for. intent: one for one press of a button, however often that is sent."""

    buyer: Buyer
    tier: Tier
    interval: Interval
    tax: Tax
    intent: str
    customer: str = ""
    subscription: str = ""
    done: str = ""  # where the person comes back to, after paying
    left: str = ""  # and after not paying


@dataclass(frozen=True, slots=True)
class Standing:
    """A subscription at the provider that is paid for, or should be."""

    ref: str
    tier: Tier
    interval: Interval
    start: datetime
    end: datetime
    next_tier: Tier | None = None
    next_interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a provider's invoice, in its words; cents are net."""

    words: str
    cents: int
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice that the provider was paid; net + tax cents; below zero it gives back.

    from_credit: what of it was paid with credit that the customer has there; gross cents.
    """

    ref: str
    at: datetime
    net: int
    tax: int
    lines: tuple[Line, ...]
    from_credit: int = 0

    @property
    def gross(self) -> int:
        """Return what was asked for."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that the provider gave back for a bill; gross cents."""

    ref: str
    bill: str
    cents: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Picture:
    """All that the provider says of a customer now.

    newest: the last subscription that ever began; late_since: the oldest bill that it tried to collect in vain.
    """

    standing: Standing | None = None
    newest: str = ""
    bills: tuple[Bill, ...] = ()
    refunds: tuple[Refund, ...] = ()
    late_since: datetime | None = None
    disputed: tuple[str, ...] = ()  # bills whose payment the buyer disputes at the bank


@dataclass(frozen=True, slots=True)
class Notice:
    """A message of a provider, proven to be its own: a hint to look at a customer, and nothing more."""

    id: str
    kind: str
    customer: str
    about: str


class Provider(Protocol):
    """One way to be paid. An address is where the person goes next; an empty one: nowhere, it is done."""

    name: str
    moves_itself: bool  # its periods and payments are its own to move, and we follow

    def is_offered(self) -> bool:
        """Tell whether this site is set up for it."""

    def customer(self, buyer: Buyer) -> str:
        """Make the firm known; return its name there."""

    def subscribe(self, wish: Wish) -> str:
        """Begin to pay; return the address where."""

    def change(self, wish: Wish) -> str:
        """Change what is paid for at once, with proration; return the address where it must be confirmed."""

    def change_later(self, wish: Wish) -> None:
        """Change what is paid for at the end of the period; Free ends it."""

    def change_nothing(self, wish: Wish) -> None:
        """Take back what was to change later."""

    def credit(self, wish: Wish, cents: int) -> None:
        """Let the next bills use up so much; gross cents."""

    def discount(self, wish: Wish, percent: float, months: int) -> None:
        """Take some percent off the bills of the months to come, of the next year's one alone, or nothing any more."""

    def forget(self, customer: str) -> None:
        """Delete what is known of a firm, and end what it pays for; safe to repeat."""

    def tax(self, wish: Wish) -> None:
        """Ask for the buyer's tax of now from the next bill on."""

    def desk(self, customer: str, back: str) -> str:
        """Return the address where the means of payment are changed."""

    def picture(self, customer: str) -> Picture:
        """Tell all that is so now."""

    def make_prices(self) -> list[str]:
        """Make the prices that are missing there, once; name them."""
