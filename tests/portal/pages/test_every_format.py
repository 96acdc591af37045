"""Every export of a shop through the page: recognised, confirmed as it was understood, loaded, counted, taken back."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Sum
from django.urls import reverse

from forecasting.models import Component, Inbound, Product, Sale, StockCount, Upload
from tenants.isolation import tenant_scope
from tests.forecasting.ingest.counted import AMOUNT, COUNTED, HERE
from tests.portal.reading import as_understood, read_here, work

TABLES = {"sales": Sale, "stock": StockCount, "inbound": Inbound, "components": Component}


def test_every_export_comes_in_by_the_page_as_it_was_counted(
    committed_db, acme, alice, client_for, tmp_path, settings, monkeypatch
):
    read_here(monkeypatch)
    settings.MEDIA_ROOT = tmp_path
    browser = client_for(alice)
    for name in dict.fromkeys(name for name, *_ in COUNTED):
        browser.post(reverse("uploads_new"), {"files": [SimpleUploadedFile(name, (HERE / name).read_bytes())]})
        work(acme)
        counted = {kind: rest for other, kind, *rest in COUNTED if other == name}
        with tenant_scope(acme.pk):
            found = {upload.kind: upload for upload in Upload.objects.filter(name=name)}
        assert set(found) >= set(counted), name
        for kind, (rows, good, bad, aside, amount) in counted.items():
            upload = found[kind]
            address = reverse("upload", args=[upload.pk])
            shown = browser.get(address).content.decode()
            assert "Recognised: " in shown, name
            assert browser.post(f"{address}confirm/", as_understood(upload)).status_code == 302, name
            work(acme)
            with tenant_scope(acme.pk):
                upload.refresh_from_db()
                assert (upload.state, upload.rows_good, upload.rows_bad) == ("done", good, bad), (name, kind)
                assert upload.rows_set_aside == sum(aside.values()) == rows - good - bad
                if kind in TABLES:
                    assert float(TABLES[kind].objects.aggregate(sum=Sum(AMOUNT[kind]))["sum"]) == amount, (name, kind)
                else:
                    assert Product.objects.filter(incomplete=False).count() == good, name
            browser.post(f"{address}undo/")
            work(acme)
            with tenant_scope(acme.pk):
                assert not any(table.objects.exists() for table in TABLES.values()), (name, kind)
                Product.objects.all().delete()
