"""Letters to suppliers: written with the order's transaction, sent once that is committed."""

import logging
from smtplib import SMTPException
from uuid import UUID

from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from forecasting import queries
from forecasting.models import Order
from forecasting.services import order_files, orders
from forecasting.services.exports import KINDS
from portal.pdf import order_pdf
from tenants.errors import Conflict
from tenants.isolation import tenant_scope
from tenants.models import Organisation, User

log = logging.getLogger("lagom.letters")


def post(order: Order, *, organisation: Organisation, by: User, language: str) -> None:
    """Send an order to its supplier as soon as it is committed that it was sent; write down whether that went well.

    The order itself is the outbox: a letter that was not sent is still "waiting" there, and can be sent again.
    """
    with translation.override(language):
        letter = write(order, organisation, by)
    transaction.on_commit(lambda: _send(letter, organisation.pk, order.pk))


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


def _send(letter: EmailMessage, organisation_id: int, order_id: UUID) -> None:
    try:
        letter.send()
        well = True
    except (SMTPException, OSError):
        log.exception("the letter of order %s was not sent", order_id)
        well = False
    with tenant_scope(organisation_id):
        orders.letter_went(order_id=order_id, well=well)
