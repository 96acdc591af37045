"""The files are those of a real firm: workbooks and exports that other programs read, in two dialects."""

import hashlib

import openpyxl
import polars as pl
import pytest

from forecasting.example import write, write_truth
from forecasting.example.headers import CHINESE, ENGLISH
from forecasting.example.write import BOOKS, GB18030
from forecasting.ingest.mapping import propose


@pytest.fixture(scope="module")
def files(small, tmp_path_factory):
    return {name: write(small, tmp_path_factory.mktemp(name), dialect=name) for name in ("en", "zh")}


def book(path):
    """Read a workbook's first sheet: header and rows."""
    found = openpyxl.load_workbook(path, read_only=True)
    rows = list(found.worksheets[0].iter_rows(values_only=True))
    found.close()
    return rows[0], rows[1:]


def digest(paths):
    return {kind: hashlib.sha256(path.read_bytes()).hexdigest() for kind, path in paths.items()}


@pytest.mark.parametrize("dialect", ["en", "zh"])
def test_the_same_firm_gives_the_same_bytes(small, files, tmp_path, dialect):
    assert digest(write(small, tmp_path, dialect=dialect)) == digest(files[dialect])


def test_english_files_hold_what_the_tables_hold(small, files):
    sales = pl.read_csv(files["en"]["sales"], infer_schema=False)
    assert tuple(sales.columns) == ENGLISH["sales"]
    assert sales["sku"].to_list() == small.sales["sku"].to_list()
    assert sales["units"].cast(pl.Int64).sum() == small.sales["units"].sum()
    assert sales["sold_at"].str.to_datetime("%Y-%m-%d %H:%M:%S").to_list() == small.sales["sold_at"].to_list()
    stock = pl.read_csv(files["en"]["stock"], infer_schema=False)
    assert stock.height == small.stock.height
    header, rows = book(files["en"]["products"])
    assert header == ENGLISH["products"]
    assert [row[0] for row in rows] == small.products["sku"].to_list()
    assert any(row[0].startswith("0") for row in rows), "leading zeros live"
    assert [row[header.index("unit_price")] for row in rows] == small.products["unit_price"].to_list()


def test_chinese_exports_are_gb18030_with_tabs_before_order_numbers(small, files):
    raw = files["zh"]["sales"].read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    first, second = raw.decode("gb18030").splitlines()[:2]
    assert first.split(",") == list(CHINESE["sales"].values())
    assert second.startswith("\t")
    assert "交易成功" in raw.decode("gb18030")
    assert files["zh"]["stock"].read_bytes().startswith(b"\xef\xbb\xbf")
    header, rows = book(files["zh"]["products"])
    assert header == tuple(CHINESE["products"].values())
    assert [row[1] for row in rows] == small.products["name_zh"].to_list()


@pytest.mark.parametrize("dialect", ["en", "zh"])
@pytest.mark.parametrize("kind", ["products", "suppliers", "sales", "stock", "inbound"])
def test_the_importer_understands_every_header(files, dialect, kind):
    path = files[dialect][kind]
    if path.suffix == ".xlsx":
        header, rows = book(path)
        cells = [["" if value is None else str(value) for value in row] for row in rows]
    else:
        text = path.read_text(encoding="gb18030" if dialect == "zh" and kind in GB18030 else "utf-8-sig")
        header, *cells = [line.split(",") for line in text.splitlines()[:40]]
    best = propose(list(header), cells[:30])[0]
    named = CHINESE[kind] if dialect == "zh" else {name: name for name in ENGLISH[kind]}
    assert best.kind == kind
    assert dict(best.mapping) == named


def test_the_truth_is_never_among_the_files_to_upload(small, files, tmp_path):
    names = {path.name for path in files["en"]["sales"].parent.iterdir()}
    assert names == {f"{kind}.{'xlsx' if kind in BOOKS else 'csv'}" for kind in ENGLISH}
    secret = pl.read_parquet(write_truth(small, tmp_path))
    assert secret["demand"].sum() == small.truth.demand.sum()
    assert secret.height == small.truth.demand.size
    some = secret.filter((pl.col("sku") == small.truth.skus[3]) & (pl.col("location") == "FOSHAN"))
    assert some["closing"].to_list() == small.truth.closing[3].tolist()


def test_an_unknown_dialect_is_refused(small, tmp_path):
    with pytest.raises(ValueError, match="dialect"):
        write(small, tmp_path, dialect="fr")
