"""Orders from draft to received: the board, one order, its lines, its letter, what arrived, and its files."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from forecasting import queries
from forecasting.models import Order
from forecasting.services import order_files, receipts
from forecasting.services import orders as service
from forecasting.services.exports import KINDS
from forecasting.services.receipts import Arrived
from portal import letters
from portal.access import MemberRequest, may
from portal.pdf import order_pdf
from portal.render import render_page
from tenants.errors import Invalid, NotFound

LONGEST_MESSAGE = 4000


@require_safe
@may("plans.view")
def orders(request: MemberRequest) -> HttpResponse:
    """Show the orders by how far they have come."""
    supplier = request.GET.get("supplier", "")
    board = queries.orders.board(supplier)
    context = {
        "board": board,
        "any": any(column.rows for column in board),
        "supplier": supplier,
        "suppliers": queries.products.suppliers(),
        "today": timezone.localdate(),
        "late": {row.order.pk for column in board for row in column.rows if row.late(timezone.localdate())},
    }
    return render_page(request, "orders/list.html", context)


@require_safe
@may("plans.view")
def order(request: MemberRequest, order_id: UUID) -> HttpResponse:
    """Show one order as the supplier sees it, with what can be done now."""
    found = service.get(order_id)
    context = {
        "order": found,
        "detail": queries.orders.detail(found),
        "languages": settings.LANGUAGES,
        "spoken_now": get_language(),
        "today": timezone.localdate(),
    }
    return render_page(request, "orders/detail.html", context)


# ── A draft's lines ──


@require_POST
@may("plans.edit")
def lines(request: MemberRequest, order_id: UUID) -> HttpResponse:
    """Save what was typed into the lines, add one, or remove one."""
    said = request.POST
    what, _colon, which = said.get("do", "").partition(":")
    if what == "add":
        service.add(
            order_id=order_id,
            sku=said.get("sku", "").strip(),
            units=_units(said.get("units", "")),
            expected_on=_day(said.get("expected", "")),
            by=request.user,
        )
    elif what == "remove" and which.isdecimal():
        service.remove_line(order_id=order_id, line_id=int(which[:18]), by=request.user)
    else:
        _save(request, service.get(order_id))
        messages.success(request, _("Saved."))
    return redirect("order", order_id)


def _save(request: MemberRequest, found: Order) -> None:
    read: dict[str, tuple[str, Callable[[str], object]]] = {
        "units": ("units", _units),
        "cost": ("unit_cost", _cost),
        "expected": ("expected_on", _day),
    }
    for row in queries.orders.detail(found).lines:
        typed = {name: request.POST.get(f"{name}-{row.line.pk}") for name in read}
        said = {read[name][0]: read[name][1](text) for name, text in typed.items() if text is not None}
        if said:
            service.change_line(order_id=found.pk, line_id=row.line.pk, by=request.user, **said)


def _units(text: str) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise Invalid(_("“%(text)s” is no quantity.") % {"text": text[:40]}) from None


def _cost(text: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        cost = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        cost = Decimal(-1)
    if not (cost.is_finite() and 0 <= cost < Decimal(10) ** 11):
        raise Invalid(_("“%(text)s” is no cost.") % {"text": text[:40]})
    return cost.quantize(Decimal("0.0001"))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# ── To the supplier, or away ──


@require_POST
@may("plans.edit")
def send(request: MemberRequest, order_id: UUID) -> HttpResponse:
    """Send a draft by letter, mark it as sent another way, or send a letter that got lost once more."""
    what, language = request.POST.get("do"), _language(request.POST)
    if what == "again":
        found = service.send_again(order_id=order_id, by=request.user)
    else:
        to = _address(request.POST.get("to", "")) if what == "mail" else ""
        message = request.POST.get("message", "").strip()[:LONGEST_MESSAGE]
        found = service.send(order_id=order_id, by=request.user, to=to, message=message)
    if found.sent_to:
        letters.post(found, organisation=request.organisation, by=request.user, language=language)
        messages.success(request, _("%(number)s is on its way to %(to)s.") % _named(found))
    else:
        messages.success(request, _("%(number)s is marked as sent. Its files are below.") % _named(found))
    return redirect("order", order_id)


def _named(found: Order) -> dict[str, str]:
    return {"number": found.number, "to": found.sent_to}


def _language(said: QueryDict) -> str:
    wanted = said.get("language", "")
    return wanted if wanted in dict(settings.LANGUAGES) else get_language() or settings.LANGUAGE_CODE


def _address(text: str) -> str:
    try:
        validate_email(text.strip())
    except ValidationError:
        raise Invalid(_("“%(text)s” is no e-mail address.") % {"text": text[:80]}) from None
    return text.strip()


@require_POST
@may("plans.edit")
def end(request: MemberRequest, order_id: UUID) -> HttpResponse:
    """Discard a draft, or cancel an order of which nothing has come."""
    found = service.get(order_id)
    if found.state == Order.State.DRAFT:
        service.discard(order_id=order_id, by=request.user)
        messages.success(request, _("Discarded. Its proposals are open again in the plan."))
        return redirect("orders")
    service.cancel(order_id=order_id, by=request.user)
    messages.success(request, _("%(number)s is cancelled. Nothing is expected of it any more.") % _named(found))
    return redirect("order", order_id)


# ── What arrives ──


@require_http_methods(["GET", "HEAD", "POST"])
@may("plans.view")
def receive(request: MemberRequest, order_id: UUID) -> HttpResponse:
    """Show what is still to come, line by line."""
    if request.method == "POST":
        return _receive(request, order_id)
    found = service.get(order_id)
    context = {"order": found, "detail": queries.orders.detail(found), "today": timezone.localdate()}
    return render_page(request, "orders/receive.html", context)


@may("plans.edit")
def _receive(request: MemberRequest, order_id: UUID) -> HttpResponse:
    """Book what arrived, or take an arrival back."""
    said = request.POST
    what, _colon, which = said.get("do", "").partition(":")
    if what == "undo" and which.isdecimal():
        receipts.undo(order_id=order_id, receipt_id=int(which[:18]), by=request.user)
        messages.success(request, _("Taken back: it is still to come."))
        return redirect("order_receive", order_id)
    day = _day(said.get("received_on", ""))
    if day is None:
        raise Invalid(_("Say on which day it arrived."))
    arrived = _arrived(said, service.get(order_id), everything=what == "all")
    found = receipts.receive(order_id=order_id, arrived=arrived, received_on=day, by=request.user)
    messages.success(
        request,
        _("All of %(number)s has come.") % _named(found)
        if found.state == Order.State.RECEIVED
        else _("Booked. The rest of %(number)s is still expected.") % _named(found),
    )
    return redirect("order", order_id)


def _arrived(said: QueryDict, found: Order, *, everything: bool) -> dict[int, Arrived]:
    arrived = {}
    for row in queries.orders.detail(found).lines:
        pk, typed = row.line.pk, said.get(f"units-{row.line.pk}", "")
        before = _units(said.get(f"before-{pk}", "0"))
        units = max(0.0, row.line.units - before) if everything else _units(typed) if typed.strip() else 0.0
        if everything and row.line.closed:
            units = 0.0
        arrived[pk] = Arrived(units, before, closes=f"closes-{pk}" in said)
    return arrived


# ── Files ──


@require_safe
@may("exports.make")
def file(request: MemberRequest, order_id: UUID, form: str) -> HttpResponse:
    """Give the order as PDF, workbook or table; ?language= names theirs, the supplier's perhaps."""
    found = service.get(order_id)
    detail = queries.orders.detail(found)
    if form == "pdf":
        with translation.override(_language(request.GET)):
            body, kind = order_pdf(detail, request.organisation), "application/pdf"
    elif form in KINDS:
        with translation.override(_language(request.GET)):
            body, kind = order_files.order_file(form, found, [row.line for row in detail.lines]), KINDS[form]
    else:
        raise NotFound("There is no such file.")
    shown = "inline" if form == "pdf" else "attachment"
    name = f'{shown}; filename="{found.number}.{form}"'
    return HttpResponse(
        body, content_type=kind, headers={"Content-Disposition": name, "X-Content-Type-Options": "nosniff"}
    )
