"""Every export of a shop through the page: recognised, confirmed as it was understood, loaded, counted, taken back."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Sum
from django.urls import reverse

from forecasting import jobs
from forecasting.ingest.convert import convert
from forecasting.ingest.inspection import inspect
from forecasting.ingest.types import Settings
from forecasting.models import Component, Inbound, Job, Product, Sale, StockCount, Upload
from forecasting.services import looks, uploads
from tenants.isolation import tenant_scope
from tests.forecasting.ingest.counted import AMOUNT, COUNTED, HERE

TABLES = {"sales": Sale, "stock": StockCount, "inbound": Inbound, "components": Component}


@pytest.fixture
def in_process(monkeypatch):
    """Read files here: forty starts of a sandbox, which has tests of its own, would take a minute."""

    def looked(path, settings=None):
        with TemporaryDirectory() as work:
            return inspect(path, settings or Settings(), Path(work))

    def converted(path, settings, out, on_progress=None):
        with TemporaryDirectory() as work:
            out.mkdir(exist_ok=True)
            return convert(path, settings, out, Path(work), on_progress or (lambda done, total: None))

    monkeypatch.setattr(looks, "inspect_file", looked)
    monkeypatch.setattr(uploads, "convert_file", converted)


def work(acme):
    for job in Job.objects.filter(organisation=acme, state__in=Job.OPEN).order_by("created_at"):
        jobs.run(job.pk)
        job.refresh_from_db()
        assert job.state == Job.State.DONE, (job.kind, job.error)


def test_every_export_comes_in_by_the_page_as_it_was_counted(
    committed_db, acme, alice, client_for, tmp_path, settings, in_process
):
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
            headers = upload.look["headers"]
            form = {f"column-{headers.index(header)}": field for field, header in upload.settings["mapping"].items()}
            assert browser.post(f"{address}confirm/", {"kind": kind, **form}).status_code == 302, name
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
