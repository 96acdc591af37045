"""The pages of orders: the board, one order, its letter and files, and what arrives."""

import datetime as dt
import io
import sys
from decimal import Decimal

import openpyxl
import pypdf
import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from forecasting import models as rows
from forecasting.services import decisions, orders
from forecasting.services.decisions import Choice
from forecasting.services.orders import Wish
from portal import pdf
from tenants.isolation import tenant_scope
from tenants.models import Letter
from tenants.services import organisations
from tests.factories import ProductFactory, SupplierFactory
from tests.forecasting.published import publish


@pytest.fixture
def draft(acme, bob, alice):
    """A draft to the Mill of 30 order-000 at 10.00, begun from the plan."""
    with tenant_scope(acme.pk):
        organisations.change(organisation=acme, by=alice, address="Main street 1\n10115 Berlin")
        run = publish()
        rows.Supplier.objects.update(email="mill@example.com", contact="Ms Miller")
        pk = rows.Proposal.objects.get(product__sku="order-000").pk
        found = decisions.decide(run_id=run.pk, choices=[Choice(pk)], organisation=acme, by=bob)
        return found.orders[0]


@pytest.fixture
def sent(acme, draft, bob):
    with tenant_scope(acme.pk):
        return orders.send(order_id=draft.pk, by=bob)


@pytest.fixture
def ask(client_for, bob):
    client = client_for(bob)

    def asked(address, said=None):
        return client.get(address) if said is None else client.post(address, said, follow=True)

    return asked


def text(answer):
    return answer.content.decode()


def line(firm, order):
    with tenant_scope(firm.pk):
        return rows.OrderLine.objects.get(order=order)


def state(firm, order):
    with tenant_scope(firm.pk):
        return rows.Order.objects.get(pk=order.pk).state


def read_pdf(answer):
    assert answer["Content-Type"] == "application/pdf"
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)


def test_an_empty_board_says_where_orders_come_from(client_for, acme, bob):
    assert "Nothing is on order yet" in text(client_for(bob).get("/orders/"))


def test_the_board_shows_each_order_in_its_state(ask, acme, draft, bob):
    page = text(ask("/orders/"))
    assert draft.number in page and "€300" in page and "Mill" in page
    with tenant_scope(acme.pk):
        orders.send(order_id=draft.pk, by=bob)
        rows.OrderLine.objects.update(expected_on=timezone.localdate() - dt.timedelta(3))
    assert "late: was expected" in text(ask("/orders/"))
    assert draft.number not in text(ask("/orders/?supplier=NOBODY"))


def test_lines_of_a_draft_are_changed_added_and_removed(ask, acme, draft):
    address, pk = f"/orders/{draft.pk}/lines/", line(acme, draft).pk
    said = {"do": "save", f"units-{pk}": "33,5", f"cost-{pk}": "9.9", f"expected-{pk}": "2026-12-24"}
    assert "Saved." in text(ask(address, said))
    saved = line(acme, draft)
    assert (saved.units, saved.unit_cost, saved.expected_on) == (33.5, Decimal("9.9"), dt.date(2026, 12, 24))
    assert f'name="cost-{pk}" value="9.9"' in ask(f"/orders/{draft.pk}/").content.decode()
    ask(address, {"do": "add", "sku": "excess-002", "units": "5", "expected": "2026-12-01"})
    ask(address, {"do": f"remove:{pk}"})
    assert line(acme, draft).units == 5
    for wrong in ({"units": "x"}, {"units": "1", "sku": "nobody"}):
        assert ask(address, {"do": "add", "expected": "2026-12-01", "sku": "excess-002", **wrong}).status_code == 422
    assert ask(address, {f"cost-{line(acme, draft).pk}": "-1"}).status_code == 422


