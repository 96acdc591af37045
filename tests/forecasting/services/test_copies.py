"""A copy of everything: whole, without secrets, and the same firm again when it is read back."""

import csv
import io
import json
import zipfile

import pytest
from django.apps import apps
from django.core.management import call_command

from forecasting import jobs
from forecasting.models import Job, Run, Sale
from forecasting.services import copies, leaving
from tenants.errors import Invalid
from tenants.isolation import tenant_scope
from tenants.models import Organisation
from tests.factories import OverrideFactory, ProductFactory, SaleFactory, UploadFactory, found
from tests.tenants.filling import fill


def copied(firm, folder):
    out = io.BytesIO()
    with tenant_scope(firm.pk):
        copies.write(out, firm, folder)
    out.seek(0)
    return out


def test_every_table_of_a_firm_is_copied_but_for_what_can_be_computed_again():
    named = {table.name for table in copies.tables()} | copies.PASSING
    for model in apps.get_models():
        if any(field.column == "organisation_id" for field in model._meta.concrete_fields):
            assert model._meta.db_table in named, model


def test_parents_come_before_the_rows_that_point_at_them():
    order = [table.name for table in copies.tables()]
    for table in copies.tables():
        for parent in table.links.values():
            assert order.index(parent) < order.index(table.name), table


def test_what_is_read_back_says_the_same_under_new_ids_in_every_table(acme, rival, tmp_path):
    fill(acme.pk)
    with tenant_scope(acme.pk):
        before = copies.checksums()
    box = copied(acme, tmp_path)
    with tenant_scope(rival.pk):
        counts = copies.read(box, tmp_path)
        after = copies.checksums()
    assert after == before
    assert all(n == 1 for n in counts.values())
    assert len(counts) >= 35


def test_checksum_sees_one_changed_figure_and_one_row_that_points_elsewhere(acme, tmp_path):
    with tenant_scope(acme.pk):
        one, two = ProductFactory(sku="A"), ProductFactory(sku="B")
        sale = SaleFactory(product=one)
        before = copies.checksums()
        Sale.objects.filter(pk=sale.pk).update(units=4)
        changed = copies.checksums()
        Sale.objects.filter(pk=sale.pk).update(units=3, product=two)
        moved = copies.checksums()
    assert before["forecasting_sale"] != changed["forecasting_sale"]
    assert before["forecasting_sale"] != moved["forecasting_sale"]
    assert before["forecasting_product"] == changed["forecasting_product"]


def test_firm_that_is_not_empty_takes_no_copy(acme, rival, tmp_path):
    fill(acme.pk)
    box = copied(acme, tmp_path)
    with tenant_scope(rival.pk):
        ProductFactory(sku="mine")
        with pytest.raises(Invalid, match="forecasting_product"):
            copies.read(box, tmp_path)


def test_copy_holds_no_secret_and_no_row_of_another_firm(acme, rival, tmp_path):
    fill(acme.pk)
    with tenant_scope(rival.pk):
        ProductFactory(sku="RIVALS", name="of the rival")
    box = zipfile.ZipFile(copied(acme, tmp_path))
    texts = {name: box.read(name).decode() for name in box.namelist()}
    wrong = ("RIVALS", '"secret', "secret_hash", "token_hash", "password")
    assert not [(name, word) for name, text in texts.items() for word in wrong if word in text and name != "about.json"]


def test_spreadsheets_of_the_copy_run_no_formula_and_keep_leading_zeros(acme, tmp_path):
    with tenant_scope(acme.pk):
        ProductFactory(sku="007", name="=1+1")
    box = zipfile.ZipFile(copied(acme, tmp_path))
    (row,) = csv.DictReader(io.StringIO(box.read("csv/forecasting_product.csv").decode("utf-8-sig")))
    assert (row["sku"], row["name"]) == ("007", "'=1+1")
    (kept,) = json.loads(box.read("json/forecasting_product.json"))
    assert kept["name"] == "=1+1"


def test_files_go_along_and_never_leave_their_folder(acme, rival, tmp_path):
    (tmp_path / str(acme.pk)).mkdir()
    (tmp_path / str(acme.pk) / "abc").write_bytes(b"sku\n")
    with tenant_scope(acme.pk):
        UploadFactory(path=f"{acme.pk}/abc")
    box = copied(acme, tmp_path)
    with zipfile.ZipFile(box, "a") as more:
        more.writestr("files/../../escaped", b"x")
    box.seek(0)
    with tenant_scope(rival.pk):
        copies.read(box, tmp_path)
        path = apps.get_model("forecasting", "Upload").objects.get().path
    assert (tmp_path / path).read_bytes() == b"sku\n"
    assert not (tmp_path.parent / "escaped").exists()


def test_many_rows_are_read_in_blocks_and_none_is_left_out(acme, rival, tmp_path, monkeypatch):
    monkeypatch.setattr(copies, "BLOCK", 3)
    with tenant_scope(acme.pk):
        product = ProductFactory()
        for _ in range(10):
            SaleFactory(product=product)
            OverrideFactory(product=product)
    box = copied(acme, tmp_path)
    with tenant_scope(rival.pk):
        counts = copies.read(box, tmp_path)
    assert (counts["forecasting_sale"], counts["forecasting_override"]) == (10, 10)


def test_job_makes_the_copy_the_page_links_it_and_only_its_firm_fetches_it(
    committed_db, acme, alice, bob, rival, charlie, client_for, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    with tenant_scope(acme.pk):
        ProductFactory(sku="ONE")
    owner = client_for(alice)
    assert owner.post("/leaving/copy/").status_code == 302
    job = Job.objects.get(kind="copy")
    jobs.run(job.pk)
    page = owner.get("/leaving/").content.decode()
    link = page.split('href="/leaving/copy/')[1].split('"')[0]
    answer = owner.get(f"/leaving/copy/{link}")
    assert "ONE" in zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).read(
        "csv/forecasting_product.csv"
    ).decode("utf-8-sig")
    assert client_for(charlie).get(f"/leaving/copy/{link}").status_code == 404
    assert client_for(bob).get(f"/leaving/copy/{link}").status_code == 403
    assert owner.get(f"/leaving/copy/{link[:-3]}x/").status_code == 404


def test_link_of_a_copy_is_good_for_seven_days(acme, monkeypatch):
    from tenants.errors import NotFound
    from tenants.services import leaving as leave

    token = leave.link(organisation=acme, job_id="x")
    assert leave.linked(organisation=acme, token=token) == "x"
    monkeypatch.setattr(leave, "LINK_SECONDS", -1)
    with pytest.raises(NotFound):
        leave.linked(organisation=acme, token=token)


def test_example_firm_read_back_into_an_empty_one_has_equal_checksums(committed_db, settings, tmp_path, capsys):
    settings.MEDIA_ROOT = tmp_path
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    call_command("fill_example", products=20, years=1.2)
    firm = Organisation.objects.get()
    with tenant_scope(firm.pk):
        before = copies.checksums()
        assert Run.objects.exists()
        assert Sale.objects.count() > 1000
    job = jobs.start("copy", organisation=firm, by=None)
    jobs.run(job.pk)
    empty = found("Again")
    call_command("restore_copy", str(empty.pk), str(leaving.path(firm, job.pk)))
    with tenant_scope(empty.pk):
        assert copies.checksums() == before
