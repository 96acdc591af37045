"""The audit log in words: what an action is called, and what its detail tells."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

PHRASES = {
    "channel.changed": gettext_noop("Sales channel changed"),
    "decision.undone": gettext_noop("Decision undone"),
    "event.added": gettext_noop("Event added"),
    "event.brought_back": gettext_noop("Event brought back"),
    "event.changed": gettext_noop("Event changed"),
    "event.taken_back": gettext_noop("Event taken back"),
    "key.made": gettext_noop("API key made"),
    "key.revoked": gettext_noop("API key revoked"),
    "location.changed": gettext_noop("Place changed"),
    "member.invitation_withdrawn": gettext_noop("Invitation withdrawn"),
    "member.invited": gettext_noop("Invited"),
    "member.invited_again": gettext_noop("Invited again"),
    "member.joined": gettext_noop("Joined"),
    "member.left": gettext_noop("Left the firm"),
    "member.removed": gettext_noop("Member removed"),
    "member.role_changed": gettext_noop("Role changed"),
    "member.ownership_transferred": gettext_noop("Ownership handed over"),
    "one_off.decided": gettext_noop("Bulk order decided"),
    "order.begun": gettext_noop("Order begun"),
    "order.cancelled": gettext_noop("Order cancelled"),
    "order.discarded": gettext_noop("Order discarded"),
    "order.line_added": gettext_noop("Order line added"),
    "order.line_changed": gettext_noop("Order line changed"),
    "order.line_removed": gettext_noop("Order line removed"),
    "order.receipt_undone": gettext_noop("Receipt undone"),
    "order.received": gettext_noop("Goods received"),
    "order.sent": gettext_noop("Order sent"),
    "order.sent_again": gettext_noop("Order sent again"),
    "organisation.changed": gettext_noop("Firm changed"),
    "organisation.timed": gettext_noop("Hour of planning by itself changed"),
    "organisation.founded": gettext_noop("Firm founded"),
    "override.added": gettext_noop("Forecast overridden"),
    "override.taken_back": gettext_noop("Override taken back"),
    "policy.changed": gettext_noop("Rules of the plan changed"),
    "product.changed": gettext_noop("Product changed"),
    "product.removed": gettext_noop("Product removed"),
    "product.made": gettext_noop("Product is made here"),
    "product.kit": gettext_noop("Product is a kit"),
    "product.prices": gettext_noop("Prices of a product changed"),
    "proposals.accepted": gettext_noop("Proposals accepted"),
    "proposals.changed": gettext_noop("Proposals changed"),
    "proposals.ignored": gettext_noop("Proposals ignored"),
    "rates.entered": gettext_noop("Exchange rates entered"),
    "rates.removed": gettext_noop("Exchange rate removed"),
    "routing.dropped": gettext_noop("Work step removed"),
    "routing.kept": gettext_noop("Work step changed"),
    "rows.sent": gettext_noop("Rows sent by API"),
    "supplier.changed": gettext_noop("Supplier changed"),
    "upload.confirmed": gettext_noop("Upload confirmed"),
    "upload.discarded": gettext_noop("Upload discarded"),
    "upload.loaded": gettext_noop("Upload loaded"),
    "upload.stored": gettext_noop("File uploaded"),
    "upload.undone": gettext_noop("Upload undone"),
    "webhook.added": gettext_noop("Webhook added"),
    "webhook.failing": gettext_noop("Webhook keeps failing"),
    "webhook.redelivered": gettext_noop("Webhook sent again"),
    "webhook.removed": gettext_noop("Webhook removed"),
    "work_centre.capacity": gettext_noop("Capacity of a work centre changed"),
    "work_centre.dropped": gettext_noop("Work centre removed"),
    "work_centre.kept": gettext_noop("Work centre changed"),
    "work_centre.restored": gettext_noop("Work centre restored"),
    "account.password_changed": gettext_noop("Password changed"),
    "account.password_reset": gettext_noop("Password set anew by letter"),
    "account.email_changed": gettext_noop("E-mail address changed"),
    "account.second_factor_on": gettext_noop("Second factor set up"),
    "account.second_factor_off": gettext_noop("Second factor taken away"),
    "account.recovery_codes_made": gettext_noop("Recovery codes made"),
    "account.deleted": gettext_noop("Account deleted"),
    "account.sessions_ended": gettext_noop("Other sessions ended"),
    "consent.asked": gettext_noop("Account manager asked to look inside"),
    "consent.granted": gettext_noop("Account manager let in"),
    "consent.refused": gettext_noop("Account manager refused"),
    "consent.ended": gettext_noop("Visit of an account manager ended"),
    "consent.emergency": gettext_noop("Emergency access by the operator"),
    "consent.used": gettext_noop("Account manager looked"),
    "firm.onboarded": gettext_noop("Firm onboarded by its account manager"),
    "firm.assigned": gettext_noop("Account manager changed"),
    "firm.suspended": gettext_noop("Firm suspended"),
    "firm.reactivated": gettext_noop("Firm reactivated"),
    "firm.noted": gettext_noop("Note by the account manager"),
    "organisation.closed": gettext_noop("Firm closed, to be removed"),
    "organisation.stayed": gettext_noop("Firm opened again"),
    "billing.checkout_begun": gettext_noop("Paying by Stripe begun"),
    "billing.desk_opened": gettext_noop("Means of payment opened at Stripe"),
    "billing.followed": gettext_noop("Subscription changed at Stripe"),
    "billing.credit_granted": gettext_noop("Credit granted"),
    "billing.details_changed": gettext_noop("Billing details changed"),
    "billing.discount_granted": gettext_noop("Discount granted"),
    "billing.disputed": gettext_noop("Payment disputed at the bank"),
    "billing.payment_booked": gettext_noop("Payment booked"),
    "billing.refunded": gettext_noop("Payment refunded"),
    "billing.tier_chosen": gettext_noop("Tier chosen"),
    "billing.trial_extended": gettext_noop("Trial extended"),
    "connection.made": gettext_noop("Connection made"),
    "connection.paused": gettext_noop("Connection paused"),
    "connection.removed": gettext_noop("Connection removed"),
    "connection.renewed": gettext_noop("Connection renewed"),
    "connection.resumed": gettext_noop("Connection resumed"),
    "order.released": gettext_noop("Production order released"),
    "policy.tuning_undone": gettext_noop("Tuned rules taken back"),
}
LONGEST = 300


def phrase(action: str) -> str:
    """Call an action by words; one that has none yet is read as it is written."""
    return _(PHRASES[action]) if action in PHRASES else action.replace(".", ": ").replace("_", " ")


def told(detail: Mapping[str, object]) -> list[tuple[str, str]]:
    """List what an entry tells beside what everybody reads: the name of each thing and what it is now."""
    return [(name.replace("_", " "), _plain(value)) for name, value in detail.items() if value not in (None, "", [])]


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        text = ", ".join(f"{name} → {_plain(inner)}" for name, inner in value.items())
    elif isinstance(value, list | tuple):
        text = ", ".join(_plain(inner) for inner in value)
    else:
        text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
