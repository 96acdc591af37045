"""Half a million real order lines through the sandbox: every count equals what polars says about the same lines."""

from pathlib import Path

import polars as pl
import psutil
import pytest

from forecasting.ingest import Settings, convert_file, inspect_file

DATA = Path(__file__).resolve().parents[4] / "shared/data/online_retail/online_retail_2009_2010.parquet"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the wholesaler's lines are not at {DATA}")
MOST_MEMORY = 400 << 20


@pytest.fixture(scope="module")
def lines():
    return pl.read_parquet(DATA)


@pytest.fixture(scope="module")
def done(lines, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wholesaler")
    lines.write_csv(folder / "lines.csv", datetime_format="%Y-%m-%d %H:%M:%S")
    seen = inspect_file(folder / "lines.csv", Settings(timezone="Europe/London", default_currency="GBP"))
    assert seen.questions == ()
    peaks = [0]

    def watch(_done, _total):
        for kid in psutil.Process().children():
            for line in Path(f"/proc/{kid.pid}/status").read_text().splitlines() if Path("/proc").exists() else []:
                if line.startswith("VmHWM"):
                    peaks.append(int(line.split()[1]) * 1024)

    report = convert_file(folder / "lines.csv", seen.settings, folder / "out", watch)
    return report, folder / "out" / "rows.csv", max(peaks)


def products_only(lines):
    """Keep what is no postage, fee, voucher, correction or test, by hand: the codes of this data set."""
    codes = ["POST", "DOT", "M", "m", "D", "S", "B", "C2", "C3", "PADS", "BANK CHARGES", "AMAZONFEE", "GIFT"]
    shapes = r"^(gift_0001_\d+|TEST00\d|ADJUST\d?)$"
    return lines.filter(~pl.col("StockCode").is_in(codes) & ~pl.col("StockCode").str.contains(shapes))


def test_every_line_is_good_or_set_aside(done, lines):
    report, _, _ = done
    kept = products_only(lines)
    assert (report.rows, report.good, report.bad, report.replaced) == (525_461, kept.height, 0, 0)
    assert report.set_aside == 525_461 - kept.height == 2_981
    assert report.products == kept["StockCode"].str.strip_chars().n_unique()
    assert (report.date_from, report.date_to) == ("2009-12-01", "2010-12-09")
    groups = {group.code: (group.count, group.units) for group in report.set_aside_groups}
    assert (groups["POST"], groups["BANK CHARGES"], groups["AMAZONFEE"]) == ((865, 3754.0), (65, -29.0), (9, -5.0))


def test_units_and_money_are_those_of_the_lines(done, lines):
    kept = products_only(lines)
    rows = pl.read_csv(done[1], infer_schema=False)
    units, price = rows["units"].cast(pl.Int64), rows["unit_price"].cast(pl.Float64)
    assert units.sum() == kept["Quantity"].sum()
    assert units.filter(units < 0).len() == kept.filter(pl.col("Quantity") < 0).height
    assert (units * price).sum() == pytest.approx((kept["Quantity"] * kept["UnitPrice"]).sum())
    assert rows.select("order_id", "line_id").is_unique().all()


def test_an_order_and_its_cancellation_net_as_they_were_written(done, lines):
    rows = pl.read_csv(done[1], infer_schema=False)
    both = ["524174", "C524235"]
    net = rows.filter(pl.col("order_id").is_in(both)).group_by("sku").agg(pl.col("units").cast(pl.Int64).sum())
    written = (
        lines.filter(pl.col("InvoiceNo").is_in(both)).group_by(sku="StockCode").agg(units=pl.col("Quantity").sum())
    )
    assert net.sort("sku").equals(written.sort("sku"))
    assert net.filter(pl.col("sku").is_in(["16046", "16047", "21088", "85184D"]))["units"].to_list() == [0] * 4


def test_the_times_are_london_times(done, lines):
    rows = pl.read_csv(done[1], infer_schema=False)
    first = rows.row(0, named=True)
    assert (first["sold_at"], first["sold_on"]) == ("2009-12-01T07:45:00Z", "2009-12-01")
    summer = rows.filter(pl.col("sold_on") == "2010-07-01").row(0, named=True)
    written = lines.filter(pl.col("InvoiceNo") == summer["order_id"])["InvoiceDate"][0]
    assert int(summer["sold_at"][11:13]) == written.hour - 1


def test_the_memory_of_the_reader_is_bounded(done):
    assert done[2] < MOST_MEMORY