def test_an_order_goes_to_the_supplier_with_pdf_and_workbook(ask, acme, draft, outbox, bob):
    said = {"do": "mail", "to": "mill@example.com", "message": "Please hurry", "language": "en"}
    page = text(ask(f"/orders/{draft.pk}/send/", said))
    assert "is on its way to mill@example.com" in page
    assert mail.outbox == []
    outbox()
    (letter,) = mail.outbox
    assert letter.subject == f"Order {draft.number} of Acme"
    assert (letter.to, letter.reply_to) == (["mill@example.com"], [bob.email])
    assert "Please hurry" in letter.body and "order-000" in letter.body and "€300.00" in letter.body
    assert [name for name, _, _ in letter.attachments] == [f"{draft.number}.pdf", f"{draft.number}.xlsx"]
    assert letter.attachments[0][1].startswith(b"%PDF")
    with tenant_scope(acme.pk):
        assert rows.Order.objects.get(pk=draft.pk).mail == "sent"


def test_a_letter_that_fails_is_told_and_sent_again(ask, acme, draft, outbox, settings):
    settings.LETTER_BACKEND = "tests.tenants.refusing.EmailBackend"
    ask(f"/orders/{draft.pk}/send/", {"do": "mail", "to": "mill@example.com"})
    outbox()
    page = text(ask(f"/orders/{draft.pk}/"))
    assert "could not be sent" in page and "Send it again" in page
    assert state(acme, draft) == "sent"
    settings.LETTER_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    ask(f"/orders/{draft.pk}/send/", {"do": "again"})
    outbox()
    assert len(mail.outbox) == 1
    assert not Letter.objects.exists()
    assert "could not be sent" not in text(ask(f"/orders/{draft.pk}/"))
    assert ask(f"/orders/{draft.pk}/send/", {"do": "again"}).status_code == 409


def test_wrong_addresses_and_second_sendings_are_refused(ask, acme, draft):
    assert ask(f"/orders/{draft.pk}/send/", {"do": "mail", "to": "mill\nBcc: x@y.z"}).status_code == 422
    assert state(acme, draft) == "draft"
    assert "marked as sent" in text(ask(f"/orders/{draft.pk}/send/", {"do": "export"}))
    assert ask(f"/orders/{draft.pk}/send/", {"do": "export"}).status_code == 409


def test_goods_arrive_in_parts_and_are_taken_back(ask, acme, sent):
    address, pk = f"/orders/{sent.pk}/receive/", line(acme, sent).pk
    today = timezone.localdate().isoformat()
    said = {"do": "typed", "received_on": today, f"units-{pk}": "12", f"before-{pk}": "0"}
    assert "still expected" in text(ask(address, said))
    assert state(acme, sent) == "partly"
    assert ask(address, said).status_code == 409
    assert "has come" in text(ask(address, {"do": "all", "received_on": today, f"before-{pk}": "12"}))
    assert (state(acme, sent), line(acme, sent).received) == ("received", 30)
    with tenant_scope(acme.pk):
        first = rows.Receipt.objects.order_by("pk").first()
    ask(address, {"do": f"undo:{first.pk}"})
    assert (state(acme, sent), line(acme, sent).received) == ("partly", 18)
    assert ask(address, {"do": "typed", "received_on": "soon"}).status_code == 422


def test_a_draft_is_discarded_and_a_sent_order_cancelled(ask, acme, draft, bob):
    assert "open again" in text(ask(f"/orders/{draft.pk}/end/", {}))
    with tenant_scope(acme.pk):
        assert not rows.Decision.objects.filter(undone_at=None).exists()
        orders.add(order_id=draft.pk, sku="excess-002", units=1, expected_on=dt.date(2026, 12, 1), by=bob)
        orders.send(order_id=draft.pk, by=bob)
    assert "is cancelled" in text(ask(f"/orders/{draft.pk}/end/", {}))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pdf_holds_all_that_the_supplier_needs(ask, acme, sent, language):
    with tenant_scope(acme.pk):
        rows.Product.objects.filter(sku="order-000").update(name="藤编抱枕套 <b>")
    said = read_pdf(ask(f"/orders/{sent.pk}/order.pdf?language={language}"))
    assert sent.number in said and "Acme" in said and "10115 Berlin" in said
    assert "Mill" in said and "Ms Miller" in said
    assert "order-000" in said and "藤编抱枕套 <b>" in said
    assert "300.00" in said and "EUR" in said and "1 / 1" in said
    assert translation.get_language() == "en"


