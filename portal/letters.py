"""Letters to suppliers: written in the order's transaction."""

import logging

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from forecasting import queries
from forecasting.models import Order
from forecasting.services import order_files
from forecasting.services.exports import KINDS
from portal.pdf import order_pdf
from tenants.errors import Conflict
from tenants.models import Organisation, User
from tenants.services import letters

log = logging.getLogger("lagom.letters")


def post(order: Order, *, organisation: Organisation, by: User, language: str) -> None:
    """Send an order to its supplier; `orders.letter_went` is told what became of the letter."""
    topic = f"order:{order.pk}"
    letters.forget(organisation.pk, topic)  # one that was lost, if this is another try
    with translation.override(language):
        letter = write(order, organisation, by)
    letter.extra_headers[letters.TOPIC] = topic
    letter.send()


def write(order: Order, organisation: Organisation, by: User) -> EmailMessage:
    """Write the letter with the order as PDF and workbook; without Pango with the workbook alone."""
    detail = queries.orders.detail(order)
    subject = _("Order %(number)s of %(firm)s") % {"number": order.number, "firm": organisation.name}
    context = {"order": order, "detail": detail, "firm": organisation, "by": by}
    letter = EmailMessage(
        subject=" ".join(subject.split()),
        body=render_to_string("emails/order.txt", context),
        to=[order.sent_to],
        reply_to=[by.email],
    )
    workbook = order_files.order_file("xlsx", order, [row.line for row in detail.lines])
    try:
        letter.attach(f"{order.number}.pdf", order_pdf(detail, organisation), "application/pdf")
    except Conflict:
        log.warning("order %s goes without its PDF: Pango is missing", order.number)
    letter.attach(f"{order.number}.xlsx", workbook, KINDS["xlsx"])
    return letter
