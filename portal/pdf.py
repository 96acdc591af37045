"""Pages that are printed: an order as the supplier receives it."""

import logging

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from forecasting.queries.orders import Detail
from portal import billing_words, formats
from tenants.errors import Conflict
from tenants.models import Invoice, Organisation

STYLE = settings.BASE_DIR / "static" / "css" / "order.css"

logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)  # else it tells every step of every page


def order_pdf(detail: Detail, organisation: Organisation, request: HttpRequest | None = None) -> bytes:
    """Draw an order on A4, in the language that is spoken now."""
    context = {"detail": detail, "order": detail.order, "firm": organisation}
    return draw(render_to_string("orders/pdf.html", context, request))


def invoice_pdf(invoice: Invoice) -> bytes:
    """Draw an invoice or credit note on A4, in its customer's language."""
    with translation.override(invoice.language):
        rate = formats.percent(invoice.vat_bp / 10_000, invoice.language, decimals=1 if invoice.vat_bp % 100 else 0)
        context = {"invoice": invoice, "lines": billing_words.lines(invoice), "rate": rate}
        return draw(render_to_string("billing/pdf.html", context))


def draw(page: str) -> bytes:
    """Turn a page into a PDF; nothing is fetched from anywhere.

    Raises Conflict where the machine lacks Pango, which sets the type.
    """
    try:
        from weasyprint import CSS, HTML
        from weasyprint.urls import URLFetcher
    except OSError:  # the package is there, the library of the system is not
        raise Conflict(
            _(
                "This server cannot make PDF yet: it lacks the library Pango "
                "(Debian and Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0; macOS: brew install pango). "
                "The workbook (XLSX) and the table (CSV) hold the same."
            )
        ) from None
    look = CSS(string=STYLE.read_text())
    return bytes(HTML(string=page, url_fetcher=URLFetcher(allowed_protocols=())).write_pdf(stylesheets=[look]))
