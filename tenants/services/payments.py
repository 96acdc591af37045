"""What people do about paying: choose a tier by either provider, and reach the provider's own pages."""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import OperationalError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tenants import payments
from tenants.billing import life, vat
from tenants.billing.periods import MONTHS
from tenants.errors import Conflict, Invalid
from tenants.isolation import tenant_scope
from tenants.models import Organisation, Subscription, User
from tenants.payments.provider import Buyer, Provider, ProviderError, Wish
from tenants.services import audit, billing, following, invoices, reminders, subscriptions
from tenants.tiers import Interval, Tier

log = logging.getLogger("lagom.billing")
WHY = {
    "away": gettext_noop("The payment provider does not answer. Nothing was changed; try again in a minute."),
    "refused": gettext_noop("The payment was refused. Nothing was changed; choose another means of payment."),
    "scheduled": gettext_noop(
        "A smaller tier waits for the end of the period. Take that choice back first, or give credit instead."
    ),
    "setup": gettext_noop(
        "The payment provider is not set up for this. Nothing was changed; tell us, or pay by bank transfer."
    ),
}


@dataclass(frozen=True)
class Choice:
    """What somebody chose. intent: one for one press of a button; provider: "" for the one that is paid by now."""

    tier: str
    interval: str
    provider: str = ""
    intent: str = ""
    reason: str = ""


def ways(organisation: Organisation) -> list[str]:
    """Name the providers that a firm can choose a tier by: all while it pays nothing, then the one that it pays by."""
    row = subscriptions.of(organisation)
    if row.status == Subscription.Status.ACTIVE:
        return [row.provider]
    return payments.offered()


@transaction.atomic
def choose(*, organisation: Organisation, choice: Choice, by: User | None) -> str:
    """Choose a tier; return the address where the person goes on to pay or to confirm, or nothing when it is done."""
    row = subscriptions.of(organisation)
    name = choice.provider or row.provider
    if name not in ways(organisation):
        raise Invalid(_("Choose one of the ways to pay that the page offers."))
    provider = payments.of(name)
    if not provider.moves_itself:
        told: dict[str, Any] = {"tier": choice.tier, "interval": choice.interval, "by": by, "reason": choice.reason}
        billing.change_tier(organisation=organisation, **told)
        return ""
    with tenant_scope(organisation.pk):
        return _chosen(organisation, row, provider, choice, by)


def _chosen(organisation: Organisation, row: Subscription, provider: Provider, choice: Choice, by: User | None) -> str:
    step, tier, interval = billing.tried(organisation=organisation, tier=choice.tier, interval=choice.interval)
    account = subscriptions.account_of(row)
    wish = _wish(organisation, row, tier, interval, choice.intent)
    if row.status != Subscription.Status.ACTIVE:
        if tier == Tier.FREE:
            billing.change_tier(organisation=organisation, tier=tier, interval=interval, by=by, reason=choice.reason)
            return ""
        if row.provider_customer:  # who has paid on another page, of which we were not told yet, pays no second time
            _look(organisation)
            row = subscriptions.of(organisation)
            if row.status == Subscription.Status.ACTIVE:
                return wish.done
        address = _asked(lambda: provider.subscribe(_known(organisation, row, provider, wish)))
        what = "billing.checkout_begun"
    else:
        what, address = "billing.tier_chosen", ""
        if step.account.next_tier is None and (tier, interval) == (account.tier, account.interval):
            _asked(lambda: provider.change_nothing(wish))
        elif tier != Tier.FREE and life.is_at_once(account, tier, interval):
            address = _asked(lambda: provider.change(wish))
        else:
            _asked(lambda: provider.change_later(wish))
        _look(organisation)
    told = {"tier": tier.value, "interval": interval.value, "provider": provider.name}
    audit.record(what, by=by, target=organisation, reason=choice.reason, **told)
    return address


def _look(organisation: Organisation) -> None:
    try:
        following.follow(organisation)
    except (ProviderError, OperationalError, Conflict):  # or a worker looks at this customer just now
        log.warning("firm %s chose at its provider, which does not say so yet: its event will", organisation.pk)


@transaction.atomic
def keep_details(*, organisation: Organisation, by: User | None, **details: str) -> None:
    """Keep who pays, and let the provider ask for the VAT that follows from it."""
    before = _tax_of(organisation)
    billing.keep_details(organisation=organisation, by=by, **details)
    row = subscriptions.of(organisation)
    provider = payments.of(row.provider)
    if provider.moves_itself and _tax_of(organisation) != before:
        wish = _wish(organisation, row, Tier(row.tier), Interval(row.interval), "")
        _asked(lambda: provider.tax(wish))


def _tax_of(organisation: Organisation) -> tuple[str, vat.Tax]:
    buyer = invoices.buyer_of(organisation, subscriptions.of(organisation))
    tax = vat.tax(seller=settings.SELLER_COUNTRY, buyer=buyer["country"], vat_id=buyer["vat_id"])
    return buyer["country"], tax


