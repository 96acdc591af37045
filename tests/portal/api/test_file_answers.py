"""A file by the API that leaves something open: what is asked, and that nothing is guessed where no answer comes."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from forecasting.models import Sale
from tenants.isolation import tenant_scope
from tests.factories import ProductFactory
from tests.portal.reading import read_here, work

FILE = b"sku,name,date,units\n123,Cup,03/04/2025,2\n6.93E+12,green tea,05/06/2025,1\n"
ANSWERS = {"date_order": "dmy", "repair": "name", "zeros": "restore"}


@pytest.fixture
def asked(committed_db, acme, call, key_for, tmp_path, settings, monkeypatch):
    """Give a file that leaves three things open; returns how to confirm it."""
    settings.MEDIA_ROOT = tmp_path
    read_here(monkeypatch)
    with tenant_scope(acme.pk):
        ProductFactory(sku="00123", name="Cup")
        ProductFactory(sku="6930123456789", name="Green Tea")
    key = key_for(acme)
    given = Client(headers={"Authorization": f"Bearer {key}"}).post(
        "/api/v1/uploads", {"file": SimpleUploadedFile("till.csv", io.BytesIO(FILE).read())}
    )
    assert given.status_code == 202
    work(acme)
    path = f"uploads/{given.json()['id']}"
    said = call(key, "GET", path).said
    assert {one["setting"]: one["options"] for one in said["questions"]} == {
        "date_order": ["dmy", "mdy"],
        "repair": ["name", "leave"],
        "zeros": ["restore", "as_written"],
    }
    return lambda **answers: call(key, "POST", f"{path}/confirm", answers)


def test_each_question_of_a_file_needs_its_answer(acme, asked):
    for missing in ANSWERS:
        refused = asked(**{name: value for name, value in ANSWERS.items() if name != missing})
        assert refused.status == 422, missing
    assert asked(**ANSWERS, decimal="x").status in (400, 422)
    assert asked(**ANSWERS).status == 202
    work(acme)
    with tenant_scope(acme.pk):
        lines = Sale.objects.order_by("sold_on").values_list("product__sku", "sold_on")
        assert [(sku, day.isoformat()) for sku, day in lines] == [
            ("00123", "2025-04-03"),
            ("6930123456789", "2025-06-05"),
        ]