def test_a_long_order_has_numbered_pages(ask, acme, draft, bob):
    with tenant_scope(acme.pk):
        supplier = SupplierFactory(code="LONG")
        order = orders.draft(supplier=supplier, location=None, currency="EUR", by=bob)
        products = [ProductFactory(sku=f"L-{n:03}", supplier=supplier, unit_cost=Decimal("0.0125")) for n in range(90)]
        orders.put(order, [Wish(product, 1000, product.unit_cost, dt.date(2026, 12, 1)) for product in products])
    said = read_pdf(ask(f"/orders/{order.pk}/order.pdf"))
    assert "1 / 4" in said and "4 / 4" in said and "L-089" in said
    assert "€0.0125" in said and "€1,125.00" in said


def test_without_pango_the_page_says_what_to_install(ask, sent, monkeypatch):
    class Missing:
        def find_spec(self, name, path=None, target=None):
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    answer = ask(f"/orders/{sent.pk}/order.pdf")
    assert answer.status_code == 409
    assert "libpango-1.0-0" in text(answer) and "XLSX" in text(answer)


def test_a_printed_page_fetches_nothing(tmp_path, caplog):
    (tmp_path / "secret.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><text y="9">secret</text></svg>')
    drawn = pdf.draw(f'<img src="file://{tmp_path}/secret.svg"><img src="http://example.com/x.png">here')
    said = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(drawn)).pages)
    assert "here" in said and "secret" not in said
    assert caplog.text.count("disallowed protocol") == 2


def test_files_hold_numbers_as_numbers_and_texts_as_texts(ask, acme, sent):
    with tenant_scope(acme.pk):
        rows.Product.objects.filter(sku="order-000").update(name="=1+1")
    sheet = openpyxl.load_workbook(io.BytesIO(ask(f"/orders/{sent.pk}/order.xlsx").content)).active
    head, one = sheet.iter_rows()
    cells = dict(zip([cell.value for cell in head], one, strict=True))
    assert (cells["Product"].value, cells["Product"].data_type) == ("=1+1", "s")
    assert (cells["Units"].value, cells["Unit cost"].value, cells["Value"].value) == (30, 10, 300)
    assert "'=1+1" in ask(f"/orders/{sent.pk}/order.csv").content.decode("utf-8-sig")
    assert "商品" in ask(f"/orders/{sent.pk}/order.csv?language=zh-hans").content.decode("utf-8-sig")
    assert ask(f"/orders/{sent.pk}/order.exe").status_code == 404


def test_viewers_read_orders_and_change_nothing(client_for, sent, victor):
    client = client_for(victor)
    for address in ("/orders/", f"/orders/{sent.pk}/", f"/orders/{sent.pk}/receive/", f"/orders/{sent.pk}/order.csv"):
        assert client.get(address).status_code == 200
    for word in ("lines", "send", "end", "receive"):
        assert client.post(f"/orders/{sent.pk}/{word}/").status_code == 403


def test_the_board_asks_the_same_however_many_orders(ask, acme, draft, bob):
    def asked():
        with CaptureQueriesContext(connection) as found:
            ask("/orders/")
        return len(found)

    asked()  # the first request of a session writes it down
    before = asked()
    with tenant_scope(acme.pk):
        product = rows.Product.objects.get(sku="excess-002")
        for number in range(12):
            order = orders.draft(supplier=SupplierFactory(code=f"S{number}"), location=None, currency="EUR", by=bob)
            orders.put(order, [Wish(product, 1, product.unit_cost, dt.date(2026, 12, 1))])
    assert asked() == before < 30