def desk(*, organisation: Organisation, by: User | None) -> str:
    """Return the address where the provider lets a firm change how it pays. Raises Conflict where there is none."""
    row = subscriptions.of(organisation)
    if not row.provider_customer or not has_desk():
        raise Conflict(_("You pay by bank transfer: there is nothing to set up."))
    address = _asked(lambda: payments.of("stripe").desk(row.provider_customer, f"{_site()}/billing/"))
    with tenant_scope(organisation.pk):
        audit.record("billing.desk_opened", by=by, target=organisation)
    return address


def has_desk() -> bool:
    """Tell whether the site is set up for a provider with pages of its own."""
    return "stripe" in payments.offered()


def leave(organisation: Organisation, by: User) -> None:
    """Let nothing be collected any more of a firm that closes: what a provider moves ends with its period."""
    row = subscriptions.of(organisation)
    provider = payments.of(row.provider)
    if provider.moves_itself and row.next_tier != Tier.FREE:
        choose(organisation=organisation, choice=Choice(Tier.FREE.value, row.interval), by=by)


def _known(organisation: Organisation, row: Subscription, provider: Provider, wish: Wish) -> Wish:
    """Make the firm known to the provider, once."""
    if not row.provider_customer:
        made = provider.customer(wish.buyer)
        subscriptions.keep(row, subscriptions.account_of(row), provider_customer=made)
    return _wish(organisation, row, wish.tier, wish.interval, wish.intent)


@transaction.atomic
def grant_credit(*, organisation: Organisation, cents: int, by: User | None, reason: str) -> None:
    """Give net money that the next bills use up, by whoever moves the firm's periods: there with the VAT of now."""
    provider = payments.of(subscriptions.of(organisation).provider)
    if not provider.moves_itself:
        billing.grant_credit(organisation=organisation, cents=cents, by=by, reason=reason)
        return
    if cents <= 0:
        raise Invalid(_("A credit is more than nothing."))
    with tenant_scope(organisation.pk):
        wish = _grant(organisation)
        _asked(lambda: provider.credit(wish, cents + wish.tax.on(cents)))
        audit.record("billing.credit_granted", by=by, target=organisation, reason=reason, cents=cents)


@transaction.atomic
def grant_discount(*, organisation: Organisation, percent: int, months: int, by: User | None, reason: str) -> None:
    """Take some percent off the next months, by whoever moves the firm's periods; of a year's bill its share."""
    row = subscriptions.of(organisation)
    provider = payments.of(row.provider)
    if not provider.moves_itself:
        told: dict[str, Any] = {"percent": percent, "months": months, "by": by, "reason": reason}
        billing.grant_discount(organisation=organisation, **told)
        return
    yearly = row.interval == Interval.YEAR
    if not (0 <= percent <= 100 and 0 <= months <= (MONTHS[Interval.YEAR] if yearly else 120)):
        raise Invalid(_("A discount has 0 to 100 percent and up to 120 months; 12 where Stripe collects by the year."))
    share = percent * 100 * months // MONTHS[Interval.YEAR] / 100 if yearly else percent
    with tenant_scope(organisation.pk):
        wish = _grant(organisation)
        _asked(lambda: provider.discount(wish, share if months else 0, months))
        told = {"percent": percent, "months": months}
        audit.record("billing.discount_granted", by=by, target=organisation, reason=reason, **told)


def _grant(organisation: Organisation) -> Wish:
    """Move the row on first: of two at once one is refused, and what is tried again after a crash is given once."""
    row = subscriptions.of(organisation)
    intent = f"grant {organisation.pk} {row.version}"
    subscriptions.keep(row, subscriptions.account_of(row))
    return _wish(organisation, row, Tier(row.tier), Interval(row.interval), intent)


def _wish(organisation: Organisation, row: Subscription, tier: Tier, interval: Interval, intent: str) -> Wish:
    buyer = invoices.buyer_of(organisation, row)
    back = f"{_site()}/billing/change/?tier={tier.value}&interval={interval.value}&left=1"
    return Wish(
        buyer=Buyer(
            organisation_id=organisation.pk,
            name=buyer["name"],
            email=(reminders.readers(organisation, row) or [""])[0],
            country=buyer["country"],
            language=organisation.language,
        ),
        tier=tier,
        interval=interval,
        tax=_tax_of(organisation)[1],
        intent=intent or uuid.uuid4().hex,
        customer=row.provider_customer,
        subscription=row.provider_subscription,
        done=f"{_site()}/billing/paid/",
        left=back,
    )


def _site() -> str:
    return str(settings.SITE_ADDRESS).rstrip("/")


def _asked(call: Callable[[], str | None]) -> str:
    try:
        return call() or ""
    except ProviderError as error:
        raise Conflict(_(WHY[error.why])) from None
