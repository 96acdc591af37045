"""Letters about money: written in the transaction of the change they tell of."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tenants.models import Invoice, Membership, Organisation, Subscription
from tenants.roles import Role

SUBJECTS = {
    "trial_ended": gettext_noop("Your trial of Lagom has ended"),
    "ended": gettext_noop("Your paid tier has ended"),
    "invoice": gettext_noop("Your invoice %(number)s"),
    "reminder_1": gettext_noop("A payment is late"),
    "reminder_7": gettext_noop("A payment is a week late"),
    "reminder_14": gettext_noop("A payment is two weeks late"),
    "read_only": gettext_noop("Lagom is read-only until the payment arrives"),
    "confirm": gettext_noop("Please confirm the payment of your new tier"),
    "limit": gettext_noop("You have nearly reached a limit of your tier"),
}


def post(
    organisation: Organisation, row: Subscription, kind: str, invoice: Invoice | None = None, **told: object
) -> None:
    """Send a letter to whoever pays, in the firm's language."""
    with translation.override(organisation.language):
        about = {"firm": organisation.name, "number": invoice.number if invoice else ""}
        context = {"kind": kind, "firm": organisation, "row": row, "invoice": invoice, "site": settings.SITE_ADDRESS}
        letter = EmailMessage(
            subject=" ".join((_(SUBJECTS[kind]) % about).split()),
            body=render_to_string("emails/billing.txt", {**context, **told}),
            to=readers(organisation, row),
        )
    if letter.to:
        letter.send()


def readers(organisation: Organisation, row: Subscription) -> list[str]:
    """Name who gets letters about money: the address for bills, else the owners."""
    if row.billing_email:
        return [row.billing_email]
    owners = Membership.objects.filter(organisation=organisation, role=Role.OWNER)
    return list(owners.order_by("pk").values_list("user__email", flat=True))
